// As wasm-bindgen writes it for bundlers.

import { __wbg_set_wasm } from './glue_bg.js';
import * as wasm from './glue_bg.wasm';

__wbg_set_wasm(wasm);
wasm.__wbindgen_start();

export * from './glue_bg.js';
