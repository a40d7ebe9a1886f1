/*
 * The JavaScript object of a memory (JS API, "Memories").
 */

const _MEMORY = Symbol.for('wasm2js.memory');

class Memory {
  constructor(descriptor) {
    let state = descriptor;
    if (!(descriptor instanceof _MemoryState)) {
      const { min, max, addr64 } = _limits_from_js(descriptor, 'WebAssembly.Memory()');
      if (descriptor.shared)
        throw new TypeError('WebAssembly.Memory(): shared memory is not supported');
      if (min > 65536)
        throw new RangeError("WebAssembly.Memory(): property 'initial' is above 65536");
      state = new _MemoryState(min, max, 16, addr64, false);
    }
    state.x = this;
    _hide(this, _MEMORY, state);
  }
  /** The bytes; detached when the memory grows. */
  get buffer() {
    return this[_MEMORY].buffer();
  }
  /** Grows by `delta` pages and returns the old size. Throws a RangeError when that fails. */
  grow(delta) {
    const state = this[_MEMORY];
    const pages = state.grow(_index_from_js(delta, state.addr64, 'delta'));
    if (pages < 0) throw new RangeError('WebAssembly.Memory.grow(): maximum memory size exceeded');
    return state.addr64 ? BigInt(pages) : pages;
  }
  get [Symbol.toStringTag]() {
    return 'WebAssembly.Memory';
  }
}

/** The object of a memory, made on first need. */
function _memory_to_js(state) {
  return state.x === null ? new Memory(state) : state.x;
}

/** A memory that is imported; throws a LinkError. */
function _import_memory(imports, module, name, min, max, shift, addr64, shared) {
  const value = _import(imports, module, name, () => _memory_text(min, max, shift, addr64, shared));
  const state = value[_MEMORY];
  if (state === undefined) {
    if (_is_native(value, 'Memory') && _probe_memory(value, min, max, shift, addr64, shared)) {
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
