/*
 * Cells (globals that several modules may see) and their JavaScript object (JS API, "Globals").
 */

/** What is behind the objects. */
const _cells = _shared('cells', WeakMap);

/**
 * A cell: components `v`, `h` (or `v`, `b`, `c`, `d` for v128); floats are bits. `t` is the type, `m`
 * says whether it is mutable, `x` is its object or null.
 */
class _Cell {
  constructor(t, m, v, second = 0, c = 0, d = 0) {
    this.v = v;
    if (t === 'v128') {
      this.b = second;
      this.c = c;
      this.d = d;
    } else this.h = second;
    this.t = t;
    this.m = m;
    this.x = null;
  }
}

const Global = _class(
  'Global',
  class Global {
    constructor(descriptor, ...value) {
      const mutable = Boolean(_descriptor(descriptor).mutable);
      _tie(this, _cells, _cell_from_js(_type_from_js(descriptor.value), mutable, value));
    }
  },
  {
    get value() {
      return _cell_to_js(_state(this, _cells));
    },
    set value(value) {
      const cell = _state(this, _cells);
      if (!cell.m) throw new TypeError('the value of an immutable global cannot be set');
      _cell_set(cell, value);
    },
    valueOf() {
      return _cell_to_js(_state(this, _cells));
    },
  },
);

/** A new cell; the list `given` has its JavaScript value, or nothing for the type's default. */
function _cell_from_js(type, mutable, given) {
  if (typeof type === 'object') return new _Cell(type, mutable, _given_ref(type, given));
  if (type === 'v128') _no_js_value(type);
  const cell = new _Cell(type, mutable, 0);
  if (given[0] !== undefined) _cell_set(cell, given[0]);
  return cell;
}

/** The value of a cell as JavaScript sees it. */
function _cell_to_js(cell) {
  if (cell.t === 'i32') return cell.v;
  if (cell.t === 'i64') return _big_from_halves(cell.v, cell.h);
  if (cell.t === 'f32') return _f32_of_bits(cell.v);
  if (cell.t === 'f64') return _f64_of_bits(cell.v, cell.h);
  if (cell.t === 'v128') return _no_js_value(cell.t);
  return _ref_to_js(cell.t, cell.v);
}

/** Sets a cell to a JavaScript value; throws a TypeError for one of another type. */
function _cell_set(cell, value) {
  // Nothing is called between the two halves: the stack may be full.
  if (cell.t === 'i32') cell.v = value | 0;
  else if (cell.t === 'i64') {
    const low = _low_of_big(value);
    const high = _high_of_big();
    cell.v = low;
    cell.h = high;
  } else if (cell.t === 'f32') cell.v = _bits_of_f32(Math.fround(value));
  else if (cell.t === 'f64') {
    const number = +value;
    const low = _low_of_f64(number);
    const high = _high_of_f64(number);
    cell.v = low;
    cell.h = high;
  } else if (cell.t === 'v128') _no_js_value(cell.t);
  else cell.v = _ref_from_js(cell.t, value);
}

/** The object of a cell, made on first need. */
function _global_to_js(cell) {
  return _object_of(cell, Global, _cells);
}

/** A global that is imported: its cell; throws a LinkError. */
function _import_global(imports, module, name, type, mutable) {
  const value = _import(imports, module, name);
  const cell = _cells.get(value);
  if (cell !== undefined) {
    if (
      cell.m === mutable &&
      _is_value_subtype(cell.t, type) &&
      (!mutable || _is_value_subtype(type, cell.t))
    ) {
      return cell;
    }
  } else if (_is_native(value, 'Global')) {
    if (_probe_global(value, type, mutable)) return _native_global(value, type, mutable);
  } else if (
    !mutable &&
    (typeof type === 'object' || typeof value === (type === 'i64' ? 'bigint' : 'number'))
  ) {
    try {
      return _cell_from_js(type, mutable, [value]);
    } catch (error) {
      // Reported below as any other value that does not fit.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  const found = cell === undefined ? _describe(value) : _global_text(cell.t, cell.m);
  _incompatible(module, name, _global_text(type, mutable), found);
}

/** The text of a global type. */
function _global_text(type, mutable) {
  return mutable ? `(global (mut ${_type_name(type)}))` : `(global ${_type_name(type)})`;
}
