/*
 * Hybrid builds: is the host's own WebAssembly there, may it compile, does it take this module? All of it is
 * noticed by trying. A no is `undefined`, whatever its reason: then the module's JavaScript is loaded.
 */

/**
 * May the host compile modules? A policy that forbids it refuses the empty one, too, before anything is fetched. What
 * stands for WebAssembly may be JavaScript itself.
 */
function _may_compile() {
  try {
    const empty = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    return empty !== undefined && WebAssembly[Symbol.for('wasm2js.installed')] !== true;
  } catch {
    return false;
  }
}

/**
 * Can the host make instances of a module that it has compiled?
 * @param needs `i64`: 64-bit integers cross as BigInts; `jsTag`: the tag of JavaScript's exceptions is there;
 *   `builtins`: names of modules whose imports the host has to satisfy itself; `threads`: others get the module and
 *   its memory
 */
function _is_usable(module, { i64, jsTag, builtins, threads }) {
  if (threads)
    structuredClone([module, new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true })]);
  if (i64) new WebAssembly.Global({ value: 'i64' }, BigInt(0));
  if (jsTag && WebAssembly.JSTag === undefined) return false;
  const left = WebAssembly.Module.imports(module);
  if (left.some((one) => builtins.includes(one.module))) return false;
  try {
    // Never makes one: an import object is no number. Chromium refuses large modules in a page's main thread first.
    new WebAssembly.Instance(module, 0);
  } catch (error) {
    return error instanceof TypeError;
  }
  return true;
}

/**
 * The compiled module, or undefined where the host has none for us.
 * @param read gives the bytes or a response of `fetch`, by a promise
 */
async function _native_module(read, options, needs) {
  if (!_may_compile()) return undefined;
  try {
    const found = await read();
    const module = ArrayBuffer.isView(found)
      ? await WebAssembly.compile(found, options)
      : await WebAssembly.compileStreaming(found, options);
    return _is_usable(module, needs) ? module : undefined;
  } catch {
    return undefined;
  }
}

/** The same at once. */
function _native_module_now(read, options, needs) {
  if (!_may_compile()) return undefined;
  try {
    const module = new WebAssembly.Module(read(), options);
    return _is_usable(module, needs) ? module : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a file beside the script, or a response that can be compiled while it comes in. */
async function _wasm_file(url) {
  const { process, Deno } = globalThis;
  if (/^file:/.test(url)) {
    const fs = process?.versions?.node === undefined ? undefined : _node_fs();
    if (fs !== undefined) return fs.promises.readFile(new URL(url));
    if (Deno !== undefined) return Deno.readFile(new URL(url));
    // Node before 20.16 gives its modules to an ES module by `import` alone.
    const { readFile } = await Function('return import("node:fs/promises")')();
    return readFile(new URL(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const type = response.headers.get('content-type') ?? '';
  const streams = typeof WebAssembly.compileStreaming === 'function';
  if (streams && /^application\/wasm$/i.test(type)) return response;
  return new Uint8Array(await response.arrayBuffer());
}

/** What makes instances of a compiled module, with the properties of `instantiate`. */
function _native_face(module, properties) {
  // A method keeps its name when names are shortened.
  const { instantiate } = {
    instantiate: function instantiate(imports) {
      return new WebAssembly.Instance(module, imports).exports;
    },
  };
  return Object.defineProperties(instantiate, Object.getOwnPropertyDescriptors(properties));
}

/** The host's class of memories; what `shareMemory` gives is the memory itself. */
function _HostMemory(descriptor) {
  const { buffer } = descriptor;
  return buffer instanceof WebAssembly.Memory ? buffer : new WebAssembly.Memory(descriptor);
}

/** Another thread is sent the host's memory as it is. */
function _share_native(memory) {
  if (!(memory.buffer instanceof SharedArrayBuffer))
    throw new TypeError('the memory is not shared');
  return { buffer: memory, control: undefined };
}

/** Makes functions of JavaScript to what tables take, where the host has no class for it: by a module of one import. */
function _HostFunction(type, f) {
  if (typeof WebAssembly.Function === 'function') return new WebAssembly.Function(type, f);
  const { parameters, results } = _descriptor(type);
  if (typeof f !== 'function') throw new TypeError('the second argument must be a function');
  const code = _func_code(_func_type(_type_names(parameters), _type_names(results)));
  if (code === undefined) throw new TypeError('a function of this type cannot be made');
  return _link_native(f, _type_section(code), [0, 0], [7, 5, 1, 1, 0x66, 0, 0]).exports.f;
}
