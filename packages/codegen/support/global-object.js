/*
 * Cells (globals that several modules may see) and their JavaScript object (JS API, "Globals").
 */

const _GLOBAL = Symbol.for('wasm2js.global');

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

class Global {
  constructor(descriptor, value) {
    let cell = descriptor;
    if (!(descriptor instanceof _Cell)) {
      if (
        (typeof descriptor !== 'object' || descriptor === null) &&
        typeof descriptor !== 'function'
      ) {
        throw new TypeError('WebAssembly.Global(): the argument must be a descriptor object');
      }
      const mutable = Boolean(descriptor.mutable);
      cell = _cell_from_js(_type_from_js(descriptor.value), mutable, value);
    }
    cell.x = this;
    _hide(this, _GLOBAL, cell);
  }
  get value() {
    return _cell_to_js(this[_GLOBAL]);
  }
  set value(value) {
    const cell = this[_GLOBAL];
    if (!cell.m)
      throw new TypeError(
        "set WebAssembly.Global.value: can't set the value of an immutable global",
      );
    _cell_set(cell, value);
  }
  valueOf() {
    return this.value;
  }
  get [Symbol.toStringTag]() {
    return 'WebAssembly.Global';
  }
}

/** A new cell with a JavaScript value; undefined stands for the type's default. */
function _cell_from_js(type, mutable, value) {
  if (type === 'v128') _no_js_value(type);
  if (typeof type === 'object') {
    return new _Cell(
      type,
      mutable,
      value === undefined ? _default_ref(type) : _ref_from_js(type, value),
    );
  }
  const cell = new _Cell(type, mutable, 0);
  if (value !== undefined) _cell_set(cell, value);
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
  if (cell.t === 'i32') cell.v = value | 0;
  else if (cell.t === 'i64') {
    cell.v = _low_of_big(value);
    cell.h = _high_of_big();
  } else if (cell.t === 'f32') cell.v = _bits_of_f32(Math.fround(value));
  else if (cell.t === 'f64') {
    const number = +value;
    cell.v = _low_of_f64(number);
    cell.h = _high_of_f64(number);
  } else if (cell.t === 'v128') _no_js_value(cell.t);
  else cell.v = _ref_from_js(cell.t, value);
}

/** The object of a cell, made on first need. */
function _global_to_js(cell) {
  return cell.x === null ? new Global(cell) : cell.x;
}

/** A global that is imported: its cell; throws a LinkError. */
function _import_global(imports, module, name, type, mutable) {
  const text = () => _global_text(type, mutable);
  const value = _import(imports, module, name, text, typeof type === 'object');
  const cell = value === null || value === undefined ? undefined : value[_GLOBAL];
  if (cell !== undefined) {
    if (
      cell.m === mutable &&
      _is_value_subtype(cell.t, type) &&
      (!mutable || _is_value_subtype(type, cell.t))
    ) {
      return cell;
    }
    _incompatible(module, name, text(), _global_text(cell.t, cell.m));
  }
  if (_is_native(value, 'Global')) {
    if (_probe_global(value, type, mutable)) return _native_global(value, type, mutable);
  } else if (
    !mutable &&
    (typeof type === 'object' || typeof value === (type === 'i64' ? 'bigint' : 'number'))
  ) {
    try {
      if (typeof type === 'string') return _cell_from_js(type, mutable, value);
      return new _Cell(type, mutable, _ref_from_js(type, value));
    } catch {
      // Reported below as any other value that does not fit.
    }
  }
  _incompatible(module, name, text(), _describe(value));
}

/** The text of a global type. */
function _global_text(type, mutable) {
  return mutable ? `(global (mut ${_type_name(type)}))` : `(global ${_type_name(type)})`;
}
