import { createRequire } from 'node:module';
import { fails, noise, show, text } from '../sample.mjs';

const brotli = createRequire(import.meta.url)('brotli-wasm');
const source = Buffer.concat([Buffer.from(text(3000)), noise(500)]);
for (const quality of [1, 5, 11]) {
  const packed = brotli.compress(source, { quality });
  show(`quality ${quality}`, packed);
  show('same', Buffer.from(brotli.decompress(packed)).equals(source));
}
await fails('broken', () => brotli.decompress(noise(40)));
