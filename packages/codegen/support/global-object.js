/*
 * Cells (globals that several modules may see) and their JavaScript object (JS API, "Globals").
 */

/** What is behind the objects. */
const _cells = _shared('cells', WeakMap);

/**
 * A cell: components `v`, `h`; floats are bits. `t` is the type, `m` says whether it is mutable, `x` is its object or null.
 */
class _Cell {
  constructor(t, m, v, h = 0) {
    this.v = v;
    this.h = h;
    this.t = t;
    this.m = m;
    this.x = null;
  }
}

/** A cell of a v128: components `v`, `b`, `c`, `d`. */
class _VectorCell extends _Cell {
  constructor(t, m, v, b, c, d) {
    super(t, m, v);
    this.b = b;
    this.c = c;
    this.d = d;
  }
}

/** What views call the numbers of a type. */
const _NUMBERS = { __proto__: null, i32: 'Int32', i64: 'BigInt64', f32: 'Float32', f64: 'Float64' };

const Global = _class(
  'Global',
  class Global {
    constructor(descriptor, ...given) {
      const mutable = Boolean(_descriptor(descriptor).mutable);
      const name = `${descriptor.value}`;
      const type = _NUMBERS[name] ? name : _references().type(name);
      _tie(this, _cells, _cell_from_js(type, mutable, given));
    }
  },
  {
    get value() {
      return _cell_to_js(_state(this, _cells));
    },
    set value(value) {
      const cell = _state(this, _cells);
      if (!cell.m) throw new TypeError('the value of an immutable global cannot be set');
      _cell_set(cell, [value]);
    },
    valueOf() {
      return _cell_to_js(_state(this, _cells));
    },
  },
);

/**
 * How references are in cells: as a module has registered it to which they mean something (`_reference_cells`), else
 * as far as they have come from JavaScript.
 */
function _references() {
  return (
    _registry.references || {
      type: (name) =>
        name === 'externref'
          ? { n: true, h: 'extern' }
          : name === 'anyfunc' || name === 'funcref'
            ? { n: true, h: 'func' }
            : _invalid('type'),
      from({ h }, given) {
        const [value = given.length === 0 && h === 'func' ? null : undefined] = given;
        if (value === null || h === 'extern') return value;
        return (typeof value === 'function' && _registry.get(value)) || _invalid('reference');
      },
      to: ({ h }, ref) => (ref && h === 'func' ? ref.x : ref),
    }
  );
}

/** A new cell; the list `given` has its JavaScript value, or nothing for the type's default. */
function _cell_from_js(type, mutable, given) {
  const cell = new _Cell(type, mutable, 0);
  if (given[0] !== undefined || !_NUMBERS[type]) _cell_set(cell, given);
  return cell;
}

/** The value of a cell as JavaScript sees it. */
function _cell_to_js({ t, v, h }) {
  const numbers = _NUMBERS[t];
  if (!numbers) return _references().to(t, v);
  _bits.setInt32(0, v, true);
  _bits.setInt32(4, h, true);
  return _bits[`get${numbers}`](0, true);
}

/** Sets a cell to the JavaScript value in a list; throws a TypeError for one of another type. */
function _cell_set(cell, given) {
  const { t } = cell;
  const numbers = _NUMBERS[t];
  if (!numbers) {
    cell.v = _references().from(t, given);
    return;
  }
  const value = t[0] === 'f' ? +given[0] : given[0];
  _bits[`set${numbers}`](0, value, true);
  // A NaN is the canonical one.
  if (Number.isNaN(value)) {
    _bits.setInt32(0, t === 'f32' ? 0x7fc00000 : 0, true);
    _bits.setInt32(4, 0x7ff80000, true);
  }
  // Nothing is called between the two halves: the stack may be full.
  const low = _bits.getInt32(0, true);
  const high = _bits.getInt32(4, true);
  cell.v = low;
  cell.h = high;
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
      // Who has set it may not have known the type of a function.
      if (cell.t.h === 'func') _known(cell.v?.x);
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
