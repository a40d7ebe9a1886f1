/**
 * What engines without a JIT run: kernels of our own, and modules of npm packages. Gives for each its module, what a
 * script has to do with an instance of it, and what the result is by the engine's own WebAssembly.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchRoot, packageFile } from './packages.js';

/** Something to measure. */
export interface Item {
  name: string;
  size: number;
  /** The module; undefined where its package is not installed. */
  wasm: string | undefined;
  /** Script that defines `run`, a function of the size, given `instantiate`, a function of the imports with a class `Memory`. */
  script: string;
  /** Is the result an integer of 64 bits, of which `run` may give the low word alone? */
  wide: boolean;
}

/** A list of what is measured: that which the code generator is tuned on, or that which it never was. */
export interface ItemList {
  title: string;
  items: Item[];
}

interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: object) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };

/** What a kernel may be given: where binaryen's code puts the high word of an i64. */
const KERNEL = `var high = 0;
var run = instantiate({ env: { setTempRet0: function (x) { high = x; }, getTempRet0: function () { return high; } } }).run;`;

const read = <T>(path: string): T => JSON.parse(readFileSync(join(benchRoot, path), 'utf8')) as T;

function kernels(path: string): Item[] {
  return Object.entries(read<Record<string, number>>(path)).map(([name, size]) => {
    const wasm = join(benchRoot, 'kernels/wasm', `${name}.wasm`);
    return { name, size, wasm, script: KERNEL, wide: isWide(wasm) };
  });
}

/** Does the kernel give an integer of 64 bits? */
function isWide(wasm: string): boolean {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {});
  return typeof (exports['run'] as (n: number) => unknown)(1) === 'bigint';
}

/** Modules of packages, with their tasks. */
function programs(path: string): Item[] {
  // Scripts of engines' shells are no modules.
  const file = readFileSync(join(benchRoot, 'runner/package-tasks.mjs'), 'utf8');
  const tasks = file.replace(/^export /m, '');
  const list = read<Record<string, { wasm: string; size: number }>>(path);
  return Object.entries(list).map(([name, { wasm, size }]) => ({
    name,
    size,
    wasm: packageFile(wasm),
    script: `${tasks}
var run = tasks[${JSON.stringify(name)}]({ instantiate: instantiate, outside: function (make) { return make(); }, memory: function (limits) { return new instantiate.Memory(limits); } }, ${size});`,
    wide: false,
  }));
}

/** The lists. */
export const itemLists = (): ItemList[] => [
  { title: 'tuned on', items: kernels('nojit.json') },
  { title: 'hold-out', items: kernels('holdout/nojit.json') },
  { title: 'programs', items: programs('nojit-programs.json') },
  { title: 'hold-out programs', items: programs('holdout/nojit-programs.json') },
];

/** What so many calls give at last by the engine's own WebAssembly, in each way that a script may print it. */
export function expectedOf({ wasm, script, size, wide }: Item, calls: number): string[] {
  const { Memory } = WebAssembly;
  const instantiate = Object.assign(
    (imports: object) =>
      new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm!)), imports).exports,
    { Memory },
  );
  const make = new Function('instantiate', `${script}\nreturn run;`);
  const run = make(instantiate) as (n: number) => unknown;
  let value: unknown;
  for (let i = 0; i < calls; i++) value = run(size);
  if (!wide) return [String(value)];
  const whole = value as bigint;
  return [String(whole), `${BigInt.asIntN(32, whole >> 32n)}:${BigInt.asIntN(32, whole)}`];
}
