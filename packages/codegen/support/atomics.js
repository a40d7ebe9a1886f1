/*
 * Atomic accesses (threads proposal). On a memory that is not shared they are plain accesses of an aligned address.
 */

const _UNALIGNED_ATOMIC = 'unaligned atomic';

/** What atomic operations on memories that are not shared are done in. */
const _lone = new Int32Array(2);
const _lone_big = _lone_bigs();

function _lone_bigs() {
  return typeof BigInt64Array === 'function' ? new BigInt64Array(_lone.buffer) : null;
}

/** The address of an atomic access; traps where it is out of bounds or not aligned. */
function _atomic_address(memory, a, offset, size) {
  const at = (a >>> 0) + offset;
  if (at + size > memory.u.length) {
    if (memory.shared) memory.refresh();
    if (at + size > memory.u.length) _trap(_OUT_OF_BOUNDS_MEMORY);
  }
  if (at % size !== 0) _trap(_UNALIGNED_ATOMIC);
  return at;
}

/** What an operation of `Atomics` makes of a value that no other thread sees; wider than 8 or 16 bits, to be cut. */
function _operated(operation, old, x, y) {
  _lone[0] = old;
  operation(_lone, 0, x, y);
  return _lone[0];
}

/** An operation of `Atomics` on 8 bits, with one operand or two; gives the old value. */
function _atomic8(memory, a, offset, operation, x, y) {
  const at = _atomic_address(memory, a, offset, 1);
  if (memory.shared) return operation(memory.v.u8, at, x, y);
  const old = memory.u[at];
  memory.u[at] = _operated(operation, old, x & 255, y);
  return old;
}

/** The same on 16 bits. */
function _atomic16(memory, a, offset, operation, x, y) {
  const at = _atomic_address(memory, a, offset, 2);
  if (memory.shared) return operation(memory.v.u16, at >>> 1, x, y);
  const old = memory.v.getUint16(at, true);
  memory.v.setInt16(at, _operated(operation, old, x & 65535, y), true);
  return old;
}

/** The same on 32 bits. */
function _atomic32(memory, a, offset, operation, x, y) {
  const at = _atomic_address(memory, a, offset, 4);
  if (memory.shared) return operation(memory.v.i32, at >>> 2, x, y);
  const old = memory.v.getInt32(at, true);
  memory.v.setInt32(at, _operated(operation, old, x, y), true);
  return old;
}

/** The same on 64 bits, by halves; gives the low half and leaves the high one in the channel. */
function _atomic64(memory, a, offset, operation, x, xh, y, yh) {
  const at = _atomic_address(memory, a, offset, 8);
  const first = _big_from_halves(x, xh);
  const second = y === undefined ? undefined : _big_from_halves(y, yh);
  if (memory.shared) {
    const old = _low_of_big(operation(_bigs(memory.v), at / 8, first, second));
    _h0 = _high_of_big();
    return old;
  }
  const { v } = memory;
  const low = v.getInt32(at, true);
  const high = v.getInt32(at + 4, true);
  _lone[0] = low;
  _lone[1] = high;
  operation(_lone_big, 0, first, second);
  v.setInt32(at, _lone[0], true);
  v.setInt32(at + 4, _lone[1], true);
  _h0 = high;
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
  const at = _atomic_address(memory, a, offset, 1);
  return memory.shared ? Atomics.load(memory.v.u8, at) : memory.u[at];
}
function _atomic_load16(memory, a, offset) {
  const at = _atomic_address(memory, a, offset, 2);
  return memory.shared ? Atomics.load(memory.v.u16, at >>> 1) : memory.v.getUint16(at, true);
}
function _atomic_load32(memory, a, offset) {
  const at = _atomic_address(memory, a, offset, 4);
  return memory.shared ? Atomics.load(memory.v.i32, at >>> 2) : memory.v.getInt32(at, true);
}
function _atomic_load64(memory, a, offset) {
  const at = _atomic_address(memory, a, offset, 8);
  if (!memory.shared) {
    _h0 = memory.v.getInt32(at + 4, true);
    return memory.v.getInt32(at, true);
  }
  const low = _low_of_big(Atomics.load(_bigs(memory.v), at / 8));
  _h0 = _high_of_big();
  return low;
}

/** memory.atomic.wait32, memory.atomic.wait64: 0 woken, 1 another value, 2 out of time. */
function _atomic_wait32(memory, a, offset, expected, time, timeh) {
  const at = _atomic_address(memory, a, offset, 4);
  if (!memory.shared) _trap('expected shared memory');
  return _wait(memory.v.i32, at >>> 2, expected, time, timeh);
}
function _atomic_wait64(memory, a, offset, low, high, time, timeh) {
  const at = _atomic_address(memory, a, offset, 8);
  if (!memory.shared) _trap('expected shared memory');
  return _wait(_bigs(memory.v), at / 8, _big_from_halves(low, high), time, timeh);
}
function _wait(array, index, expected, low, high) {
  // Nanoseconds; a negative number waits for ever.
  const time = high < 0 ? Infinity : (high * 4294967296 + (low >>> 0)) / 1e6;
  let woken;
  try {
    woken = Atomics.wait(array, index, expected, time);
  } catch {
    _trap('Atomics.wait cannot be called in this context');
  }
  return woken === 'ok' ? 0 : woken === 'not-equal' ? 1 : 2;
}

/** memory.atomic.notify: how many were woken. */
function _atomic_notify(memory, a, offset, count) {
  const at = _atomic_address(memory, a, offset, 4);
  return memory.shared ? Atomics.notify(memory.v.i32, at >>> 2, count >>> 0) : 0;
}

/** atomic.fence: an operation that nothing may be moved past. */
function _atomic_fence() {
  Atomics.or(_lone, 0, 0);
}
