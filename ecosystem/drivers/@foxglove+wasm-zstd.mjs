import zstd from '@foxglove/wasm-zstd';
import { fails, noise, show, text } from '../sample.mjs';

await zstd.isLoaded;
const source = Buffer.concat([Buffer.from(text(5000)), noise(3000)]);
for (const level of [1, 9]) {
  const packed = zstd.compress(source, level);
  show('compressed', packed);
  show('decompressed', zstd.decompress(packed, source.length).equals(source));
}
await fails('broken', () => zstd.decompress(noise(50), 100));
