/** What code made at run time brings of the support library: made by scripts/bundle-realm.mjs. */

/** For `provideTexts`. */
declare const texts: readonly string[];
export default texts;
