/*
 * Atomic accesses (threads proposal). Where no other thread has the memory they are plain accesses of an aligned
 * address: of a memory that is not shared, and of a shared one until it has `escaped` (memory-shared.js), which only
 * a call out of compiled code can do.
 */

const _UNALIGNED_ATOMIC = 'unaligned atomic';

/** The address of an atomic access; traps where it is out of bounds or not aligned. */
function _atomic_address(memory, a, offset, size) {
  const at = (a >>> 0) + offset;
  if (at + size > memory.u.length) {
    if (memory.shared) memory.refresh();
    if (at + size > memory.u.length) _trap(_OUT_OF_BOUNDS_MEMORY);
  }
  if (at & (size - 1)) _trap(_UNALIGNED_ATOMIC);
  return at;
}

/**
 * The address of an access to a memory that no other thread has. The plain access itself traps where it is out of bounds,
 * unless the address is not aligned, either.
 */
function _lone_address(memory, a, offset, size) {
  const at = (a >>> 0) + offset;
  return at & (size - 1) ? _atomic_address(memory, a, offset, size) : at;
}

/** What an operation of `Atomics` makes of a value that no other thread sees; to be cut to its width. */
function _operated(operation, old, x, y) {
  switch (operation) {
    case Atomics.add:
      return old + x;
    case Atomics.sub:
      return old - x;
    case Atomics.and:
      return old & x;
    case Atomics.or:
      return old | x;
    case Atomics.xor:
      return old ^ x;
    case Atomics.compareExchange:
      return old === x ? y : old;
    default:
      return x;
  }
}

/**
 * An operation of `Atomics` on an element of several bytes. On machines that have the highest byte first, elements are turned:
 * for bits and comparisons that is all, and a sum is tried until no other thread has come between.
 */
function _ordered(operation, array, i, x, y) {
  if (_LITTLE) return operation(array, i, x, y);
  if (operation !== Atomics.add && operation !== Atomics.sub)
    return _turned(array, operation(array, i, _turned(array, x), _turned(array, y)));
  for (;;) {
    const found = Atomics.load(array, i);
    const old = _turned(array, found);
    const made = _turned(array, operation === Atomics.add ? old + x : old - x);
    if (Atomics.compareExchange(array, i, found, made) === found) return old;
  }
}

/** An element of an array with its bytes the other way round; of what is no operand, that. */
function _turned(array, x) {
  if (x === undefined) return x;
  const one = new array.constructor(1);
  one[0] = x;
  new Uint8Array(one.buffer).reverse();
  return one[0];
}

/** An operation of `Atomics` on 8 bits, with one operand or two; gives the old value. */
function _atomic8(memory, a, offset, operation, x, y) {
  if (memory.escaped) {
    const at = _atomic_address(memory, a, offset, 1);
    return operation(memory.t.u8, at, x, y);
  }
  const { v } = memory;
  const at = (a >>> 0) + offset;
  const old = v.getUint8(at);
  v.setInt8(at, _operated(operation, old, x & 255, y));
  return old;
}

/** The same on 16 bits. */
function _atomic16(memory, a, offset, operation, x, y) {
  if (memory.escaped) {
    const at = _atomic_address(memory, a, offset, 2);
    return _ordered(operation, memory.t.u16, at >>> 1, x, y);
  }
  const { v } = memory;
  const at = _lone_address(memory, a, offset, 2);
  const old = v.getUint16(at, true);
  v.setInt16(at, _operated(operation, old, x & 65535, y), true);
  return old;
}

/** The same on 32 bits. */
function _atomic32(memory, a, offset, operation, x, y) {
  if (memory.escaped) {
    const at = _atomic_address(memory, a, offset, 4);
    return _ordered(operation, memory.t.i32, at >>> 2, x, y);
  }
  const { v } = memory;
  const at = _lone_address(memory, a, offset, 4);
  const old = v.getInt32(at, true);
  v.setInt32(at, _operated(operation, old, x, y), true);
  return old;
}

/** The same on 64 bits, by halves; gives the low half and leaves the high one in the channel. */
function _atomic64(memory, a, offset, operation, x, xh, y, yh) {
  const at = _atomic_address(memory, a, offset, 8);
  const { v } = memory;
  if (!memory.escaped) {
    if (memory.shared && _LITTLE) return _lone64(memory.t.i32, at >>> 2, operation, x, xh, y, yh);
    _pair[0] = v.getInt32(at, true);
    _pair[1] = v.getInt32(at + 4, true);
    const old = _lone64(_pair, 0, operation, x, xh, y, yh);
    v.setInt32(at, _pair[0], true);
    v.setInt32(at + 4, _pair[1], true);
    return old;
  }
  const first = _big_from_halves(x, xh);
  const second = y === undefined ? undefined : _big_from_halves(y, yh);
  const old = _low_of_big(_ordered(operation, _bigs(memory.t), at / 8, first, second));
  _h0 = _high_of_big();
  return old;
}
const _pair = new Int32Array(2);

