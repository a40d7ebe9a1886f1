/*
 * The JavaScript object of a memory (JS API, "Memories").
 */

/** What is behind the objects. */
const _memories = _shared('memories', WeakMap);

const Memory = _class(
  'Memory',
  () =>
    class Memory {
      /**
       * Shared where a module of the realm has shared memories; `buffer` and `control` in the descriptor, which are
       * additions to the JS API, then make it one that another thread has (`shareMemory`).
       */
      constructor(descriptor) {
        // What is no object has no initial size.
        const [min, max, addr64] = _limits_from_js(descriptor, 65536, 65536);
        const shared = !!descriptor.shared;
        const State = shared ? max !== undefined && _registry.SharedMemory : _NewMemory;
        if (!State) _invalid("'maximum' of a shared memory, or no module has one");
        _memory_to_js(new State(min, max, 16, addr64, shared, false, descriptor), this);
      }
      /** The bytes; detached when the memory grows. */
      get buffer() {
        return _state(this, _memories).buffer();
      }
      /** Grows by `delta` pages and returns the old size. Throws a RangeError when that fails. */
      grow(delta) {
        const state = _state(this, _memories);
        return _old_size(state, state.grow(_index_from_js(delta, state.addr64)));
      }
    },
);

/** The object of a memory, made on first need or given, which a WASI runtime may ask for its memory by a symbol. */
function _memory_to_js(state, object = Object.create(Memory.prototype)) {
  if (state.x) return state.x;
  Object.defineProperty(object, Symbol.for('wasm2js.memory'), { value: state });
  return _tie(object, _memories, state);
}

/** A memory that is imported; throws a LinkError. */
function _import_memory(imports, module, name, min, max, shift, addr64, shared) {
  const value = _import(imports, module, name);
  const state = _memories.get(value);
  if (state === undefined) {
    if (_is_native(value, 'Memory') && _probe_memory(value, min, max, shift, addr64, shared)) {
      if (shared) return new _registry.SharedMemory(min, max, shift, addr64, true, false, value);
      return _native_memory(value, shift, addr64);
    }
  } else if (
    state.shift === shift &&
    state.addr64 === addr64 &&
    state.shared === shared &&
    _limits_match(state.n, state.max, min, max)
  ) {
    if ('i' in _View.prototype && !('i' in state.v)) {
      // The module that made it knows no short names of methods.
      state.V = _View;
      state.view(state.u.buffer, state.n);
    }
    return state;
  }
  const found =
    state === undefined
      ? _describe(value)
      : _memory_text(state.n, state.max, state.shift, state.addr64, state.shared);
  _incompatible(module, name, _memory_text(min, max, shift, addr64, shared), found);
}

/** The text of a memory type. */
function _memory_text(min, max, shift, addr64, shared) {
  const limits = max === undefined ? min : `${min} ${max}`;
  const page = shift === 16 ? '' : ` (pagesize ${2 ** shift})`;
  return `(memory ${addr64 ? 'i64 ' : ''}${limits}${shared ? ' shared' : ''}${page})`;
}
