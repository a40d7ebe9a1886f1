/**
 * What a program of Kotlin/Wasm imports, for this program: strings, which cross through the module's memory, and the tag of
 * JavaScript's exceptions. `run.mjs` uses it for the module itself and for what wasm2js makes of it.
 */

/**
 * @param print gets each line
 * @param tag the tag of exceptions
 * @param exported gives the exports of the instance
 */
export function createImports(print, tag, exported) {
  const units = (at, length) => new Uint16Array(exported().memory.buffer, at, length);
  const kept = new WeakMap();
  return {
    intrinsics: { tag },
    js_code: {
      'kotlin.createJsError': (message, cause) => new Error(message, { cause }),
      'kotlin.wasm.internal.jsThrow': (error) => {
        throw error;
      },
      'kotlin.wasm.internal.stringLength': (text) => text.length,
      'kotlin.wasm.internal.jsExportStringToWasm': (text, from, length, at) => {
        units(at, length).forEach((_, i, all) => {
          all[i] = text.charCodeAt(from + i);
        });
      },
      'kotlin.wasm.internal.importStringFromWasm': (at, length, before) =>
        (before ?? '') + String.fromCharCode(...units(at, length)),
      'kotlin.wasm.internal.externrefToString': String,
      'kotlin.wasm.internal.externrefEquals': (a, b) => (a === b ? 1 : 0),
      'kotlin.wasm.internal.externrefHashCode': (value) => String(value).length,
      'kotlin.wasm.internal.getJsEmptyString': () => '',
      'kotlin.wasm.internal.isNullish': (value) => (value === null || value === undefined ? 1 : 0),
      'kotlin.wasm.internal.getCachedJsObject_$external_fun': (key, value) => {
        if (typeof key !== 'object') return value;
        if (!kept.has(key)) kept.set(key, value);
        return kept.get(key);
      },
      'kotlin.io.printlnImpl': print,
      'kotlin.js.stackPlaceHolder_js_code': () => '',
      'kotlin.js.message_$external_prop_getter': (error) => error.message,
      'kotlin.js.name_$external_prop_setter': (error, name) => {
        error.name = name;
      },
      'kotlin.js.kotlinException_$external_prop_getter': (error) => error.kotlinException,
      'kotlin.js.kotlinException_$external_prop_setter': (error, exception) => {
        error.kotlinException = exception;
      },
      'kotlin.js.JsError_$external_class_instanceof': (value) => (value instanceof Error ? 1 : 0),
      'kotlin.random.initialSeed': () => 1,
      'kotlin.wasm.internal.getJsClassName': (made) => made.name,
      'kotlin.wasm.internal.getConstructor': (value) => value.constructor,
    },
  };
}

/** Runs the program. */
export const start = (exports) => exports._initialize();
