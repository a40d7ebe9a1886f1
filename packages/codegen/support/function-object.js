/*
 * Functions of JavaScript as function references (type reflection proposal, "WebAssembly.Function"):
 * what goes into a table where no module can be made at run time for it.
 */

const _Function = _class('Function', _function_class(), {
  /** The type, as the constructor takes it. */
  type() {
    const { k } = _registry.get(this).y;
    return { parameters: _type_list(k, 'param'), results: _type_list(k, 'result') };
  },
});

function _function_class() {
  const made = class {
    constructor(type, f) {
      const params = _type_names(_descriptor(type).parameters);
      const results = _type_names(type.results);
      if (typeof f !== 'function') throw new TypeError('the second argument must be a function');
      const exported = _typed_function(params, results, f);
      // biome-ignore lint/correctness/noConstructorReturn: what is made is a function
      return Object.setPrototypeOf(exported, Object.getPrototypeOf(this));
    }
  };
  Object.defineProperty(made, 'name', { value: 'Function' });
  // The language's own `Function`, reached without its name, which a policy may have taken away.
  const own = made.constructor;
  Object.setPrototypeOf(made, own);
  Object.setPrototypeOf(made.prototype, own.prototype);
  return made;
}

/** The exported function that calls a function of JavaScript as one of a type. */
function _typed_function(params, results, f) {
  const give = (value) => {
    if (results.length === 0) return [];
    const list = results.length === 1 ? [value] : _results_from_js(value, results.length);
    return list.map((one, i) => _through(results[i], one));
  };
  const exported = (...args) => {
    const list = give(f(...params.map((type, i) => _through(type, args[i]))));
    return results.length > 1 ? list : list[0];
  };
  Object.defineProperty(exported, 'length', { value: params.length });
  Object.defineProperty(exported, 'name', { value: f.name });
  const channel = _channel();
  // What compiled code calls: components come in, and go out as those of a function of its own.
  const raw = (...parts) => {
    try {
      let at = 0;
      const args = params.map((type) => {
        if (type === 'i64') return _big_from_halves(parts[at++], parts[at++]);
        if (type === 'v128') _no_js_value(type);
        return typeof type === 'string' ? parts[at++] : _ref_to_js(type, parts[at++]);
      });
      return channel.pass(results, give(f(...args)));
    } catch (error) {
      _registry.thrown = error;
      throw error;
    }
  };
  raw.y = _func_type(params, results);
  raw.o = { w: new Map(), n: new Map(), h: channel.h, d: channel.d, r: channel.r };
  raw.i = 0;
  raw.x = exported;
  _registry.set(exported, raw);
  return exported;
}

/** A JavaScript value converted to a type and back, as it is by a call of an exported function. */
function _through(type, value) {
  if (type === 'i32') return value | 0;
  if (type === 'f32') return Math.fround(value);
  if (type === 'f64') return +value;
  if (type === 'v128') return _no_js_value(type);
  if (type !== 'i64') return _ref_to_js(type, _ref_from_js(type, value));
  const low = _low_of_big(value);
  return _big_from_halves(low, _high_of_big());
}

/** A result channel of its own (ints, numbers, references), and `pass`, which puts results into it. */
function _channel() {
  const list = () => {
    const values = [];
    return { values, get: (i) => values[i], set: (i, value) => (values[i] = value) };
  };
  const [h, d, r] = [list(), list(), list()];
  const pass = (results, given) => {
    const places = [];
    results.forEach((type, i) => {
      if (type === 'i32') places.push([h, given[i]]);
      else if (type === 'i64') places.push([h, _low_of_big(given[i])], [h, _high_of_big()]);
      else if (typeof type === 'string') places.push([d, given[i]]);
      else places.push([r, _ref_from_js(type, given[i])]);
    });
    for (const type of results) {
      // A number that comes from JavaScript has no NaN but the canonical one.
      if (type === 'f32') places.push([h, 0x7fc00000]);
      else if (type === 'f64') places.push([h, 0], [h, 0x7ff80000]);
    }
    for (const { values } of [h, d, r]) values.length = 0;
    for (const [{ values }, value] of places.slice(1)) values.push(value);
    return places.length === 0 ? undefined : places[0][1];
  };
  return { h, d, r, pass };
}
