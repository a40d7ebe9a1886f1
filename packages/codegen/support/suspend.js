/*
 * JavaScript Promise Integration: imports that suspend the WebAssembly code which calls them, and exports that give a
 * promise. Modules built for it have a second form of their functions, generators: `s` of a function is its
 * suspendable form, `t` that of its body which leaves tail calls pending.
 */

/** The functions behind `Suspending` objects. */
const _suspending = _shared('suspending', WeakMap);

const _Suspending = _class(
  'Suspending',
  class Suspending {
    constructor(f) {
      if (typeof f !== 'function') throw new TypeError('the first argument must be a function');
      _suspending.set(this, f);
      _registry.suspends = true;
    }
  },
  {},
);

/** Has anybody made an import that suspends? What is compiled from then on needs suspendable forms. */
function _suspends() {
  return _registry.suspends === true;
}

/** The suspendable form of a function, which a module that has none of it runs through. */
function _suspendable(f) {
  if (f === undefined) return _no_function;
  if (f.s === undefined) {
    // biome-ignore lint/correctness/useYield: a function that never suspends
    f.s = function* (...args) {
      return f(...args);
    };
  }
  return f.s;
}

/** The call of an element beyond a table's end; arguments are evaluated before. */
function _no_function() {
  _trap(_UNDEFINED_ELEMENT);
}

/** The suspendable form of the body of a function that may leave tail calls pending. */
function _suspendable_tail(f) {
  return f?.o === _owner && f.t !== undefined ? f.t : _suspendable(f);
}

/** The suspendable form of `_callee`: results of another module's function are passed on. */
function _suspendable_callee(f) {
  const adapted = _callee(f);
  if (adapted !== f && adapted.s === undefined) {
    const pass = _result_passer(f);
    adapted.s = function* (...args) {
      return pass(yield* _suspendable(f)(...args));
    };
  }
  return _suspendable(adapted);
}

/** Makes the tail calls that a suspendable function has left pending; gives the last one's result. */
function* _suspendable_bounce(result) {
  while (_tail !== null) {
    const next = _tail;
    _tail = null;
    result = yield* next();
  }
  return result;
}

/** An imported function, which may be a `Suspending` object: as `_import_func`, with `suspend` beside `wrap`. */
function _import_suspendable(imports, module, name, type, wrap, suspend, index, exact) {
  const value = _import(imports, module, name);
  const g = _suspending.get(value);
  if (g === undefined) return _matching_func(value, module, name, type, wrap, index, exact);
  const raw = () => _throw_host(_suspend_error());
  _register(type, { [index]: raw });
  raw.s = suspend(g);
  return raw;
}

function _suspend_error() {
  return new (_error_class('SuspendError'))(
    'suspending needs a call by what WebAssembly.promising made, with no JavaScript function between',
  );
}

/** A function that runs a generator: each value that it yields is awaited. */
function _driven(generator) {
  return (...args) =>
    new Promise((resolve, reject) => {
      const run = generator(...args);
      const step = (method, value) => {
        let next;
        try {
          next = run[method](value);
          if (!next.done) {
            Promise.resolve(next.value).then(
              (result) => step('next', result),
              (error) => step('throw', error),
            );
            return;
          }
        } catch (error) {
          reject(error);
          return;
        }
        resolve(next.value);
      };
      step('next');
    });
}
