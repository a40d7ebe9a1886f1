import decode, { init as initDecode } from '@jsquash/jpeg/decode.js';
import encode, { init as initEncode } from '@jsquash/jpeg/encode.js';
import { file, imageData, picture, show } from '../sample.mjs';

imageData();
await initEncode(await WebAssembly.compile(file('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm')));
await initDecode(await WebAssembly.compile(file('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')));
const jpeg = await encode(picture(96, 64), { quality: 70 });
show('jpeg', jpeg);
const back = await decode(jpeg);
show('size', [back.width, back.height]);
show('pixels', back.data);
