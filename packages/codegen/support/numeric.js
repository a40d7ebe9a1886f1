/*
 * Integer operations that are no single expression. 64-bit results: the low word is returned, the
 * high word goes to `_h0` (ABI: result channel).
 */

/** i32.div_s */
function _i32_div_s(a, b) {
  if (b === 0) _trap('integer divide by zero');
  if (b === -1 && a === -2147483648) _trap('integer overflow');
  return (a / b) | 0;
}

/** i32.div_u */
function _i32_div_u(a, b) {
  if (b === 0) _trap('integer divide by zero');
  return ((a >>> 0) / (b >>> 0)) | 0;
}

/** i32.rem_s */
function _i32_rem_s(a, b) {
  if (b === 0) _trap('integer divide by zero');
  return (a % b) | 0;
}

/** i32.rem_u */
function _i32_rem_u(a, b) {
  if (b === 0) _trap('integer divide by zero');
  return ((a >>> 0) % (b >>> 0)) | 0;
}

/** High word of the product of two unsigned words, by four products of half words. */
function _i64_mulhi(a, b) {
  const al = a & 65535;
  const ah = a >>> 16;
  const bl = b & 65535;
  const bh = b >>> 16;
  const middle = al * bh + (Math.imul(al, bl) >>> 16);
  const cross = ah * bl + (middle & 65535);
  return (ah * bh + ((middle / 65536) >>> 0) + ((cross / 65536) >>> 0)) | 0;
}

/**
 * The quotient of high * 2^32 + al by b as a word; high is less than b, both are unsigned. The estimate
 * of one division is right unless it is close to an integer. Then two steps of long division in base
 * 2^16 decide: a dividend has 48 bits at most, so it is exact in a double, and its quotient, at least
 * 1 / b from the next integer, is never rounded up to that.
 */
function _i64_digit(high, al, b) {
  const estimate = (high * 4294967296 + (al >>> 0)) / b;
  const q = estimate >>> 0;
  const rest = estimate - q;
  // Below 2^53 the dividend is exact, and so is the quotient.
  if (high < 2097152 || (rest > 0.00001 && rest < 0.99999)) return q | 0;
  const t1 = high * 65536 + (al >>> 16);
  const d1 = (t1 / b) | 0;
  const t0 = (t1 - d1 * b) * 65536 + (al & 65535);
  return (d1 << 16) | ((t0 / b) | 0);
}

/**
 * Quotient of unsigned 64-bit integers, the divisor at least 2^32; it is a word. The remainder goes to
 * `_ql`, `_qh`.
 */
function _i64_divide(al, ah, bl, bh) {
  const a = (ah >>> 0) * 4294967296 + (al >>> 0);
  const b = (bh >>> 0) * 4294967296 + (bl >>> 0);
  if ((ah | bh) >>> 21 === 0) {
    // Both below 2^53: exact.
    const quotient = Math.floor(a / b);
    const r = a - quotient * b;
    _ql = r | 0;
    _qh = (r / 4294967296) | 0;
    return quotient | 0;
  }
  // The estimate is off by one at most: start one below.
  let q = Math.max(0, Math.floor(a / b) - 1);
  const pl = Math.imul(q, bl);
  let rl = (al - pl) | 0;
  let rh = (ah - _i64_mulhi(q, bl) - Math.imul(q, bh) - (al >>> 0 < pl >>> 0 ? 1 : 0)) | 0;
  while (rh >>> 0 > bh >>> 0 || (rh === bh && rl >>> 0 >= bl >>> 0)) {
    q += 1;
    rh = (rh - bh - (rl >>> 0 < bl >>> 0 ? 1 : 0)) | 0;
    rl = (rl - bl) | 0;
  }
  _ql = rl;
  _qh = rh;
  return q | 0;
}

/** The remainder of the last division. */
var _ql = 0;
var _qh = 0;

/** i64.div_u by a constant from 1 to 2^16: long division in base 2^16, all in unsigned words. */
function _i64_div_small(al, ah, c) {
  if (ah === 0) {
    _h0 = 0;
    return ((al >>> 0) / c) | 0;
  }
  const q1 = ((ah >>> 0) / c) >>> 0;
  const t1 = (((ah - Math.imul(q1, c)) << 16) | (al >>> 16)) >>> 0;
  const d1 = (t1 / c) >>> 0;
  const t0 = (((t1 - Math.imul(d1, c)) << 16) | (al & 65535)) >>> 0;
  _h0 = q1 | 0;
  return ((d1 << 16) + ((t0 / c) >>> 0)) | 0;
}

/** i64.rem_u by a constant from 1 to 2^16: the low word; the high word is 0. */
function _i64_rem_small(al, ah, c) {
  if (ah === 0) return ((al >>> 0) % c) | 0;
  const r1 = (ah >>> 0) % c;
  const r0 = (((r1 << 16) | (al >>> 16)) >>> 0) % c;
  return ((((r0 << 16) | (al & 65535)) >>> 0) % c) | 0;
}

