/*
 * Linear memories: allocation, growth, bulk instructions.
 */

/** An empty data segment, and what a dropped one becomes. */
const _empty = new Uint8Array(0);

/** A memory that does not grow, and that nobody else sees. Throws a RangeError where it is too large. */
function _fixed_memory(bytes, n) {
  const buffer = new ArrayBuffer(bytes);
  return { v: new _View(buffer, 0, bytes), u: new Uint8Array(buffer, 0, bytes), n };
}

/**
 * One memory. `v` and `u` view exactly the current length of a buffer that may be longer; `n` is the size
 * in pages, `max` the limit in pages or undefined, `cap` that of the engine, `V` the class of `v`, `x` its JavaScript
 * object. This class is for modules that grow no memory themselves: a new buffer each time, the old one is detached,
 * whether JavaScript has it or not.
 */
class _MemoryState {
  /**
   * `large`: addresses of 2^31 and more are in use. Else growth ends at 2 GiB, so that compiled code
   * may take addresses as signed integers. The views never hold anything else: engines
   * then know their class.
   */
  constructor(min, max, shift = 16, addr64, large) {
    this.V = _View;
    this.shift = shift;
    this.max = max;
    this.addr64 = addr64;
    this.cap = Math.min(max ?? 1 / 0, 2 ** ((large ? 32 : 31) - shift));
    this.enlarge(min);
  }

  /** Makes it that large, or throws and nothing has changed. */
  enlarge(pages) {
    const bytes = new Uint8Array(pages * 2 ** this.shift);
    const view = new this.V(bytes.buffer);
    if (this.u) {
      bytes.set(this.u);
      _detach(this.u);
    }
    this.v = view;
    this.u = bytes;
    this.n = pages;
  }

  /**
   * Grows by `delta` pages; gives the old size, or -1 when that is not possible, which a full stack is a
   * reason for, too: nothing has changed then.
   */
  grow(delta) {
    const old = this.n;
    const pages = old + delta;
    try {
      if (pages <= this.cap) {
        this.enlarge(pages, delta);
        return old;
      }
    } catch {
      // There is no room.
    }
    return -1;
  }

  /** The buffer that JavaScript may see: exactly as long as the memory, detached by growth. */
  buffer() {
    return this.u.buffer;
  }
}

/**
 * A memory of a module that grows it: its buffer is longer than the memory, so that growth seldom
 * copies, or one of the host's (`host`). `exposed` says whether JavaScript may have the buffer, which growth then detaches.
 */
class _GrowingMemory extends _MemoryState {
  constructor(...limits) {
    super(...limits);
    this.exposed = false;
    this.host = null;
  }

  /**
   * Views the first `pages` pages of a buffer: both views, or none where the stack is full. With `host`, the host's
   * memory or null, it goes over to a buffer that has the contents, and the old one is detached if it was exposed.
   */
  view(buffer, pages, host) {
    const bytes = pages * 2 ** this.shift;
    const v = new this.V(buffer, 0, bytes);
    const u = new Uint8Array(buffer, 0, bytes);
    if (host !== undefined) {
      if (this.exposed) _detach(this.u);
      this.host = host;
      this.exposed = host !== null;
    }
    this.v = v;
    this.u = u;
    this.n = pages;
  }

  enlarge(pages, delta) {
    if (!this.u) return super.enlarge(pages);
    if (delta === 0 && !this.exposed) return;
    const old = this.n;
    const unit = 2 ** this.shift;
    const limit = this.cap;
    const { buffer } = this.u;
    if (this.host !== null) {
      // Once the host's memory has grown, the views must follow: they fit on the stack if these do.
      _room(this);
      this.host.grow(delta);
      this.view(this.host.buffer, pages);
    } else if (!this.exposed && pages * unit <= buffer.byteLength) this.view(buffer, pages);
    else if (!this.exposed || !this.lodge(pages, limit)) {
      try {
        this.move(pages, Math.max(pages * unit, Math.min(limit * unit, 2 * old * unit)));
      } catch {
        this.move(pages, pages * unit);
      }
    }
  }

  /** Moves the contents to a new buffer of that capacity. A buffer that was exposed is detached. */
  move(pages, capacity) {
    const old = this.u;
    const buffer = new ArrayBuffer(capacity);
    new Uint8Array(buffer).set(old.length > capacity ? old.subarray(0, capacity) : old);
    this.view(buffer, pages, null);
  }

  /**
   * Moves an exposed memory's contents into one of the host's, if it has any: that grows in place,
   * however often JavaScript looks at its buffer, where a buffer of ours is copied each time.
   */
  lodge(pages, limit) {
    const Host = this.shift === 16 ? _host_class('Memory') : undefined;
    if (Host === undefined) return false;
    let host;
    try {
      host = new Host({ initial: pages, maximum: Math.min(limit, 65536) });
    } catch {
      return false;
    }
    new Uint8Array(host.buffer).set(this.u);
    this.view(host.buffer, pages, host);
    return true;
  }

