import { decodeSLEB128, decodeULEB128, encodeSLEB128, encodeULEB128 } from '@thi.ng/leb128';
import { show } from '../sample.mjs';

for (const n of [0, 127, 128, 0xffffffff, 2 ** 53 - 1, 2n ** 64n - 1n]) {
  const bytes = encodeULEB128(n);
  show(String(n), [Array.from(bytes), ...decodeULEB128(bytes).map(String)]);
}
for (const n of [-1, -64, -65, 64, -(2 ** 31), -(2n ** 63n)]) {
  const bytes = encodeSLEB128(n);
  show(String(n), [Array.from(bytes), ...decodeSLEB128(bytes).map(String)]);
}
