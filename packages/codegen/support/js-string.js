/*
 * The functions of `wasm:js-string` (JS API, "JS String Builtins"): strings are the host's own.
 */

/** A reference as a string; traps for anything else. */
function _string_cast(value) {
  return typeof value === 'string' ? value : _trap('illegal cast');
}
/** test */
function _string_test(value) {
  return typeof value === 'string' ? 1 : 0;
}
/** fromCharCode */
function _string_fromCharCode(code) {
  return String.fromCharCode(code);
}
/** fromCodePoint; traps for what is none */
function _string_fromCodePoint(code) {
  return code >>> 0 > 0x10ffff ? _trap('invalid code point') : String.fromCodePoint(code);
}
/** charCodeAt; traps past the end */
function _string_charCodeAt(value, index) {
  if (index >>> 0 >= _string_cast(value).length) _trap('string index out of bounds');
  return value.charCodeAt(index);
}
/** codePointAt; traps past the end */
function _string_codePointAt(value, index) {
  if (index >>> 0 >= _string_cast(value).length) _trap('string index out of bounds');
  return value.codePointAt(index);
}
/** length */
function _string_length(value) {
  return _string_cast(value).length;
}
/** concat */
function _string_concat(a, b) {
  return _string_cast(a) + _string_cast(b);
}
/** substring; empty where the range is not inside of the string */
function _string_substring(value, start, end) {
  const text = _string_cast(value);
  return start >>> 0 > end >>> 0 || start >>> 0 > text.length
    ? ''
    : text.substring(start >>> 0, end >>> 0);
}
/** equals; both may be null */
function _string_equals(a, b) {
  if (a !== null) _string_cast(a);
  if (b !== null) _string_cast(b);
  return a === b ? 1 : 0;
}
/** compare: by code units */
function _string_compare(a, b) {
  _string_cast(a);
  _string_cast(b);
  return a === b ? 0 : a < b ? -1 : 1;
}
/** intoCharCodeArray: writes the code units; gives their number */
function _string_intoCharCodeArray(value, array, start) {
  const length = _string_cast(value).length;
  if (array === null) _null_array();
  const { v } = array;
  const from = start >>> 0;
  if (from + length > v.length) _array_bounds();
  for (let i = 0; i < length; i++) v[from + i] = (value.charCodeAt(i) << 16) >> 16;
  return length;
}
/** fromCharCodeArray: a string of the code units from start to end */
function _string_fromCharCodeArray(array, start, end) {
  if (array === null) _null_array();
  const { v } = array;
  const to = end >>> 0;
  let at = start >>> 0;
  if (at > to || to > v.length) _array_bounds();
  let text = '';
  if (to - at <= 32) while (at < to) text += String.fromCharCode(v[at++]);
  while (at < to) {
    const next = Math.min(to, at + 4096);
    // Storage may be plain.
    text += String.fromCharCode.apply(null, v.slice(at, next));
    at = next;
  }
  return text;
}
