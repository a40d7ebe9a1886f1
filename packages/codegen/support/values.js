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
  if (type === 'v128' || type.h === 'exn' || type.h === 'noexn') _no_js_value(_type_name(type));
  if (_is_value_subtype(type, { n: true, h: 'func' })) return _func_to_js(ref);
  return type.h === 'extern' || type.h === 'noextern' ? ref : _registry.any.toJs(ref);
}
/** A JavaScript value as a reference of a type known at run time; throws a TypeError. */
function _ref_from_js(type, value) {
  if (type === 'v128' || type.h === 'exn' || type.h === 'noexn') _no_js_value(_type_name(type));
  if (_is_value_subtype(type, { n: true, h: 'func' })) return _func_from_js(value, type.n, type.h);
  if (type.h === 'extern' || (value === null && type.n)) return _extern_from_js(value, type.n);
  if (type.h !== 'noextern') return _registry.any.fromJs(value, type.n, type.h);
  throw new TypeError(`type incompatibility: expected ${_type_name(type)}`);
}
/** The reference that stands for a missing argument (JS API, "DefaultValue"). */
function _default_ref(type) {
  if (!type.n) throw new TypeError('type incompatibility: expected a reference');
  return type.h === 'extern' ? undefined : null;
}
/** The reference for an optional argument, given as the list of it. */
function _given_ref(type, given) {
  return given.length === 0 && type.h ? _default_ref(type) : _ref_from_js(type, given[0]);
}
/** The type that a JavaScript descriptor names ("i32", "externref", "anyfunc"...). */
function _type_from_js(name) {
  const text = String(name);
  if (['i32', 'i64', 'f32', 'f64', 'v128'].includes(text)) return text;
  if (text === 'anyfunc' || text === 'funcref') return { n: true, h: 'func' };
  if (text === 'externref') return { n: true, h: 'extern' };
  // References of this hierarchy need a module that has them.
  if (
    _registry.any !== undefined &&
    ['anyref', 'eqref', 'i31ref', 'structref', 'arrayref'].includes(text)
  )
    return { n: true, h: text.slice(0, -3) };
  throw new TypeError(`unknown value type ${text}`);
}
/** The types that a sequence of names in a descriptor stands for. */
function _type_names(names) {
  if (Object(names) !== names) throw new TypeError('the types must be a sequence');
  return [...names].map(_type_from_js);
}
/** The function type with these parameters and results. */
function _func_type(params, results) {
  const list = (word, types) => {
    const name = ({ h }) => (h === 'func' || h === 'extern' ? `${h}ref` : `(ref null ${h})`);
    const names = types.map((type) => (typeof type === 'string' ? type : name(type)));
    return names.length === 0 ? '' : ` (${word} ${names.join(' ')})`;
  };
  return _type(`(func${list('param', params)}${list('result', results)})`);
}
/** Throws a TypeError for a descriptor that is no object. */
function _descriptor(value) {
  if (Object(value) !== value) _invalid('descriptor');
  return value;
}
/** Web IDL's [EnforceRange] unsigned long, or a BigInt index for 64-bit addresses. */
function _index_from_js(value, addr64) {
  // The first converts as ToBigInt does, which refuses numbers.
  const index = addr64 ? BigInt.asIntN(4096, value) : +value;
  const fits = index > -1 && index < 2 ** (addr64 ? 64 : 32);
  return fits ? (addr64 ? Number(index) : index >>> 0) : _invalid('size');
}
