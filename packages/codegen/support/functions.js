/*
 * Function references: registration, the exported JavaScript functions, and calls between modules
 * that each have their own result channel.
 */

/**
 * Gives functions the properties of a reference: type, owner, index, exported function.
 * @param type their descriptor
 * @param functions by their index, or by a sign and their index: what they are called, where that says it
 */
function _register(type, functions) {
  for (const key of Object.keys(functions)) {
    const f = functions[key];
    f.y = type;
    f.o = _owner;
    f.i = Number(key >= 0 ? key : key.slice(1));
    f.x = null;
  }
}

/**
 * An exported function of a module whose references nobody else meets.
 * @param wrapper has the JavaScript function of a function, by its index: that names it
 * @param text of its type, where it is short `i32 i32:f64`, of which whoever meets it makes a descriptor (`_known`)
 * @param owner reads further results, where there are any
 */
function _exported(wrapper, index, f, text, owner) {
  f.k = text;
  f.o = owner;
  _registry.set((f.x = wrapper[(f.i = index)]), f);
  return f.x;
}

/** The function behind an exported one of a compiled module; undefined for everything else. */
function _known(value) {
  const f = typeof value === 'function' ? _registry.get(value) : undefined;
  if (f !== undefined && f.y === undefined) {
    // For regular expressions (`_tells_full_stack`).
    _room(undefined, 99);
    const [params, results] = f.k.split(':');
    const list = (word, types) => types && ` (${word} ${types})`;
    const short = results !== undefined;
    f.y = _type(short ? `(func${list('param', params)}${list('result', results)})` : f.k);
  }
  return f;
}

/** A function reference as JavaScript sees it: null or the exported function. */
function _func_to_js(f) {
  if (f === null) return null;
  if (f.x === null) {
    let x = f.o.w.get(f.y)(f);
    Object.defineProperty(x, 'name', { value: String(f.i), configurable: true });
    _registry.set(x, f);
    // Functions of a module that uses a table of the host are functions of the host.
    if (f.o.m !== undefined) x = f.o.m(f, x);
    f.x = x;
  }
  return f.x;
}

/**
 * A JavaScript value as a function reference.
 * @param heap "func", "nofunc" or the descriptor of the wanted function type
 * Throws a TypeError for anything but an exported function of a matching type (and null).
 */
function _func_from_js(value, nullable, heap) {
  if (value === null && nullable) return null;
  const f = _raw_func(value);
  if (f === undefined || heap === 'nofunc') {
    throw new TypeError('WebAssembly objects are opaque: function-typed object expected');
  }
  if (typeof heap === 'object' && !_func_matches(f, heap)) {
    throw new TypeError(`type incompatibility: expected ${heap.k}`);
  }
  return f.y === null && typeof heap === 'object' ? _typed_native(f, heap) : f;
}

/** The function behind an exported JavaScript function, of a compiled module or of the host. */
function _raw_func(value) {
  if (typeof value !== 'function') return undefined;
  const f = _known(value);
  if (f !== undefined || !_is_native_func(value)) return f;
  return _native_func(value);
}

/** Is the function of that type or of a declared subtype? */
function _func_matches(f, type) {
  return f.y === null ? _probe_func(f.x, type) : _is_subtype(f.y, type);
}

/** The function to call for a reference: one of another module passes its results on. */
function _callee(f) {
  return f.o === _owner ? f : _adapt(f);
}

const _adapted = new WeakMap();

/** A function of another module, with its results copied from that module's channel to ours. */
function _adapt(f) {
  let adapted = _adapted.get(f);
  if (adapted === undefined) {
    const pass = _result_passer(f);
    adapted = f;
    if (pass !== undefined) adapted = (...args) => pass(f(...args));
    _adapted.set(f, adapted);
  }
  return adapted;
}

/** What copies the further results of a function of another module to our channel, and gives the first; undefined where there are none. */
function _result_passer(f) {
  const { h, d, r } = _result_channels(f.y.k);
  const owner = f.o;
  if (h + d + r === 0) return undefined;
  return (first) => {
    for (let i = 0; i < h; i++) _owner.h.set(i, owner.h.get(i));
    for (let i = 0; i < d; i++) _owner.d.set(i, owner.d.get(i));
    for (let i = 0; i < r; i++) _owner.r.set(i, owner.r.get(i));
    return first;
  };
}
