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
 * A typed array of what is exact at an aligned address in bounds. On a machine of the other byte order it is
 * empty (bytes have no order), so that each access goes to the `DataView`.
 */
function _checked_view(Class, buffer, bytes) {
  const size = Class.BYTES_PER_ELEMENT;
  return new Class(buffer, 0, _LITTLE || size === 1 ? Math.floor(bytes / size) : 0);
}

/** A typed array; on a machine of the other byte order an object that reads and writes as it does. */
function _trusted_view(Class, buffer, bytes) {
  if (_LITTLE) return _checked_view(Class, buffer, bytes);
  const view = new DataView(buffer, 0, bytes);
  const size = Class.BYTES_PER_ELEMENT;
  const method = Class.name.slice(0, -5);
  return new Proxy(view, {
    get: (_, i) => view[`get${method}`](i * size, true),
    set: (_, i, value) => {
      view[`set${method}`](i * size, value, true);
      return true;
    },
  });
}

/** Bytes behind a guarded pointer that accesses reach. */
const _REACH = 1024;

/** The last address whose accesses are in bounds up to that reach; -1 where no array can be used. */
function _bound(bytes) {
  return _LITTLE && bytes >= _REACH ? bytes - _REACH : -1;
}
