/*
 * The JavaScript object of a table (JS API, "Tables").
 */

/** What is behind the objects. */
const _tables = _shared('tables', WeakMap);

const Table = _class(
  'Table',
  class Table {
    constructor(descriptor, ...init) {
      const type = _type_from_js(_descriptor(descriptor).element);
      if (typeof type === 'string') throw new TypeError('not a reference type');
      const { address = 'i32' } = descriptor;
      const text = `${address}`;
      const addr64 = text === 'i64' || (text !== 'i32' && _invalid('address'));
      const { initial = descriptor.minimum } = descriptor;
      const min = _index_from_js(initial, addr64);
      const { maximum } = descriptor;
      const max = maximum === undefined ? maximum : _index_from_js(maximum, addr64);
      if (min > _TABLE_LIMIT || max < min) _invalid('size', RangeError);
      const ref = init[0] === undefined ? _default_ref(type) : _ref_from_js(type, init[0]);
      _tie(this, _tables, new _TableState(type, min, max, addr64, ref));
    }
  },
  {
    /** Number of elements. */
    get length() {
      const { a, addr64 } = _state(this, _tables);
      return addr64 ? BigInt(a.length) : a.length;
    },
    /** Element `index`. Throws a RangeError past the end. */
    get(index) {
      const state = _state(this, _tables);
      return _ref_to_js(state.t, state.a[_table_index(state, index)]);
    },
    /** Sets element `index`. Throws a RangeError past the end, a TypeError for a value of another type. */
    set(index, ...value) {
      const state = _state(this, _tables);
      const i = _table_index(state, index);
      state.put(i, _given_ref(state.t, value));
    },
    /** Grows by `delta` elements and returns the old length. Throws a RangeError when that fails. */
    grow(delta, ...init) {
      const state = _state(this, _tables);
      const count = _index_from_js(delta, state.addr64);
      const old = state.grow(count, _given_ref(state.t, init));
      if (old < 0) _invalid('size', RangeError);
      return state.addr64 ? BigInt(old) : old;
    },
  },
);

/** An index into a table; throws a RangeError past the end. */
function _table_index(state, value) {
  const i = _index_from_js(value, state.addr64);
  if (i >= state.a.length) throw new RangeError(`table index ${i} is out of bounds`);
  return i;
}

/** The object of a table, made on first need. */
function _table_to_js(state) {
  return _object_of(state, Table, _tables);
}

/** A table that is imported; throws a LinkError. */
function _import_table(imports, module, name, type, min, max, addr64) {
  const value = _import(imports, module, name);
  const state = _tables.get(value);
  if (state === undefined) {
    if (_is_native(value, 'Table') && _probe_table(value, type, min, max, addr64)) {
      return _native_table(value, type, addr64);
    }
  } else if (
    _is_value_subtype(state.t, type) &&
    _is_value_subtype(type, state.t) &&
    state.addr64 === addr64 &&
    _limits_match(state.a.length, state.max, min, max)
  ) {
    return state;
  }
  const found =
    state === undefined
      ? _describe(value)
      : _table_text(state.t, state.a.length, state.max, state.addr64);
  _incompatible(module, name, _table_text(type, min, max, addr64), found);
}

/** The text of a table type. */
function _table_text(type, min, max, addr64) {
  const limits = max === undefined ? min : `${min} ${max}`;
  return `(table ${addr64 ? 'i64 ' : ''}${limits} ${_type_name(type)})`;
}