/** The same on two words that no other thread sees. */
function _lone64(words, i, operation, x, xh, y, yh) {
  const low = words[i];
  const high = words[i + 1];
  let newLow = low + x;
  let newHigh = high + xh;
  _h0 = high;
  if (operation === Atomics.add) newHigh += newLow >>> 0 < low >>> 0;
  else if (operation === Atomics.sub) {
    newLow = low - x;
    newHigh = high - xh - (low >>> 0 < x >>> 0);
  } else {
    if (operation === Atomics.compareExchange && (low !== x || high !== xh)) return low;
    newLow = _operated(operation, low, x, y);
    newHigh = _operated(operation, high, xh, yh);
  }
  words[i] = newLow;
  words[i + 1] = newHigh;
  return low;
}

/** The array of 64-bit integers over a shared memory, made on first need. */
function _bigs(view) {
  if (view.big === null)
    view.big = new BigInt64Array(view.u8.buffer, 0, Math.floor(view.byteLength / 8));
  return view.big;
}

/** An atomic load of 8, 16 or 32 bits is an operation that changes nothing. */
function _atomic_load8(memory, a, offset) {
  if (!memory.escaped) return memory.v.getUint8((a >>> 0) + offset);
  const at = _atomic_address(memory, a, offset, 1);
  return Atomics.load(memory.t.u8, at);
}
function _atomic_load16(memory, a, offset) {
  if (!memory.escaped) return memory.v.getUint16(_lone_address(memory, a, offset, 2), true);
  const at = _atomic_address(memory, a, offset, 2);
  return _ordered(Atomics.load, memory.t.u16, at >>> 1);
}
function _atomic_load32(memory, a, offset) {
  if (!memory.escaped) return memory.v.getInt32(_lone_address(memory, a, offset, 4), true);
  const at = _atomic_address(memory, a, offset, 4);
  return _ordered(Atomics.load, memory.t.i32, at >>> 2);
}
function _atomic_load64(memory, a, offset) {
  if (!memory.escaped) {
    const at = _lone_address(memory, a, offset, 8);
    _h0 = memory.v.getInt32(at + 4, true);
    return memory.v.getInt32(at, true);
  }
  const at = _atomic_address(memory, a, offset, 8);
  const low = _low_of_big(_ordered(Atomics.load, _bigs(memory.t), at / 8));
  _h0 = _high_of_big();
  return low;
}

/** memory.atomic.wait32, memory.atomic.wait64: 0 woken, 1 another value, 2 out of time. */
function _atomic_wait32(memory, a, offset, expected, time, timeh) {
  const at = _atomic_address(memory, a, offset, 4);
  if (!memory.shared) _trap('expected shared memory');
  return _wait(memory.t.i32, at >>> 2, expected, time, timeh);
}
function _atomic_wait64(memory, a, offset, low, high, time, timeh) {
  const at = _atomic_address(memory, a, offset, 8);
  if (!memory.shared) _trap('expected shared memory');
  return _wait(_bigs(memory.t), at / 8, _big_from_halves(low, high), time, timeh);
}
function _wait(array, index, expected, low, high) {
  // Nanoseconds; a negative number waits for ever.
  const time = high < 0 ? Infinity : (high * 4294967296 + (low >>> 0)) / 1e6;
  let woken;
  try {
    woken = Atomics.wait(array, index, _LITTLE ? expected : _turned(array, expected), time);
  } catch {
    _trap('Atomics.wait cannot be called in this context');
  }
  return woken === 'ok' ? 0 : woken === 'not-equal' ? 1 : 2;
}

/** memory.atomic.notify: how many were woken. */
function _atomic_notify(memory, a, offset, count) {
  const at = _atomic_address(memory, a, offset, 4);
  return memory.shared ? Atomics.notify(memory.t.i32, at >>> 2, count >>> 0) : 0;
}

/** atomic.fence: an operation that nothing may be moved past. */
function _atomic_fence() {
  Atomics.or(_pair, 0, 0);
}
