/*
 * What compiled modules of one realm share, each having its own copy of this library: canonical
 * types, the functions behind exported JavaScript functions, the error that a host function has thrown
 * and that is on its way out, and the error classes of hosts without WebAssembly.
 */

/** The shared registry; a realm with a frozen global object gives every module its own. */
const _registry = _open_registry();

function _open_registry() {
  const key = Symbol.for('wasm2js.registry');
  const found = globalThis[key];
  if (found !== undefined) return found;
  const value = {
    types: new Map(),
    typeCount: 0,
    raw: new WeakMap(),
    thrown: null,
    natives: new Set(),
    nativeObjects: new WeakMap(),
    errors: {},
  };
  try {
    Object.defineProperty(globalThis, key, { value });
  } catch {
    // The global object is frozen: this module stays alone.
  }
  return value;
}

/** The host's WebAssembly error class of that name, else the realm's own one. */
function _error_class(name) {
  const host = typeof WebAssembly === 'object' ? WebAssembly[name] : undefined;
  if (typeof host === 'function') return host;
  const errors = _registry.errors;
  if (errors[name] === undefined) {
    errors[name] = { [name]: class extends Error {} }[name];
    Object.defineProperty(errors[name].prototype, 'name', { value: name, configurable: true });
  }
  return errors[name];
}

/** Defines a property that enumeration does not see. */
function _hide(object, key, value) {
  Object.defineProperty(object, key, { value });
}
