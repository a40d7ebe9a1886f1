/**
 * Child process of the differential fuzzer that runs `wasm-opt`. A process of its own for each
 * module spends nearly all its time on compiling wasm-opt itself; here each run is a fresh instance
 * of a module that was compiled once, so a module takes milliseconds.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import process from 'node:process';
import { serve } from '../run/serve.js';
import { toBase64 } from '../script/parse.js';
import { WASM_OPT } from './wasm-opt.js';

/** Arguments of one run, and the file that it writes. */
export interface GenerateRequest {
  args: string[];
  output: string;
}

/** The module that was written (base64), or what wasm-opt said instead. */
export type Generated = { bytes: string } | { failed: string };

const require = createRequire(WASM_OPT);
const source = readFileSync(WASM_OPT, 'utf8').replace(/^#!.*/, '');
/** Emscripten's script: reads its settings from `Module` and starts by itself. */
const start = new Function(
  'Module',
  'require',
  'module',
  'WebAssembly',
  '__dirname',
  '__filename',
  source,
);

/** The part of the engine's WebAssembly that is needed here; modules and instances are opaque. */
interface Engine {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: object) => object;
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

let compiled: Promise<object> | undefined;
/** What the script sees as `WebAssembly`: compiles what it is given only once. */
const cachingEngine = Object.create(engine, {
  instantiate: {
    value: async (bytes: Uint8Array, imports: object) => {
      compiled ??= engine.compile(bytes);
      const module = await compiled;
      return { module, instance: new engine.Instance(module, imports) };
    },
  },
});

/** Runs wasm-opt; its exit status and what it printed to standard error. */
function wasmOpt(args: string[]): Promise<{ status: number; errors: string }> {
  return new Promise((resolve) => {
    let errors = '';
    const settings: Record<string, unknown> = {
      arguments: args,
      print: () => undefined,
      printErr: (line: string) => {
        errors = `${errors}${line}\n`.slice(0, 2000);
      },
      // The script tells its status as that of the process.
      postRun: () => {
        const status = Number(process.exitCode ?? 0);
        process.exitCode = 0;
        resolve({ status, errors });
      },
      // Once the module is compiled its bytes need not be unpacked again.
      ...(compiled && {
        instantiateWasm: (imports: object, done: (instance: object) => void) => {
          compiled!.then((module) => done(new engine.Instance(module, imports)));
        },
      }),
    };
    start(settings, require, { exports: {} }, cachingEngine, dirname(WASM_OPT), WASM_OPT);
  });
}

serve<GenerateRequest, Generated>(async ({ args, output }) => {
  const { status, errors } = await wasmOpt(args);
  if (status) return { failed: `wasm-opt ended with ${status}: ${errors.split('\n')[0]}` };
  return { bytes: toBase64(readFileSync(output)) };
});
