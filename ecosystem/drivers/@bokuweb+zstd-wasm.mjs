import { compress, decompress, init } from '@bokuweb/zstd-wasm';
import { noise, show, text } from '../sample.mjs';

await init();
for (const bytes of [new TextEncoder().encode(text(20000)), noise(50000), new Uint8Array(0)])
  for (const level of [1, 10, 19]) {
    const packed = compress(bytes, level);
    show(`level ${level}`, packed);
    show('back', Buffer.from(decompress(packed)).equals(Buffer.from(bytes)));
  }
try {
  decompress(new Uint8Array([1, 2, 3, 4]));
} catch (error) {
  show('error', error instanceof Error);
}
