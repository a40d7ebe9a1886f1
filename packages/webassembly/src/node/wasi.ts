/**
 * `node:wasi` where Node's own WebAssembly is not used: its class takes memories of that alone, and is not there without it. Its
 * place is taken by the one of `@wasm2js/wasi-runtime`, whose options are the same; it is loaded when it is used first.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

type Class = new (options: unknown) => object;

/** Puts the class into `node:wasi`, for every way to get it. In Node alone: Bun's takes any memory, Deno has none. */
export function replaceWasi(): void {
  const { versions, emitWarning } = process;
  if ('bun' in versions || 'deno' in versions) return;
  const require = createRequire(import.meta.url);
  // Node says that its class is experimental as soon as somebody loads it.
  process.emitWarning = () => {};
  let own: { WASI: unknown };
  try {
    own = require('node:wasi') as typeof own;
  } catch {
    return;
  } finally {
    process.emitWarning = emitWarning;
  }
  let made: Class | undefined;
  const loaded = (): Class => {
    made ??= (require('@wasm2js/wasi-runtime/node') as { WASI: Class }).WASI;
    return made;
  };
  own.WASI = new Proxy(function WASI() {} as unknown as Class, {
    construct(_, args: [options?: unknown], asked) {
      const [options] = args;
      // The runtime knows more than Node, where one version has to be chosen.
      if (typeof (options as { version?: unknown } | undefined)?.version !== 'string')
        throw new TypeError('options.version must be "preview1" or "unstable"');
      return Reflect.construct(loaded(), args, asked) as object;
    },
    get: (_, key) => Reflect.get(loaded(), key) as unknown,
  });
  syncBuiltinESMExports();
}
