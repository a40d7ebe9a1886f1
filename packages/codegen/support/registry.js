/*
 * What compiled modules of one realm share, each having its own copy of this library: canonical types,
 * the functions behind exported JavaScript functions, the error that a host function has thrown and
 * that is on its way out, and the classes that JavaScript sees. Whoever needs a part first makes it.
 */

/**
 * The registry: a weak map from JavaScript objects to what is behind them, from exported functions to those of compiled
 * code and from memories to their states; traps are among its keys. Its properties are the classes that JavaScript sees
 * and other parts, made by whoever needs one first.
 * The key tells the version of what is shared: of the parts, and of the fields and methods of memories, tables, cells
 * and function references that others than their maker use. Changing one of these raises it, here and where WASI
 * runtimes ask for memories (packages/wasi-runtime, guest-memory.ts).
 */
const _registry = ((key, value = globalThis[key] || new WeakMap()) => {
  // A realm with a frozen global object gives every module its own.
  Reflect.defineProperty(globalThis, key, { value });
  return value;
})(Symbol.for('wasm2js.10'));

/** A part of the registry, made by its class on first need. */
function _shared(name, Class) {
  return _registry[name] || (_registry[name] = new Class());
}

/**
 * The class of that name of the host's own WebAssembly, asked for when it is needed: what stands for
 * WebAssembly may itself load a compiled module, and may be made of the classes here.
 */
function _host_class(name) {
  if (_registry.asking) return;
  _registry.asking = true;
  try {
    const found = globalThis.WebAssembly?.[name];
    if (found !== _registry[name]) return found;
  } finally {
    _registry.asking = false;
  }
}

/**
 * The error class of that name: the host's, else the realm's own one, which is there while the host is asked, since that
 * may lead to another module that needs the class.
 */
function _error_class(name) {
  return (
    _registry[name] ||
    ((_registry[name] = _make_error(name)) &&
      (_registry[name] = globalThis.WebAssembly?.[name] || _registry[name]))
  );
}

/** A class of errors with the shape of the language's own, which may be frozen: nothing of theirs is copied. */
function _make_error(name) {
  const made = {
    [name]: function (_message) {
      // biome-ignore lint/complexity/noArguments: the class has one parameter
      return Reflect.construct(Error, arguments, new.target || made);
    },
  }[name];
  const own = (value) => ({ value, writable: true, configurable: true });
  Object.defineProperty(made, 'prototype', {
    value: Object.create(Error.prototype, {
      constructor: own(made),
      name: own(name),
      message: own(''),
    }),
    writable: false,
  });
  return Object.setPrototypeOf(made, Error);
}

/** Throws a TypeError, or an error of another class, for what JavaScript gives. */
function _invalid(what, Class = TypeError) {
  throw new Class(`invalid ${what}`);
}

/** Gives an object the properties of another one. */
function _define(object, properties) {
  return Object.defineProperties(object, Object.getOwnPropertyDescriptors(properties));
}

/**
 * The class of that name, of the first module of the realm that needs it, with the shape that Web IDL gives to
 * interfaces: what has the constructor alone gets the members, which can be enumerated.
 */
function _class(name, Class, members) {
  if (!_registry[name])
    Object.defineProperty(
      _define((_registry[name] = Class).prototype, members),
      Symbol.toStringTag,
      {
        value: `WebAssembly.${name}`,
        configurable: true,
      },
    );
  return _registry[name];
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
