import { MurmurHash3 } from 'murmurhash-wasm';
import { noise, show } from '../sample.mjs';

for (const length of [0, 1, 5, 1000])
  show(length, MurmurHash3.hash32(noise(length), 7).toString('hex'));
