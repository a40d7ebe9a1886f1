import { createRequire } from 'node:module';
import { thereAndBack } from '../cornerstone.mjs';
import { show } from '../sample.mjs';

const charls = await createRequire(import.meta.url)('@cornerstonejs/codec-charls/wasmjs')();
show('picture', thereAndBack(charls.JpegLSEncoder, charls.JpegLSDecoder));
