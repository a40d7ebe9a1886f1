/*
 * Typed arrays over memories, for engines that interpret: they follow the memory when it grows.
 */

/**
 * Calls `see` with the buffer and the length of a memory, now and whenever they are others. Its number of
 * pages is assigned last when they change; where there is no stack left for new views, it does not grow.
 */
function _watch(memory, growable, see) {
  const look = () => see(memory.u.buffer, memory.u.length);
  look();
  if (!growable) return;
  if (memory.seen === undefined) {
    const seen = [];
    let pages = memory.n;
    const grow = memory.grow;
    Object.defineProperties(memory, {
      seen: { value: seen },
      n: {
        get: () => pages,
        set: (n) => {
          for (const one of seen) one();
          pages = n;
        },
      },
      grow: {
        value(delta) {
          try {
            _room(this, 24);
          } catch {
            return -1;
          }
          return grow.call(this, delta);
        },
      },
    });
  }
  memory.seen.push(look);
}

/**
 * A typed array over the first `bytes` of a buffer; on a machine of the other byte order an object that reads and writes
 * as it does, `undefined` out of bounds included.
 */
function _memory_view(Class, buffer, bytes) {
  const size = Class.BYTES_PER_ELEMENT;
  const count = Math.floor(bytes / size);
  if (_LITTLE || size === 1) return new Class(buffer, 0, count);
  const view = new DataView(buffer, 0, bytes);
  const method = Class.name.slice(0, -5);
  const inside = (i) => i >= 0 && i < count && i % 1 === 0;
  return new Proxy(view, {
    get: (_, i) => (inside(i) ? view[`get${method}`](i * size, true) : undefined),
    set: (_, i, value) => {
      if (inside(i)) view[`set${method}`](i * size, value, true);
      return true;
    },
  });
}

/**
 * What stands for a typed array where a pointer is odd or out of bounds: its elements are those of the `DataView` at any
 * address, indices being fractions, and trap as it does. It needs not be told when the memory grows.
 */
function _slow_view(memory, type) {
  const size = parseInt(type.slice(-2), 10) / 8;
  return new Proxy(Object.create(null), {
    get: (_, i) => memory.v[`get${type}`](i * size, true),
    set: (_, i, value) => {
      memory.v[`set${type}`](i * size, value, true);
      return true;
    },
  });
}

/** Bytes behind a guarded pointer that accesses reach. */
const _REACH = 1024;

/** The last address whose accesses are in bounds up to that reach; -1 where there is none. */
function _bound(bytes) {
  return bytes >= _REACH ? bytes - _REACH : -1;
}

/**
 * memory.fill where code is interpreted: the engine's, since a loop takes as long for two bytes. Gets the memory's bytes
 * and the index of the last one, which spares asking for the length.
 */
function _bytes_fill(bytes, last, target, value, count) {
  target >>>= 0;
  const end = target + (count >>> 0);
  if (end - 1 > last) _trap(_OUT_OF_BOUNDS_MEMORY);
  bytes.fill(value, target, end);
}

/** memory.copy within one memory, where code is interpreted. The ranges may overlap. */
function _bytes_copy(bytes, last, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  const end = source + (count >>> 0);
  if (end - 1 > last || target + (end - source) - 1 > last) _trap(_OUT_OF_BOUNDS_MEMORY);
  bytes.copyWithin(target, source, end);
}

/** The same from one memory to another. */
function _bytes_copy_between(to, lastOfTo, from, lastOfFrom, target, source, count) {
  target >>>= 0;
  source >>>= 0;
  const end = source + (count >>> 0);
  if (end - 1 > lastOfFrom || target + (end - source) - 1 > lastOfTo) {
    _trap(_OUT_OF_BOUNDS_MEMORY);
  }
  to.set(from.subarray(source, end), target);
}
