/*
 * What compiled modules of one realm share, each having its own copy of this library: canonical types,
 * the functions behind exported JavaScript functions, the error that a host function has thrown and
 * that is on its way out, and the classes that JavaScript sees. Whoever needs a part first makes it.
 */

/**
 * The shared registry; a realm with a frozen global object gives every module its own. It has an entry
 * for each version of what is shared: the parts below, and the fields and methods of memories, tables,
 * cells and function references that others than their maker use. Changing one of these raises it.
 */
const _registry = _open_registry(7);

function _open_registry(version) {
  const key = Symbol.for('wasm2js.registry');
  const versions = globalThis[key] || {};
  try {
    // The same value again changes nothing.
    Object.defineProperty(globalThis, key, { value: versions });
  } catch {
    // The global object is frozen: this module stays alone.
  }
  return versions[version] || (versions[version] = {});
}

/** A part of the registry, made by its class on first need. */
function _shared(name, Class) {
  return _registry[name] || (_registry[name] = new Class());
}

/** Classes by name. */
const _classes = _shared('classes', Object);

/** Functions of compiled code by the JavaScript functions that stand for them. */
const _raw = _shared('raw', WeakMap);

/**
 * The class of that name of the host's own WebAssembly, asked for when it is needed: what stands for
 * WebAssembly may itself load a compiled module, and may be made of the classes here.
 */
function _host_class(name) {
  if (_registry.asking) return;
  _registry.asking = true;
  try {
    const found = globalThis.WebAssembly?.[name];
    if (found !== _classes[name]) return found;
  } finally {
    _registry.asking = false;
  }
}

/** The error class of that name: the host's, else the realm's own one. */
function _error_class(name) {
  // Asking may lead to another module, which needs the class.
  const host = _classes[name] || _host_class(name);
  return _classes[name] || (_classes[name] = host || _make_error(name));
}

/** A class of errors with the shape of the language's own. */
function _make_error(name) {
  const made = function (message) {
    void message;
    // biome-ignore lint/complexity/noArguments: the class has one parameter
    return Reflect.construct(Error, arguments, this instanceof made ? this.constructor : made);
  };
  const shape = Object.getOwnPropertyDescriptors(RangeError.prototype);
  shape.constructor.value = made;
  shape.name.value = name;
  const value = Object.create(Error.prototype, shape);
  Object.defineProperty(made, 'prototype', { value, writable: false });
  Object.defineProperty(made, 'name', { value: name });
  return Object.setPrototypeOf(made, Error);
}

/** Throws a TypeError, or an error of another class, for what JavaScript gives. */
function _invalid(what, Class = TypeError) {
  throw new Class(`invalid ${what}`);
}

/**
 * The class of that name, made by the first module of the realm that needs it, with the shape that
 * Web IDL gives to interfaces.
 */
function _class(name, make) {
  if (!_classes[name]) {
    const { prototype } = (_classes[name] = make());
    for (const key of Object.getOwnPropertyNames(prototype))
      Object.defineProperty(prototype, key, { enumerable: key !== 'constructor' });
    const value = `WebAssembly.${name}`;
    Object.defineProperty(prototype, Symbol.toStringTag, { value, configurable: true });
  }
  return _classes[name];
}

/** Ties a new object to the state behind it; `states` has those of its class. */
function _tie(object, states, state) {
  states.set(object, state);
  state.x = object;
  return object;
}

/** The object of a state, made on first need. */
function _object_of(state, Class, states) {
  return state.x || _tie(Object.create(Class.prototype), states, state);
}

/** The state behind the receiver of a method. Throws a TypeError where it has none. */
function _state(object, states) {
  const state = states.get(object);
  return state || _invalid('receiver');
}
