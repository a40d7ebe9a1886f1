import { createRequire } from 'node:module';
import { thereAndBack } from '../cornerstone.mjs';

const openjpeg = await createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs')();
thereAndBack(openjpeg.J2KEncoder, openjpeg.J2KDecoder);
