/*
 * Calls that may suspend (JavaScript Promise Integration), as JavaScript makes them.
 */

/**
 * The function that gives a promise of an exported function's result, and lets it suspend.
 * Throws a TypeError for anything but an exported function.
 */
function _promising(exported) {
  const f = _raw_func(exported);
  if (f === undefined) throw new TypeError('the argument must be a WebAssembly exported function');
  const wrap = f.y === null ? undefined : f.o?.s?.get(f.y);
  const start =
    wrap === undefined ? async (...args) => exported(...args) : _driven(wrap(_suspendable(f)));
  Object.defineProperty(start, 'length', { value: exported.length });
  Object.defineProperty(start, 'name', { value: exported.name });
  return start;
}
