/*
 * Vector operations that are no few expressions. The first word of a vector is returned, the others
 * go to `_h0` to `_h2` (ABI: result channel).
 */

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
