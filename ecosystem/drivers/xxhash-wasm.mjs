import xxhash from 'xxhash-wasm';
import { noise, show, text } from '../sample.mjs';

const { h32, h64, h64ToString, h64Raw, create32, create64 } = await xxhash();
show('h32', h32(text(50), 7));
show('h64', [
  h64(text(50)).toString(),
  h64ToString(text(500)),
  h64Raw(noise(3333), 123456789012345n).toString(16),
]);
const state = create64(5n);
for (let i = 0; i < 20; i++) state.update(noise(i * 37, i));
show('parts', state.digest().toString(16));
show('parts 32', create32().update('a').update(noise(99)).digest());
