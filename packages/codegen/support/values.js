/*
 * Conversions between JavaScript values and components (JS API, "ToJSValue" and
 * "ToWebAssemblyValue").
 */

const _bits = new DataView(new ArrayBuffer(8));

/** Two halves as a signed BigInt. */
function _big_from_halves(lo, hi) {
  _bits.setInt32(0, lo, true);
  _bits.setInt32(4, hi, true);
  return _bits.getBigInt64(0, true);
}
/** The low half of ToBigInt64; throws a TypeError for a Number. */
function _low_of_big(value) {
  _bits.setBigInt64(0, value, true);
  return _bits.getInt32(0, true);
}
/** The high half, directly after `_low_of_big`. */
function _high_of_big() {
  return _bits.getInt32(4, true);
}
/** Bits of an f32; a NaN is the canonical one. */
function _bits_of_f32(value) {
  if (Number.isNaN(value)) return 0x7fc00000;
  _bits.setFloat32(0, value, true);
  return _bits.getInt32(0, true);
}
/** Low bits of an f64. */
function _low_of_f64(value) {
  if (Number.isNaN(value)) return 0;
  _bits.setFloat64(0, value, true);
  return _bits.getInt32(0, true);
}
/** High bits of an f64; a NaN is the canonical one. */
function _high_of_f64(value) {
  if (Number.isNaN(value)) return 0x7ff80000;
  _bits.setFloat64(0, value, true);
  return _bits.getInt32(4, true);
}
/** The f32 with these bits. */
function _f32_of_bits(bits) {
  _bits.setInt32(0, bits, true);
  return _bits.getFloat32(0, true);
}
/** The f64 with these bits. */
function _f64_of_bits(lo, hi) {
  _bits.setInt32(0, lo, true);
  _bits.setInt32(4, hi, true);
  return _bits.getFloat64(0, true);
}
/** Throws where a value of this type cannot cross the boundary (v128, exnref). */
function _no_js_value(type) {
  throw new TypeError(
    `a value of type ${type} cannot be passed between WebAssembly and JavaScript`,
  );
}
/** An extern reference; null is refused where the type says so. */
function _extern_from_js(value, nullable) {
  if (value === null && !nullable)
    throw new TypeError('type incompatibility: expected a reference');
  return value;
}
/** The list of a function's several results; throws a TypeError for a wrong number of them. */
function _results_from_js(value, count) {
  const list = [...value];
  if (list.length !== count) throw new TypeError(`multi-return length mismatch: ${count} expected`);
  return list;
}
/** A reference of a type known at run time, as JavaScript sees it. */
function _ref_to_js(type, ref) {
  return _is_value_subtype(type, { n: true, h: 'func' }) ? _func_to_js(ref) : ref;
}
/** A JavaScript value as a reference of a type known at run time; throws a TypeError. */
function _ref_from_js(type, value) {
  if (_is_value_subtype(type, { n: true, h: 'func' })) return _func_from_js(value, type.n, type.h);
  if (type.h === 'extern' || (value === null && type.n)) return _extern_from_js(value, type.n);
  throw new TypeError(`type incompatibility: expected ${_type_name(type)}`);
}
/** The type that a JavaScript descriptor names ("i32", "externref", "anyfunc"...). */
function _type_from_js(name) {
  const text = String(name);
  if (/^(i32|i64|f32|f64|v128)$/.test(text)) return text;
  if (text === 'anyfunc' || text === 'funcref') return { n: true, h: 'func' };
  if (text === 'externref') return { n: true, h: 'extern' };
  throw new TypeError(`unknown value type ${text}`);
}
/** WebIDL's [EnforceRange] unsigned long, or a BigInt index for 64-bit addresses. */
function _index_from_js(value, addr64, what) {
  if (addr64) {
    const big = BigInt(value);
    if (big < 0 || big > BigInt('18446744073709551615')) {
      throw new TypeError(`${what} must be in the range of an unsigned 64-bit integer`);
    }
    return Number(big);
  }
  const number = Math.trunc(Number(value));
  if (!(number >= 0 && number <= 4294967295)) {
    throw new TypeError(`${what} must be in the range of an unsigned 32-bit integer`);
  }
  return number;
}
/** Index type and limits of a JS API descriptor. Throws TypeError and RangeError as the JS API. */
function _limits_from_js(descriptor, name) {
  if ((typeof descriptor !== 'object' || descriptor === null) && typeof descriptor !== 'function') {
    throw new TypeError(`${name}: the argument must be a descriptor object`);
  }
  const addr64 = descriptor.address === 'i64';
  const read = (key) =>
    descriptor[key] === undefined ? undefined : _index_from_js(descriptor[key], addr64, key);
  const initial = read('initial');
  const minimum = read('minimum');
  const max = read('maximum');
  const min = initial === undefined ? minimum : initial;
  if (min === undefined || (initial !== undefined && minimum !== undefined)) {
    throw new TypeError(`${name}: property 'initial' is required`);
  }
  if (max !== undefined && max < min) {
    throw new RangeError(`${name}: property 'maximum' is below 'initial'`);
  }
  return { min, max, addr64 };
}
