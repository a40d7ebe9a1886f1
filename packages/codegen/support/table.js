/*
 * Tables and their callable views.
 */

/** An empty element segment, and what a dropped one becomes. */
const _none = [];

/** Most elements of a table (JS API, "Implementation-defined Limits"). */
const _TABLE_LIMIT = 10000000;

/**
 * One table: `a` its elements, `w` the callable views that modules keep of it, `t` its element type,
 * `max` its limit or undefined. A change is made at once or not at all: what it needs is computed
 * before, and between the first and the last assignment nothing is called, since the stack may be full
 * at any call (engines look at it between the rounds of a loop, too, for which `_room` has made sure).
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
    const { a, w } = this;
    const entries = [];
    for (let k = 0; k < w.length; k++) entries[k] = w[k].f(ref);
    if (w.length > 1) _room();
    a[i] = ref;
    if (w.length > 0) w[0].a[i] = entries[0];
    for (let k = 1; k < w.length; k++) w[k].a[i] = entries[k];
  }

  /** Sets the elements from `target` on to `count` of those of a list, from `source` on. */
  write(target, refs, source, count) {
    const { a, w } = this;
    const list = [];
    for (let i = 0; i < count; i++) list[i] = refs[source + i];
    const entries = [];
    for (let k = 0; k < w.length; k++) {
      const view = w[k];
      const own = (entries[k] = []);
      for (let i = 0; i < count; i++) own[i] = view.f(list[i]);
    }
    _room();
    for (let i = 0; i < count; i++) a[target + i] = list[i];
    for (let k = 0; k < w.length; k++) {
      const view = w[k].a;
      const own = entries[k];
      for (let i = 0; i < count; i++) view[target + i] = own[i];
    }
  }

  /** Sets `count` elements from `target` on, which exist or follow the last, to one reference. */
  fill(target, ref, count) {
    const { a, w } = this;
    const end = target + count;
    const entries = [];
    for (let k = 0; k < w.length; k++) entries[k] = w[k].f(ref);
    _room();
    for (let i = target; i < end; i++) a[i] = ref;
    for (let k = 0; k < w.length; k++) {
      const view = w[k].a;
      const entry = entries[k];
      for (let i = target; i < end; i++) view[i] = entry;
    }
  }

  /** Grows by `delta` elements; gives the old size, or -1 when that is not possible. */
  grow(delta, ref) {
    const old = this.a.length;
    const size = old + delta;
    if (size > (this.max === undefined ? _TABLE_LIMIT : this.max) || size > _TABLE_LIMIT) return -1;
    this.fill(old, ref, delta);
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
  table.fill(target, ref, count);
}

/** table.copy */
function _table_copy(to, from, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  count >>>= 0;
  if (target + count > to.a.length || source + count > from.a.length) _trap(_OUT_OF_BOUNDS_TABLE);
  to.write(target, from.a, source, count);
}

/** table.init; an active element segment as well */
function _table_init(table, elements, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  count >>>= 0;
  if (target + count > table.a.length || source + count > elements.length) {
    _trap(_OUT_OF_BOUNDS_TABLE);
  }
  table.write(target, elements, source, count);
}
