/*
 * Tables and their callable views.
 */

/** An empty element segment, and what a dropped one becomes. */
const _none = [];

/** Most elements of a table (JS API, "Implementation-defined Limits"). */
const _TABLE_LIMIT = 10000000;

/**
 * One table: `a` its elements, `w` the callable views that modules keep of it, `t` its element type,
 * `max` its limit or undefined.
 */
class _TableState {
  constructor(type, min, max, addr64, init) {
    if (min > _TABLE_LIMIT)
      throw new RangeError(`WebAssembly table: cannot allocate ${min} elements`);
    this.a = _filled(min, init);
    this.w = [];
    this.t = type;
    this.max = max;
    this.addr64 = addr64;
    this.x = null;
  }

  /** Sets element `i`, which exists. */
  put(i, ref) {
    this.a[i] = ref;
    for (const view of this.w) view.a[i] = view.f(ref);
  }

  /** Grows by `delta` elements; gives the old size, or -1 when that is not possible. */
  grow(delta, ref) {
    const old = this.a.length;
    const size = old + delta;
    if (size > Math.min(this.max === undefined ? Infinity : this.max, _TABLE_LIMIT)) return -1;
    for (let i = old; i < size; i++) this.a.push(ref);
    for (const view of this.w) {
      const entry = view.f(ref);
      for (let i = old; i < size; i++) view.a.push(entry);
    }
    return old;
  }
}

/** A plain array of `count` times the same value. */
function _filled(count, value) {
  const list = [];
  for (let i = 0; i < count; i++) list.push(value);
  return list;
}

const _uninitialized_element = () => _trap(_UNINITIALIZED_ELEMENT);
const _mismatched_element = () => _trap(_INDIRECT_MISMATCH);

/**
 * The callable view of a table for a function type: kept parallel to the table, it holds what to
 * call, or a function that traps.
 * @param host makes what to call of a function of the host's WebAssembly
 */
function _table_view(table, type, host) {
  for (const view of table.w) if (view.y === type && view.o === _owner) return view.a;
  const f = (ref) => {
    if (ref === null) return _uninitialized_element;
    if (ref.y === null) return host(ref.x);
    return _is_subtype(ref.y, type) ? _callee(ref) : _mismatched_element;
  };
  const view = { a: table.a.map(f), y: type, o: _owner, f };
  table.w.push(view);
  return view.a;
}

/** table.get */
function _table_get(table, i) {
  i >>>= 0;
  if (i >= table.a.length) _trap(_OUT_OF_BOUNDS_TABLE);
  return table.a[i];
}

/** table.set */
function _table_set(table, i, ref) {
  i >>>= 0;
  if (i >= table.a.length) _trap(_OUT_OF_BOUNDS_TABLE);
  table.put(i, ref);
}

/** table.grow */
function _table_grow(table, ref, delta) {
  return table.grow(delta >>> 0, ref);
}

/** table.fill */
function _table_fill(table, target, ref, count) {
  target >>>= 0;
  count >>>= 0;
  if (target + count > table.a.length) _trap(_OUT_OF_BOUNDS_TABLE);
  for (let i = 0; i < count; i++) table.put(target + i, ref);
}

/** table.copy */
function _table_copy(to, from, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  count >>>= 0;
  if (target + count > to.a.length || source + count > from.a.length) _trap(_OUT_OF_BOUNDS_TABLE);
  if (target <= source) for (let i = 0; i < count; i++) to.put(target + i, from.a[source + i]);
  else for (let i = count - 1; i >= 0; i--) to.put(target + i, from.a[source + i]);
}

/** table.init; an active element segment as well */
function _table_init(table, elements, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  count >>>= 0;
  if (target + count > table.a.length || source + count > elements.length) {
    _trap(_OUT_OF_BOUNDS_TABLE);
  }
  for (let i = 0; i < count; i++) table.put(target + i, elements[source + i]);
}