/** i64.div_u */
function _i64_div_u(al, ah, bl, bh) {
  if (bh !== 0) {
    _h0 = 0;
    return _i64_divide(al, ah, bl, bh);
  }
  if (bl === 0) _trap('integer divide by zero');
  const b = bl >>> 0;
  let high = ah >>> 0;
  if (high === 0) {
    _h0 = 0;
    return ((al >>> 0) / b) | 0;
  }
  let top = 0;
  if (high >= b) {
    top = (high / b) >>> 0;
    high -= top * b;
  }
  _h0 = top | 0;
  return _i64_digit(high, al, b);
}

/** i64.rem_u */
function _i64_rem_u(al, ah, bl, bh) {
  if (bh !== 0) {
    _i64_divide(al, ah, bl, bh);
    _h0 = _qh;
    return _ql;
  }
  if (bl === 0) _trap('integer divide by zero');
  const b = bl >>> 0;
  let high = ah >>> 0;
  _h0 = 0;
  if (high === 0) return ((al >>> 0) % b) | 0;
  if (high >= b) high = high % b;
  return (al - Math.imul(_i64_digit(high, al, b), bl)) | 0;
}

/** i64.div_s */
function _i64_div_s(al, ah, bl, bh) {
  const negative = (ah ^ bh) < 0;
  if (ah < 0) {
    al = -al | 0;
    ah = (~ah + (al === 0 ? 1 : 0)) | 0;
  }
  if (bh < 0) {
    bl = -bl | 0;
    bh = (~bh + (bl === 0 ? 1 : 0)) | 0;
  }
  const q = _i64_div_u(al, ah, bl, bh);
  if (!negative) {
    // Only -2^63 / -1 gives a positive 2^63.
    if (_h0 < 0) _trap('integer overflow');
    return q;
  }
  const low = -q | 0;
  _h0 = (~_h0 + (low === 0 ? 1 : 0)) | 0;
  return low;
}

/** i64.rem_s */
function _i64_rem_s(al, ah, bl, bh) {
  const negative = ah < 0;
  if (negative) {
    al = -al | 0;
    ah = (~ah + (al === 0 ? 1 : 0)) | 0;
  }
  if (bh < 0) {
    bl = -bl | 0;
    bh = (~bh + (bl === 0 ? 1 : 0)) | 0;
  }
  const r = _i64_rem_u(al, ah, bl, bh);
  if (!negative) return r;
  const low = -r | 0;
  _h0 = (~_h0 + (low === 0 ? 1 : 0)) | 0;
  return low;
}

/** i64.mul_wide_u: words 1 to 3 of the product go to `_h0` to `_h2`. */
function _i64_mul_wide_u(al, ah, bl, bh) {
  const p0 = Math.imul(al, bl);
  // Each column is a sum of a few words: exact in a double.
  let column = (_i64_mulhi(al, bl) >>> 0) + (Math.imul(al, bh) >>> 0) + (Math.imul(ah, bl) >>> 0);
  _h0 = column | 0;
  column =
    Math.floor(column / 4294967296) +
    (_i64_mulhi(al, bh) >>> 0) +
    (_i64_mulhi(ah, bl) >>> 0) +
    (Math.imul(ah, bh) >>> 0);
  _h1 = column | 0;
  _h2 = (Math.floor(column / 4294967296) + _i64_mulhi(ah, bh)) | 0;
  return p0;
}

/** i64.mul_wide_s: the unsigned product less the operands that a sign bit counts twice. */
function _i64_mul_wide_s(al, ah, bl, bh) {
  const p0 = _i64_mul_wide_u(al, ah, bl, bh);
  if (ah < 0) {
    const low = _h1;
    _h1 = (low - bl) | 0;
    _h2 = (_h2 - bh - (low >>> 0 < bl >>> 0 ? 1 : 0)) | 0;
  }
  if (bh < 0) {
    const low = _h1;
    _h1 = (low - al) | 0;
    _h2 = (_h2 - ah - (low >>> 0 < al >>> 0 ? 1 : 0)) | 0;
  }
  return p0;
}

/** An address of a 64-bit memory as a word; one of 2^32 or more is always out of bounds. */
function _addr64(low, high) {
  return _index64(low, high, _OUT_OF_BOUNDS_MEMORY);
}

/** An index of a 64-bit table. */
function _table64(low, high) {
  return _index64(low, high, _OUT_OF_BOUNDS_TABLE);
}

/** The index of an indirect call through a 64-bit table. */
function _call64(low, high) {
  return _index64(low, high, _UNDEFINED_ELEMENT);
}

/** The delta of a 64-bit grow: one of 2^32 or more never fits, nor does 2^32 - 1. */
function _grow64(low, high) {
  return high === 0 ? low : -1;
}

/** ref.as_non_null */
function _null_reference() {
  _trap('null reference');
}

/** The callee of call_ref. */
function _nonnull_func(a) {
  if (a === null) _trap('null function reference');
  return a;
}

/** A tail call that is still to be made, or null. */
var _tail = null;

/** Makes the tail calls that a function has left pending; gives the last one's result. */
function _bounce(result) {
  while (_tail !== null) {
    const next = _tail;
    _tail = null;
    result = next();
  }
  return result;
}
