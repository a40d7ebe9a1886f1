/*
 * The JavaScript object of a table (JS API, "Tables").
 */

const _TABLE = Symbol.for('wasm2js.table');

class Table {
  constructor(descriptor, ...init) {
    let state = descriptor;
    if (!(descriptor instanceof _TableState)) {
      const { min, max, addr64 } = _limits_from_js(descriptor, 'WebAssembly.Table()');
      const type = _type_from_js(descriptor.element);
      if (typeof type === 'string')
        throw new TypeError('WebAssembly.Table(): not a reference type');
      if (min > _TABLE_LIMIT)
        throw new RangeError("WebAssembly.Table(): property 'initial' is too large");
      const ref = init[0] === undefined ? _default_ref(type) : _ref_from_js(type, init[0]);
      state = new _TableState(type, min, max, addr64, ref);
    }
    state.x = this;
    _hide(this, _TABLE, state);
  }
  /** Number of elements. */
  get length() {
    const { a, addr64 } = this[_TABLE];
    return addr64 ? BigInt(a.length) : a.length;
  }
  /** Element `index`. Throws a RangeError past the end. */
  get(index) {
    const state = this[_TABLE];
    return _ref_to_js(state.t, state.a[_table_index(state, index)]);
  }
  /** Sets element `index`. Throws a RangeError past the end, a TypeError for a value of another type. */
  set(index, ...value) {
    const state = this[_TABLE];
    const i = _table_index(state, index);
    state.put(i, _given_ref(state.t, value));
  }
  /** Grows by `delta` elements and returns the old length. Throws a RangeError when that fails. */
  grow(delta, ...init) {
    const state = this[_TABLE];
    const count = _index_from_js(delta, state.addr64, 'delta');
    const ref = _given_ref(state.t, init);
    const old = state.grow(count, ref);
    if (old < 0) throw new RangeError('WebAssembly.Table.grow(): maximum table size exceeded');
    return state.addr64 ? BigInt(old) : old;
  }
  get [Symbol.toStringTag]() {
    return 'WebAssembly.Table';
  }
}

/** An index into a table; throws a RangeError past the end. */
function _table_index(state, value) {
  const i = _index_from_js(value, state.addr64, 'index');
  if (i >= state.a.length) throw new RangeError(`table index ${i} is out of bounds`);
  return i;
}

/** The reference for an optional argument, given as the list of it. */
function _given_ref(type, given) {
  return given.length === 0 ? _default_ref(type) : _ref_from_js(type, given[0]);
}

/** The reference that stands for a missing argument (JS API, "DefaultValue"). */
function _default_ref(type) {
  if (!type.n) throw new TypeError('type incompatibility: expected a reference');
  return type.h === 'extern' ? undefined : null;
}

/** The object of a table, made on first need. */
function _table_to_js(state) {
  return state.x === null ? new Table(state) : state.x;
}

/** A table that is imported; throws a LinkError. */
function _import_table(imports, module, name, type, min, max, addr64) {
  const value = _import(imports, module, name, () => _table_text(type, min, max, addr64));
  const state = value[_TABLE];
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
