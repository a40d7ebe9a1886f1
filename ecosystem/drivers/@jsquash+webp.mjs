import decode, { init as initDecode } from '@jsquash/webp/decode.js';
import encode, { init as initEncode } from '@jsquash/webp/encode.js';
import { file, imageData, picture, show } from '../sample.mjs';

imageData();
await initDecode(await WebAssembly.compile(file('@jsquash/webp/codec/dec/webp_dec.wasm')));
for (const name of ['webp_enc', 'webp_enc_simd']) {
  const module = await WebAssembly.compile(file(`@jsquash/webp/codec/enc/${name}.wasm`));
  await initEncode(module);
  const webp = await encode(picture(80, 60), { quality: 60 });
  show(name, webp);
  const back = await decode(webp);
  show('size', [back.width, back.height]);
  show('pixels', back.data);
}
