/*
 * Shared memories (threads proposal): a SharedArrayBuffer that several threads hold, each with views of its own. As long as
 * this thread has the memory for itself it is read as others are, by a `DataView`. Then words of at most 32 bits at aligned
 * addresses are elements of typed arrays, since interpreters take the bytes of a `DataView` one by one and no thread may see half of
 * what another writes; all else is a `DataView`'s, after a second look where it traps: another thread may have grown the memory.
 */

/** The class of `v` of an escaped memory: the methods of a `DataView`, little-endian. Growth changes it in place. */
const _SharedView = _with_short_names(
  class {
    constructor(memory) {
      this.memory = memory;
      this.reset(memory.whole(), memory.bytes());
    }
    /** Views the first `length` bytes of the buffer. */
    reset(buffer, length) {
      this.byteLength = length;
      this.slow = new DataView(buffer, 0, length);
      this.u8 = new Uint8Array(buffer, 0, length);
      // Lengths pass 2 GiB, which are no int32.
      this.i16 = new Int16Array(buffer, 0, Math.floor(length / 2));
      this.u16 = new Uint16Array(buffer, 0, Math.floor(length / 2));
      this.i32 = new Int32Array(buffer, 0, Math.floor(length / 4));
      this.f32 = new Float32Array(buffer, 0, Math.floor(length / 4));
      this.big = null;
    }
    /** The exact view, as long as the memory is now: another thread may have grown it. */
    exact() {
      this.memory.refresh();
      return this.slow;
    }
    getInt8(a) {
      try {
        return this.slow.getInt8(a);
      } catch {
        return this.exact().getInt8(a);
      }
    }
    getUint8(a) {
      try {
        return this.slow.getUint8(a);
      } catch {
        return this.exact().getUint8(a);
      }
    }
    getInt16(a) {
      if (a >= 0 && a < this.byteLength - 1 && !(a & 1)) return this.i16[a >>> 1];
      try {
        return this.slow.getInt16(a, true);
      } catch {
        return this.exact().getInt16(a, true);
      }
    }
    getUint16(a) {
      if (a >= 0 && a < this.byteLength - 1 && !(a & 1)) return this.u16[a >>> 1];
      try {
        return this.slow.getUint16(a, true);
      } catch {
        return this.exact().getUint16(a, true);
      }
    }
    getInt32(a) {
      if (a >= 0 && a < this.byteLength - 3 && !(a & 3)) return this.i32[a >>> 2];
      try {
        return this.slow.getInt32(a, true);
      } catch {
        return this.exact().getInt32(a, true);
      }
    }
    getFloat32(a) {
      if (a >= 0 && a < this.byteLength - 3 && !(a & 3)) return this.f32[a >>> 2];
      try {
        return this.slow.getFloat32(a, true);
      } catch {
        return this.exact().getFloat32(a, true);
      }
    }
    getFloat64(a) {
      try {
        return this.slow.getFloat64(a, true);
      } catch {
        return this.exact().getFloat64(a, true);
      }
    }
    setInt8(a, x) {
      try {
        this.slow.setInt8(a, x);
      } catch {
        this.exact().setInt8(a, x);
      }
    }
    setInt16(a, x) {
      if (a >= 0 && a < this.byteLength - 1 && !(a & 1)) this.i16[a >>> 1] = x;
      else
        try {
          this.slow.setInt16(a, x, true);
        } catch {
          this.exact().setInt16(a, x, true);
        }
    }
    setInt32(a, x) {
      if (a >= 0 && a < this.byteLength - 3 && !(a & 3)) this.i32[a >>> 2] = x;
      else
        try {
          this.slow.setInt32(a, x, true);
        } catch {
          this.exact().setInt32(a, x, true);
        }
    }
    setFloat32(a, x) {
      if (a >= 0 && a < this.byteLength - 3 && !(a & 3)) this.f32[a >>> 2] = x;
      else
        try {
          this.slow.setFloat32(a, x, true);
        } catch {
          this.exact().setFloat32(a, x, true);
        }
    }
    setFloat64(a, x) {
      try {
        this.slow.setFloat64(a, x, true);
      } catch {
        this.exact().setFloat64(a, x, true);
      }
    }
  },
);

/**
 * Gives a class of views its methods also under the short names that modules of some size use. On machines of the other byte
 * order everything longer than a byte goes through the exact view.
 */
function _with_short_names(View) {
  const names = 'c:getInt8 b:getUint8 s:getInt16 h:getUint16 i:getInt32 f:getFloat32 d:getFloat64'
    .concat(' B:setInt8 H:setInt16 I:setInt32 F:setFloat32 D:setFloat64')
    .split(' ');
  for (const name of names) {
    const method = name.slice(2);
    if (!_LITTLE && 'exact' in View.prototype && !method.endsWith('8'))
      View.prototype[method] = _exact_method(method);
    View.prototype[name[0]] = View.prototype[method];
  }
  return View;
}

/** The class of `v` of a memory that has not escaped: modules of all sizes read it. */
const _LoneView = _with_short_names(class extends DataView {});

/** A method that asks the exact view, of a machine that has the highest byte first. */
function _exact_method(method) {
  if (method.startsWith('get'))
    return function (a) {
      return this.exact()[method](a, true);
    };
  return function (a, x) {
    this.exact()[method](a, x, true);
  };
}

