import decompress from '@foxglove/wasm-lz4';
import { fails, show, text } from '../sample.mjs';

await decompress.isLoaded;
const source = Buffer.from(text(3000));
const packed = decompress.compress ? decompress.compress(source) : undefined;
show('exports', Object.keys(decompress).sort());
// A frame by hand: magic, descriptor (independent blocks, 64 KB), one stored block, end.
const frame = Buffer.concat([
  Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]),
  Buffer.from(Uint32Array.of((source.length | 0x80000000) >>> 0).buffer),
  source,
  Buffer.alloc(4),
]);
show('decompressed', decompress(packed ?? frame, source.length));
await fails('broken', () => decompress(Buffer.from('no frame at all'), 100));
