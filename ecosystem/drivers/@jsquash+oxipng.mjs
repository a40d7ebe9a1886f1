import init, { optimise } from '@jsquash/oxipng/codec/pkg/squoosh_oxipng.js';
import encode, { init as initEncode } from '@jsquash/png/encode.js';
import { file, imageData, picture, show } from '../sample.mjs';

imageData();
await initEncode(await WebAssembly.compile(file('@jsquash/png/codec/pkg/squoosh_png_bg.wasm')));
await init(await WebAssembly.compile(file('@jsquash/oxipng/codec/pkg/squoosh_oxipng_bg.wasm')));
const png = new Uint8Array(await encode(picture(48, 40)));
show('before', png);
show('after', optimise(png, 2, false, true));