/**
 * A shared memory, as one thread has it. The fields are those of `_MemoryState`; `v` is another view once it has escaped,
 * and until then behind each growth; `t`, the typed arrays, is never replaced. The buffer grows in place up to `max`;
 * `control` is shared as well and says how many pages have been asked for, so that two threads that grow at the same
 * time each get their own.
 *
 * `escaped`: may another thread have it? It may from the start where it is given (a buffer that another thread sent, the
 * host's memory), else from when the buffer leaves: by `buffer()` or `_share_memory`. It never becomes false again.
 * What else has the views must keep them to this thread (ABI.md).
 */
const _SharedMemoryState = _offer_sharing(
  class {
    constructor(min, max, shift, addr64, large, given) {
      if (max === undefined) _invalid("'maximum' of a shared memory");
      this.max = max;
      this.cap = 2 ** ((large ? 32 : 31) - shift);
      this.shift = shift;
      this.addr64 = addr64;
      this.shared = true;
      this.exposed = true;
      this.V = _LoneView;
      this.host = _is_native(given, 'Memory');
      this.x = this.host ? given : null;
      this.escaped = !!this.host || (given?.escaped ?? given?.buffer !== undefined);
      if (this.host) _native_objects.set(given, this);
      else this.allocate(min, given);
      this.t = new _SharedView(this);
      this.look();
    }

    allocate(min, given) {
      const size = 2 ** this.shift;
      const most = Math.min(this.max, this.cap) * size;
      try {
        this.memory =
          given?.buffer ??
          new SharedArrayBuffer(
            _GROWABLE || most === min * size ? min * size : most,
            _GROWABLE && most > min * size ? { maxByteLength: most } : undefined,
          );
        this.control = given?.control ?? new Int32Array(new SharedArrayBuffer(4));
      } catch {
        // Strict compartments have none.
        if (typeof SharedArrayBuffer === 'undefined')
          throw new TypeError('WebAssembly memory: this realm has no SharedArrayBuffer');
        throw new RangeError(`WebAssembly memory: cannot allocate ${min * size} bytes`);
      }
      if (given?.control === undefined)
        this.control[0] = given?.buffer === undefined ? min : this.memory.byteLength / size;
    }

    /** The buffer that all threads have. */
    whole() {
      return this.host ? Reflect.get(this.host, 'buffer', this.x) : this.memory;
    }

    /** Another thread may have the memory from now on. */
    escape() {
      this.escaped = true;
      this.look();
    }

    /** Takes bytes, pages and the view of plain accesses from `t`, as it is now. */
    look() {
      this.u = this.t.u8;
      this.n = this.u.length / 2 ** this.shift;
      this.v = this.escaped ? this.t : new this.V(this.whole(), 0, this.u.length);
    }

    /** The buffer that JavaScript sees: another object behind each growth. */
    buffer() {
      this.escape();
      if (this.host) return this.whole();
      const bytes = this.bytes();
      if (this.seen === undefined || this.seen.byteLength !== bytes)
        this.seen = _frozen_buffer(this.memory, bytes);
      return this.seen;
    }

    /** The present length. */
    bytes() {
      if (this.host || _GROWABLE) return this.whole().byteLength;
      return Atomics.load(this.control, 0) * 2 ** this.shift;
    }

    /** Takes notice of growth by other threads. */
    refresh() {
      const bytes = this.bytes();
      if (bytes === this.u.length) return;
      this.t.reset(this.whole(), bytes);
      this.look();
    }

    grow(delta) {
      if (this.host) {
        try {
          return this.host.grow.call(this.x, delta);
        } catch {
          return -1;
        } finally {
          this.refresh();
        }
      }
      const { control, memory } = this;
      const limit = Math.min(this.max, this.cap);
      for (;;) {
        const old = Atomics.load(control, 0);
        const pages = old + delta;
        if (pages > limit) return -1;
        if (Atomics.compareExchange(control, 0, old, pages) !== old) continue;
        if (_GROWABLE && !_grow_buffer(memory, pages * 2 ** this.shift)) {
          Atomics.compareExchange(control, 0, pages, old);
          return -1;
        }
        this.refresh();
        return old;
      }
    }
  },
);

/** Lets `new Memory({ shared: true })` make memories of this class, in all modules of the realm. */
function _offer_sharing(State) {
  if (_registry.SharedMemory === undefined) _registry.SharedMemory = State;
  return _registry.SharedMemory;
}

/** Can buffers be shared and grow? */
const _GROWABLE =
  typeof SharedArrayBuffer === 'function' && typeof SharedArrayBuffer.prototype.grow === 'function';

/**
 * Another object for the same bytes, of a fixed length and frozen (JS API, "create a fixed length memory buffer"); views of
 * it are as long as the memory. The buffer itself, where the host makes no other object for it.
 */
function _frozen_buffer(buffer, bytes) {
  try {
    const other = structuredClone(buffer);
    return Object.freeze(Object.defineProperty(other, 'byteLength', { value: bytes }));
  } catch {
    return buffer;
  }
}

/** Makes a buffer at least that long; false where that fails. */
function _grow_buffer(buffer, bytes) {
  try {
    buffer.grow(bytes);
    return true;
  } catch {
    return buffer.byteLength >= bytes;
  }
}

/**
 * What another thread needs for the same memory, to be sent to it and given to `new Memory()` there with the rest
 * of the descriptor. Throws a TypeError for a memory that is not shared.
 */
function _share_memory(memory) {
  const state = _memory_of(memory) || _native_objects.get(memory);
  if (!state?.shared) throw new TypeError('the memory is not shared');
  state.escape();
  return { buffer: state.whole(), control: state.control };
}

/** memory.size of a shared memory */
function _shared_size(memory) {
  memory.refresh();
  return memory.n;
}
