/** The plugin for webpack. */
import { wasm2js } from './index.js';

export type { Options } from './options.js';
export default wasm2js.webpack;
