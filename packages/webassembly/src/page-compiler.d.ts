/**
 * The compiler as pages load it: `compiler.ts` in one file, without what makes code for other hosts, names of properties
 * shortened; made by scripts/bundle-page.mjs.
 */
export { type CompilerOptions, compiledTexts, createCompiler, evaluated } from './compiler.js';
