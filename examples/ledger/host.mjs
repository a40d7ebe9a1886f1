/**
 * What a program of TeaVM's WebAssembly-GC target imports, for this program: its console, and as much of JavaScript as
 * the start of Java needs. `run.mjs` uses it for the module itself and for what wasm2js makes of it.
 */

/**
 * @param print gets each line
 * @param Memory the class of memories
 * @param exported gives the exports of the instance
 */
export function createImports(print, Memory, exported) {
  let line = '';
  const frames = { getStack: () => [] };
  const unexpected = (name) => () => {
    throw new Error(`${name} is not expected`);
  };
  return {
    env: { memory: new Memory({ initial: 33, maximum: 32768 }) },
    teavmMemory: { heapOffset: 0, maxSize: 2 ** 31 - 1, notifyHeapResized() {} },
    teavmConsole: {
      putcharStdout(unit) {
        if (unit !== 10) line += String.fromCharCode(unit);
        else {
          print(line);
          line = '';
        }
      },
    },
    teavmDate: { currentTimeMillis: () => 0 },
    teavm: { takeStackTrace: () => frames, decorateException() {} },
    teavmJso: {
      stringBuiltinsSupported: () => 1,
      isUndefined: (value) => (value === undefined ? 1 : 0),
      getProperty: (object, name) => (object ?? globalThis)[name],
      unwrapInt: (value) => value,
      wrapInt: (value) => value,
      wrapObject: (value) => (value === null ? null : exported()['teavm.jso.createWrapper'](value)),
      defineFunction:
        (f) =>
        (...args) =>
          f(...args),
      createFunction1: (parameter, body) => new Function(parameter, body),
      callFunction1: (f, value) => f(value),
      createClass: () => class {},
      defineStaticMethod(owner, name, f) {
        owner[name] = f;
      },
      unwrapJavaObject: unexpected('unwrapJavaObject'),
      javaObjectToJS: unexpected('javaObjectToJS'),
    },
  };
}

/** Calls the program with arguments. */
export const start = (exports, args) => exports.main.value(args);
