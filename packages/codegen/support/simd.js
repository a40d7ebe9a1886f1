/*
 * Vector operations that are no few expressions. The first word of a vector is returned, the others
 * go to `_h0` to `_h2` (ABI: result channel).
 */

/** What is written into it keeps lanes apart, see `lower/passes/lane-fences.ts`; nobody reads it. */
const _lane_fence = new Int32Array(4);

/** The bytes of the table of a swizzle, and zeros behind them for all other indices. */
const _swizzle_bytes = new Uint8Array(256);
const _swizzle_words = new DataView(_swizzle_bytes.buffer);

/** Four bytes of the table, by the bytes of i. */
function _swizzle_word(i) {
  return (
    _swizzle_bytes[i & 255] |
    (_swizzle_bytes[(i >>> 8) & 255] << 8) |
    (_swizzle_bytes[(i >>> 16) & 255] << 16) |
    (_swizzle_bytes[i >>> 24] << 24)
  );
}

/** i8x16.swizzle: the bytes of a, b, c, d by the indices in i, j, k, l; 0 for indices above 15. */
function _i8x16_swizzle(a, b, c, d, i, j, k, l) {
  _swizzle_words.setInt32(0, a, true);
  _swizzle_words.setInt32(4, b, true);
  _swizzle_words.setInt32(8, c, true);
  _swizzle_words.setInt32(12, d, true);
  _h0 = _swizzle_word(j);
  _h1 = _swizzle_word(k);
  _h2 = _swizzle_word(l);
  return _swizzle_word(i);
}

/** Two of the 16 bytes in a, b, c, d for each two indices: of the low four bits, and of the high ones. */
function _nibble_table(a, b, c, d) {
  const words = [a, b, c, d];
  const byte = (i) => (words[i >> 2] >>> (8 * (i & 3))) & 255;
  return Uint16Array.from({ length: 256 }, (_, i) => byte(i & 15) | (byte(i >> 4) << 8));
}

/** Four bytes of a nibble table, by indices in the bytes of i that are all below 16. */
function _nibbles(table, i) {
  const pairs = i | (i >>> 4);
  return table[pairs & 255] | (table[(pairs >>> 16) & 255] << 16);
}

/** The same by any indices: 0 for those above 15. */
function _nibbles_of(table, i) {
  const beyond = (((i >>> 4) & 0x0f0f0f0f) + 0x0f0f0f0f) & 0x10101010;
  return _nibbles(table, i & 0x0f0f0f0f) & ~((beyond << 4) - (beyond >>> 4));
}

/** One byte of a nibble table; 0 for an index above 15. */
function _nibble_of(table, i) {
  return i < 16 ? table[i] & 255 : 0;
}

/** A signed half as a byte, saturated. */
function _i8_saturate_s(x) {
  return Math.max(-128, Math.min(x, 127)) & 255;
}

/** i8x16.narrow_i16x8_s: the four halves of two words as bytes. Most are in range: then bits 7 to 15 are equal. */
function _i8x4_narrow_s(p, q) {
  if (((((p << 1) ^ p) | ((q << 1) ^ q)) & 0xff00ff00) === 0)
    return (p & 255) | ((p >>> 8) & 0xff00) | ((q & 255) << 16) | ((q << 8) & 0xff000000);
  return (
    _i8_saturate_s((p << 16) >> 16) |
    (_i8_saturate_s(p >> 16) << 8) |
    (_i8_saturate_s((q << 16) >> 16) << 16) |
    (_i8_saturate_s(q >> 16) << 24)
  );
}
