import { compress, decompress } from 'lz4-wasm-nodejs';
import { noise, show, text } from '../sample.mjs';

const source = Buffer.concat([Buffer.from(text(4000)), noise(2000)]);
const packed = compress(source);
show('compressed', packed);
show('same', Buffer.from(decompress(packed)).equals(source));
