import { createRequire } from 'node:module';
import { fails, noise, show, text } from '../sample.mjs';

const { compress, compress_raw, decompress, decompress_raw } = createRequire(import.meta.url)(
  'snappy-wasm',
);
const source = text(4000);
show('text', decompress(compress(source)) === source);
show('compressed', compress_raw(Buffer.concat([Buffer.from(source), noise(999)])));
await fails('broken', () => decompress_raw(noise(30)));
