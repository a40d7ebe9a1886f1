import decode, { init as initDecode } from '@jsquash/png/decode.js';
import encode, { init as initEncode } from '@jsquash/png/encode.js';
import { file, imageData, picture, show } from '../sample.mjs';

imageData();
const module = await WebAssembly.compile(file('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'));
await initEncode(module);
await initDecode(module);
const png = await encode(picture(100, 70));
show('png', png);
const back = await decode(png);
show('pixels', back.data);