  /** The buffer that JavaScript may see: exactly as long as the memory, detached by growth. */
  buffer() {
    const bytes = this.u.length;
    // Where nothing else can detach a buffer, growth of the host's own memories does.
    const lodged = !this.exposed && !_can_detach() && this.lodge(this.n, this.cap);
    if (!lodged && this.u.buffer.byteLength !== bytes) this.move(this.n, bytes);
    this.exposed = true;
    return this.u.buffer;
  }
}

/** Can the engine detach buffers? */
function _can_detach() {
  return (
    typeof ArrayBuffer.prototype.transfer === 'function' || typeof structuredClone === 'function'
  );
}

/** Detaches the buffer of an array, where the engine can. Throws where the stack is full, and it was not done. */
function _detach(bytes) {
  const { buffer } = bytes;
  try {
    buffer.transfer
      ? buffer.transfer()
      : globalThis.structuredClone?.(buffer, { transfer: [buffer] });
  } catch (error) {
    if (bytes.length) throw error;
  }
}

/** memory.grow */
function _memory_grow(memory, delta) {
  return memory.grow(delta >>> 0);
}

/** Bytes up to which filling and copying are done here: a call of the engine costs more than they do. */
const _SHORT = 64;

/** memory.fill */
function _memory_fill(memory, target, value, count) {
  target >>>= 0;
  count >>>= 0;
  const end = target + count;
  if (count > _SHORT || count === 0) {
    if (end > memory.u.length) _trap(_OUT_OF_BOUNDS_MEMORY);
    memory.u.fill(value, target, end);
    return;
  }
  // The end comes first: nothing is written where that is out of bounds.
  const view = memory.v;
  if (count > 3) {
    const word = Math.imul(value & 255, 16843009);
    _spare();
    view.setInt32(end - 4, word, true);
    for (let i = target; i < end - 4; i += 4) view.setInt32(i, word, true);
  } else {
    view.setInt8(end - 1, value);
    if (count > 1) {
      view.setInt8(target, value);
      view.setInt8(end - 2, value);
    }
  }
}

/** memory.copy */
function _memory_copy(to, from, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  count >>>= 0;
  // Code that appends to buffers copies single bytes by the million: the access itself is the check.
  if (count === 1) to.v.setInt8(target, from.v.getInt8(source));
  else if (count > 3 && count <= _SHORT) _copy_words(to.v, from.v, target, source, count - 4);
  else if (target + count > to.u.length || source + count > from.u.length) {
    _trap(_OUT_OF_BOUNDS_MEMORY);
  } else if (count > 3) _copy_bytes(to.u, from.u, target, source, count);
  else if (count > 0) {
    const last = count - 1;
    const a = from.v.getInt8(source);
    const b = from.v.getInt8(source + last);
    const c = from.v.getInt8(source + 1);
    to.v.setInt8(target, a);
    to.v.setInt8(target + last, b);
    to.v.setInt8(target + 1, c);
  }
}

/**
 * Copies `rest` + 4 bytes by words. The ranges may overlap: what would be overwritten before its turn
 * is read first, and what remains at the end is a word that overlaps the one before. Nothing is written
 * where an end is out of bounds: forwards, which is for one memory alone, the end of the source is read
 * first and lies behind that of the target; backwards begins with both.
 */
function _copy_words(to, from, target, source, rest) {
  _spare();
  if (to === from && target <= source) {
    const last = from.getInt32(source + rest, true);
    for (let i = 0; i < rest; i += 4) {
      to.setInt32(target + i, from.getInt32(source + i, true), true);
    }
    to.setInt32(target + rest, last, true);
  } else {
    const first = from.getInt32(source, true);
    for (let i = rest; i > 0; i -= 4) {
      to.setInt32(target + i, from.getInt32(source + i, true), true);
    }
    to.setInt32(target, first, true);
  }
}

/** Copies bytes, within one array or from one to another. */
function _copy_bytes(to, from, target, source, count) {
  if (to === from) to.copyWithin(target, source, source + count);
  else to.set(from.subarray(source, source + count), target);
}

/** memory.init; an active data segment as well */
function _memory_init(memory, data, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  count >>>= 0;
  const bytes = memory.u;
  if (target + count > bytes.length || source + count > data.length) {
    _trap(_OUT_OF_BOUNDS_MEMORY);
  }
  bytes.set(
    source === 0 && count === data.length ? data : data.subarray(source, source + count),
    target,
  );
}

/** A 64-bit index as a 32-bit one; traps where it is larger, which no memory or table is. */
function _index64(lo, hi, message) {
  if (hi !== 0) _trap(message);
  return lo;
}
