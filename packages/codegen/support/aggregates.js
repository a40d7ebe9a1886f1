/*
 * Structures and arrays at run time (specification, "Aggregate Instances"). Each type has one class for the realm, or shares one with
 * its relatives (then `y` is a field), made
 * by the first module that needs it: fields in order for a structure, `v` the storage of an array and `n` its length; `y` on the prototype
 * is the type, and `w` the logarithm of the words that an element of `v` takes. Floats are numbers; bits of a NaN that is not the canonical one are kept beside them.
 */

/** Gives a class to a structure or array type, unless it has one already. */
function _aggregate(type, made) {
  if (type.c === null) {
    made.prototype.y = type;
    made.prototype.w = /\(array (?:\(mut )?i64/.test(type.k)
      ? 1
      : /\(array (?:\(mut )?v128/.test(type.k)
        ? 2
        : 0;
    type.c = made;
  }
  return type.c;
}

const _layouts = _shared('layouts', Map);

/** The realm's class of structures of several types that have so many slots. */
function _layout(size, made) {
  if (!_layouts.has(size)) _layouts.set(size, made);
  return _layouts.get(size);
}

const _LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Most bytes of an array. */
const _ARRAY_LIMIT = 1073741824;

function _array_bounds() {
  _trap('out of bounds array access');
}
function _null_array() {
  _trap('null array reference');
}
function _cast_failure() {
  _trap('cast failure');
}
/** Where an element is not there, or null. */
function _no_element(array, index) {
  if (index >>> 0 < array.n >>> array.w) _null_reference();
  _array_bounds();
}

/** A length of a new array whose elements have so many bytes; traps where it is too large. */
function _array_length(length, size) {
  if ((length >>> 0) * size > _ARRAY_LIMIT) _trap('requested new array is too large');
  return length >>> 0;
}

/** Most words of the storage of integers that is a plain array: engines make those in less time and space. */
const _SHORT_STORAGE = 128;

/** Plain storage of so many zeros. */
function _short(length) {
  const v = new Array(length);
  for (let i = 0; i < length; i++) v[i] = 0;
  return v;
}

// New storage, zeros: by the kind of element.
function _zeros_i8(n) {
  const length = _array_length(n, 1);
  return length <= _SHORT_STORAGE ? _short(length) : new Int8Array(length);
}
function _zeros_i16(n) {
  const length = _array_length(n, 2);
  return length <= _SHORT_STORAGE ? _short(length) : new Int16Array(length);
}
function _zeros_i32(n) {
  const length = _array_length(n, 4);
  return length <= _SHORT_STORAGE ? _short(length) : new Int32Array(length);
}
function _zeros_i64(n) {
  const length = 2 * _array_length(n, 8);
  return length <= _SHORT_STORAGE ? _short(length) : new Int32Array(length);
}
function _zeros_f32(n) {
  return new Float32Array(_array_length(n, 4));
}
function _zeros_f64(n) {
  return new Float64Array(_array_length(n, 8));
}
function _zeros_v128(n) {
  return new Int32Array(4 * _array_length(n, 16));
}

/** Storage of references. */
function _refs(n, value) {
  const length = _array_length(n, 16);
  const list = new Array(length);
  if (length > 64) return list.fill(value);
  for (let i = 0; i < length; i++) list[i] = value;
  return list;
}

/** Puts a word into a range of storage. */
function _fill_word(v, word, start, end) {
  if (end - start > 64) return v.fill(word, start, end);
  for (let i = start; i < end; i++) v[i] = word;
  return v;
}

/** Storage with the same words in all elements. */
function _fill_words(v, ...words) {
  if (words.length === 1) return _fill_word(v, words[0], 0, v.length);
  for (let i = 0; i < v.length; i += words.length)
    for (let k = 0; k < words.length; k++) v[i + k] = words[k];
  return v;
}

// Storage of a list of components.
function _list_i8(list) {
  return list.length <= _SHORT_STORAGE ? list : new Int8Array(list);
}
function _list_i16(list) {
  return list.length <= _SHORT_STORAGE ? list : new Int16Array(list);
}
function _list_i32(list) {
  return list.length <= _SHORT_STORAGE ? list : new Int32Array(list);
}
function _list_f32(list) {
  return new Float32Array(list);
}
function _list_f64(list) {
  return new Float64Array(list);
}

/** array.len of an array of any type. */
function _array_len(array) {
  return array.n >>> array.w;
}

/** Traps where a range is not inside of an array of so many elements. */
function _array_range(start, count, length) {
  if ((start >>> 0) + (count >>> 0) > length) _array_bounds();
}

/** array.fill, elements of one value (a number or a reference). */
function _array_fill(array, start, value, count) {
  if (array === null) _null_array();
  const { v } = array;
  _array_range(start, count, v.length);
  // The bits of a NaN come next.
  if (value !== value) _room();
  v.fill(value, start >>> 0, (start >>> 0) + (count >>> 0));
}

/** array.fill, elements of several words. */
function _array_fill_words(array, start, count, ...words) {
  if (array === null) _null_array();
  const { v } = array;
  const size = words.length;
  _array_range(start, count, v.length / size);
  start >>>= 0;
  count >>>= 0;
  // Between the rounds of a loop V8 may find the stack full.
  _room();
  for (let i = 0; i < count; i++)
    for (let k = 0; k < size; k++) v[(start + i) * size + k] = words[k];
}

/** array.copy; an element has so many words. */
function _array_copy(to, target, from, source, count, size) {
  if (to === null || from === null) _null_array();
  const a = to.v;
  const b = from.v;
  _array_range(target, count, a.length / size);
  _array_range(source, count, b.length / size);
  const d = (target >>> 0) * size;
  const s = (source >>> 0) * size;
  const n = (count >>> 0) * size;
  if (n > 32 && ArrayBuffer.isView(a)) {
    if (a === b) a.copyWithin(d, s, s + n);
    else if (ArrayBuffer.isView(b)) a.set(b.subarray(s, s + n), d);
    else _copy_elements(a, d, b, s, n);
  } else _copy_elements(a, d, b, s, n);
}

/** array.copy of floats: as bytes, which a NaN keeps. */
function _array_copy_floats(to, target, from, source, count) {
  if (to === null || from === null) _null_array();
  _array_range(target, count, to.n);
  _array_range(source, count, from.n);
  const s = source >>> 0;
  const end = s + (count >>> 0);
  if (to === from) to.v.copyWithin(target >>> 0, s, end);
  else to.v.set(from.v.subarray(s, end), target >>> 0);
}

/** Copies words from one storage to another one, or within one. */
function _copy_elements(a, d, b, s, n) {
  _spare();
  if (a === b && s < d) for (let i = n - 1; i >= 0; i--) a[d + i] = b[s + i];
  else for (let i = 0; i < n; i++) a[d + i] = b[s + i];
}

/** Copies little-endian bytes of a data segment into the storage of an array whose words have so many bytes. */
function _store_bytes(v, at, data, from, bytes, size) {
  if (!ArrayBuffer.isView(v)) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    _room();
    for (let i = 0; i < bytes / size; i++) {
      const place = from + i * size;
      v[at + i] =
        size === 1
          ? view.getInt8(place)
          : size === 2
            ? view.getInt16(place, true)
            : view.getInt32(place, true);
    }
  } else if (size === 1) v.set(data.subarray(from, from + bytes), at);
  else {
    const all = new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
    if (_LITTLE) all.set(data.subarray(from, from + bytes), at * size);
    else _room();
    if (!_LITTLE)
      for (let i = 0; i < bytes; i++) all[at * size + (i ^ (size - 1))] = data[from + i];
  }
}

/** The bytes of a word of storage whose elements have so many: wide ones are made of 32-bit words, but for doubles. */
function _word_bytes(v, bytes) {
  return ArrayBuffer.isView(v) ? v.BYTES_PER_ELEMENT : Math.min(bytes, 4);
}

/** array.init_data; an element has so many bytes. */
function _array_init_data(array, target, source, count, data, bytes) {
  if (array === null) _null_array();
  const { v } = array;
  const word = _word_bytes(v, bytes);
  const words = bytes / word;
  _array_range(target, count, v.length / words);
  const size = (count >>> 0) * bytes;
  if ((source >>> 0) + size > data.length) _trap(_OUT_OF_BOUNDS_MEMORY);
  _store_bytes(v, (target >>> 0) * words, data, source >>> 0, size, word);
}

/** array.init_elem */
function _array_init_elem(array, target, source, count, elements) {
  if (array === null) _null_array();
  const { v } = array;
  _array_range(target, count, v.length);
  if ((source >>> 0) + (count >>> 0) > elements.length) _trap(_OUT_OF_BOUNDS_TABLE);
  _room();
  for (let i = 0; i < count >>> 0; i++) v[(target >>> 0) + i] = elements[(source >>> 0) + i];
}

/** Traps where so many bytes are not inside of a data segment. */
function _data_length(source, count, data, bytes) {
  if ((source >>> 0) + (count >>> 0) * bytes > data.length) _trap(_OUT_OF_BOUNDS_MEMORY);
  return count;
}

/** Storage from a data segment: new storage, filled; an element has so many bytes. */
function _data_storage(v, data, source, bytes) {
  const word = _word_bytes(v, bytes);
  _store_bytes(v, 0, data, source >>> 0, v.length * word, word);
  return v;
}

/** Storage from an element segment. */
function _elem_storage(source, count, elements) {
  const from = source >>> 0;
  if (from + (count >>> 0) > elements.length) _trap(_OUT_OF_BOUNDS_TABLE);
  return elements.slice(from, from + (count >>> 0));
}

/** Keeps the bits of a NaN beside a field: `z` has those that are not canonical, by field. */
function _keep_nan32(object, field, bits) {
  if (object.z === null) {
    if (bits === 0x7fc00000) return;
    object.z = {};
  }
  object.z[field] = bits;
}
function _keep_nan64(object, field, low, high) {
  const name = `${field}h`;
  if (object.z === null) {
    if (low === 0 && high === 0x7ff80000) return;
    object.z = {};
  }
  object.z[field] = low;
  object.z[name] = high;
}
// Words of a float field.
function _field_f32(object, number, field) {
  if (number === number) return _bits_of_f32(number);
  return object.z?.[field] ?? 0x7fc00000;
}
function _field_f64(object, number, field) {
  if (number === number) return _low_of_f64(number);
  return object.z?.[field] ?? 0;
}
function _field_f64h(object, number, field) {
  if (number === number) return _high_of_f64(number);
  return object.z?.[`${field}h`] ?? 0x7ff80000;
}

/** A view of an array's storage by bytes. */
function _array_view({ v }) {
  return new DataView(v.buffer, v.byteOffset, v.byteLength);
}
// Puts the bits of a NaN into elements of an array, and reads words of elements.
function _array_nan32(array, start, count, bits) {
  const view = _array_view(array);
  _room();
  for (let i = 0; i < count >>> 0; i++) view.setInt32(((start >>> 0) + i) * 4, bits, _LITTLE);
}
function _array_nan64(array, start, count, low, high) {
  const view = _array_view(array);
  _room();
  for (let i = 0; i < count >>> 0; i++) {
    const at = ((start >>> 0) + i) * 8;
    view.setInt32(_LITTLE ? at : at + 4, low, _LITTLE);
    view.setInt32(_LITTLE ? at + 4 : at, high, _LITTLE);
  }
}
function _element_f32(array, number, i) {
  if (number === number) return _bits_of_f32(number);
  return _array_view(array).getInt32(i * 4, _LITTLE);
}
function _element_f64(array, number, i) {
  if (number === number) return _low_of_f64(number);
  return _array_view(array).getInt32(_LITTLE ? i * 8 : i * 8 + 4, _LITTLE);
}
function _element_f64h(array, number, i) {
  if (number === number) return _high_of_f64(number);
  return _array_view(array).getInt32(_LITTLE ? i * 8 + 4 : i * 8, _LITTLE);
}
