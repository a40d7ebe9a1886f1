/*
 * Float operations that are no single expression, and conversions.
 */

/** Where a float is looked at as bits. */
const _scratch = new DataView(new ArrayBuffer(8));

/** Bits of an f32; those of a NaN that arithmetic made are the canonical one's. */
function _f32_bits(x) {
  if (x !== x) return 0x7fc00000;
  _scratch.setFloat32(0, x, true);
  return _scratch.getInt32(0, true);
}

/** The f32 with these bits. */
function _f32_from_bits(bits) {
  _scratch.setInt32(0, bits, true);
  return _scratch.getFloat32(0, true);
}

/** Low word of an f64's bits, see `_f32_bits`. */
function _f64_low(x) {
  if (x !== x) return 0;
  _scratch.setFloat64(0, x, true);
  return _scratch.getInt32(0, true);
}

/** High word of an f64's bits, see `_f32_bits`. */
function _f64_high(x) {
  if (x !== x) return 0x7ff80000;
  _scratch.setFloat64(0, x, true);
  return _scratch.getInt32(4, true);
}

/** The f64 with these bits. */
function _f64_from_bits(low, high) {
  _scratch.setInt32(0, low, true);
  _scratch.setInt32(4, high, true);
  return _scratch.getFloat64(0, true);
}

/** A number of which no engine knows that it is a constant, see `lower/passes/nans.ts`. */
function _hidden(x) {
  _scratch.setFloat64(0, x, true);
  return _scratch.getFloat64(0, true);
}

/** Writes an f64 as bits; nothing where a part of it is out of bounds. */
function _f64_store(view, at, low, high) {
  view.getInt32(at + 4, true);
  view.setInt32(at, low, true);
  view.setInt32(at + 4, high, true);
}

/** x with the sign of the word `sign`. */
function _copysign(x, sign) {
  const negative = x < 0 || (x === 0 && 1 / x < 0);
  return negative === sign < 0 ? x : -x;
}

/** Rounds to the nearest integer, ties to even; keeps the sign of zero. */
function _nearest(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return rest === 0 ? x : floor === 0 && x < 0 ? -0 : floor;
  if (rest > 0.5) {
    const up = floor + 1;
    return up === 0 ? -0 : up;
  }
  if (rest !== rest) return x;
  if (floor % 2 === 0) return floor;
  const up = floor + 1;
  return up === 0 ? -0 : up;
}

/** i32.trunc_f32_s, i32.trunc_f64_s */
function _i32_trunc_s(x) {
  if (x > -2147483649 && x < 2147483648) return x | 0;
  return _trunc_trap(x);
}

/** i32.trunc_f32_u, i32.trunc_f64_u */
function _i32_trunc_u(x) {
  if (x > -1 && x < 4294967296) return x | 0;
  return _trunc_trap(x);
}

function _trunc_trap(x) {
  _trap(x === x ? 'integer overflow' : 'invalid conversion to integer');
}

/** i32.trunc_sat_f32_s, i32.trunc_sat_f64_s */
function _i32_trunc_sat_s(x) {
  if (x > -2147483649 && x < 2147483648) return x | 0;
  return x !== x ? 0 : x < 0 ? -2147483648 : 2147483647;
}

/** i32.trunc_sat_f32_u, i32.trunc_sat_f64_u */
function _i32_trunc_sat_u(x) {
  if (x > -1 && x < 4294967296) return x | 0;
  return x > 0 ? -1 : 0;
}

/** The low word of a double's integer part, |x| < 2^64; the high word goes to `_h0`. */
function _i64_of(x) {
  const whole = Math.trunc(x);
  const low = whole | 0;
  // What remains above the low word is a multiple of 2^32: the division is exact.
  _h0 = ((whole - (low >>> 0)) / 4294967296) | 0;
  return low;
}

/** i64.trunc_f32_s, i64.trunc_f64_s */
function _i64_trunc_s(x) {
  if (x >= -9223372036854775808 && x < 9223372036854775808) return _i64_of(x);
  return _trunc_trap(x);
}

/** i64.trunc_f32_u, i64.trunc_f64_u */
function _i64_trunc_u(x) {
  if (x > -1 && x < 18446744073709551616) return _i64_of(x);
  return _trunc_trap(x);
}

/** i64.trunc_sat_f32_s, i64.trunc_sat_f64_s */
function _i64_trunc_sat_s(x) {
  if (x >= -9223372036854775808 && x < 9223372036854775808) return _i64_of(x);
  if (x !== x) return (_h0 = 0);
  _h0 = x < 0 ? -2147483648 : 2147483647;
  return x < 0 ? 0 : -1;
}

/** i64.trunc_sat_f32_u, i64.trunc_sat_f64_u */
function _i64_trunc_sat_u(x) {
  if (x > -1 && x < 18446744073709551616) return _i64_of(x);
  return (_h0 = x > 0 ? -1 : 0);
}

/**
 * f32.convert_i64_u. Rounding first to a double and then to f32 could round twice; so bits that a
 * double would lose are folded into its lowest place ("sticky"), which only tells ties apart.
 */
function _f32_convert_i64_u(low, high) {
  const h = high >>> 0;
  if (h < 2097152) return Math.fround(h * 4294967296 + (low >>> 0));
  const sticky = (low & 4095) === 0 ? 0 : 4096;
  return Math.fround(h * 4294967296 + (((low & -4096) | sticky) >>> 0));
}

/** f32.convert_i64_s */
function _f32_convert_i64_s(low, high) {
  if (high >= 0) return _f32_convert_i64_u(low, high);
  const l = -low | 0;
  return -_f32_convert_i64_u(l, (~high + (l === 0 ? 1 : 0)) | 0);
}
