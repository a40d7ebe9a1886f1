/** The whole support library, that of commands among it; build.mjs puts it there. */
declare module 'wasm2js:library' {
  import type { LibraryDeclaration } from '@wasm2js/codegen/anywhere';

  const declarations: readonly LibraryDeclaration[];
  export default declarations;
}
