/*
 * The JavaScript object of a memory (JS API, "Memories").
 */

const Memory = _class(
  'Memory',
  class Memory {
    /**
     * Shared where a module of the realm has shared memories; `buffer` and `control` in the descriptor, which are
     * additions to the JS API, then make it one that another thread has (`shareMemory`).
     */
    constructor(descriptor) {
      const { address = 'i32' } = descriptor;
      const text = `${address}`;
      const addr64 = text === 'i64' || (text !== 'i32' && _invalid('address'));
      const { initial = descriptor.minimum } = descriptor;
      // What is no object has no initial size.
      const min = _index_from_js(initial, addr64);
      const { maximum } = descriptor;
      const max = maximum === undefined ? maximum : _index_from_js(maximum, addr64);
      if (min > 65536 || max < min || max > 65536) _invalid('size', RangeError);
      const state = new (
        descriptor.shared ? _registry.SharedMemory || _invalid('shared') : _NewMemory
      )(min, max, 16, addr64, min > 32768, descriptor);
      _memory_to_js(state, this);
    }
  },
  // What is no memory has no state with such methods.
  {
    /** The bytes; detached when the memory grows. */
    get buffer() {
      return _registry.get(this).buffer();
    },
    /** Grows by `delta` pages and returns the old size. Throws a RangeError when that fails. */
    grow(delta) {
      const state = _registry.get(this);
      const old = state.grow(_index_from_js(delta, state.addr64));
      if (old < 0) _invalid('size', RangeError);
      return state.addr64 ? BigInt(old) : old;
    },
  },
);

/** The object of a memory, made on first need or given. */
function _memory_to_js(state, object = Object.create(Memory.prototype)) {
  _registry.set((state.x = state.x || object), state);
  return state.x;
}

/** The state behind a memory of ours; undefined for everything else. What stands for one of the host has not its limits. */
function _memory_of(value) {
  const state = _registry.get(value);
  return state?.u && !_native_objects.has(value) ? state : undefined;
}

/** A memory that is imported; throws a LinkError. */
function _import_memory(imports, module, name, min, max, shift, addr64, shared) {
  const value = _import(imports, module, name);
  const known = _memory_of(value);
  const state =
    known === undefined
      ? _is_native(value, 'Memory') &&
        _probe_memory(value, min, max, shift, addr64, shared) &&
        _native_memory(value, min, max, shift, addr64, shared)
      : known.shift === shift &&
        !known.addr64 === !addr64 &&
        !known.shared === !shared &&
        _limits_match(known.n, known.max, min, max) &&
        known;
  if (!state)
    _incompatible(
      module,
      name,
      _memory_text(min, max, shift, addr64, shared),
      known === undefined
        ? _describe(value)
        : _memory_text(known.n, known.max, known.shift, known.addr64, known.shared),
    );
  if ('i' in _View.prototype && !('i' in state.v)) {
    // The module that made it knows no short names of methods.
    state.V = _View;
    state.v = new _View(state.u.buffer, 0, state.u.length);
  }
  return state;
}

/** The text of a memory type. */
function _memory_text(min, max, shift, addr64, shared) {
  const limits = max === undefined ? min : `${min} ${max}`;
  const page = shift === 16 ? '' : ` (pagesize ${2 ** shift})`;
  return `(memory ${addr64 ? 'i64 ' : ''}${limits}${shared ? ' shared' : ''}${page})`;
}
