/**
 * Is code made for other hosts, too? The compiler in a page makes code for that page alone, at once: for an engine with a
 * JIT, without source maps, by the data view. Its bundle has this as false (`packages/webassembly/scripts/bundle-page.mjs`),
 * and nothing that is only reached where it is true.
 */
export const AHEAD: boolean = true;
