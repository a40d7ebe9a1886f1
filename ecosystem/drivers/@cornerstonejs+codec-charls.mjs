import { createRequire } from 'node:module';
import { picture, show } from '../sample.mjs';

const charls = await createRequire(import.meta.url)('@cornerstonejs/codec-charls/wasmjs')();
const encoder = new charls.JpegLSEncoder();
const { data } = picture(64, 48);
const grey = data.filter((_, i) => i % 4 === 0);
encoder
  .getDecodedBuffer({ width: 64, height: 48, bitsPerSample: 8, componentCount: 1, isSigned: false })
  .set(grey);
encoder.encode();
const encoded = encoder.getEncodedBuffer().slice();
show('encoded', encoded);
const decoder = new charls.JpegLSDecoder();
decoder.getEncodedBuffer(encoded.length).set(encoded);
decoder.decode();
show('frame', decoder.getFrameInfo());
show('decoded', decoder.getDecodedBuffer().slice());
show('picture', grey);
