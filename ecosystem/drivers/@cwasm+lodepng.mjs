import { crc32, deflateSync } from 'node:zlib';
import lodepng from '@cwasm/lodepng';
import { fails, noise, show } from '../sample.mjs';

const chunk = (name, data) => {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};
// 30 by 20 pixels, RGB, every filter.
const rows = Array.from({ length: 20 }, (_, y) =>
  Buffer.concat([Buffer.from([y % 5]), noise(90, y + 1)]),
);
const header = Buffer.from([0, 0, 0, 30, 0, 0, 0, 20, 8, 2, 0, 0, 0]);
const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
  chunk('IHDR', header),
  chunk('IDAT', deflateSync(Buffer.concat(rows))),
  chunk('IEND', Buffer.alloc(0)),
]);
const { width, height, data } = lodepng.decode(png);
show('size', [width, height]);
show('pixels', data);
png[40] ^= 1;
await fails('broken', () => lodepng.decode(png));
