/**
 * The process in which `bench` measures one run: `node child.js WORK`, where WORK is JSON. Prints one
 * line of JSON. What is compiled by wasm2js and what the engine runs get the same WASI.
 */

import { createHash } from 'node:crypto';
import { openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WASI, WasiExit } from '@wasm2js/wasi-runtime';
import { drive } from '../measure/steady.js';
import type { Preopens } from '../options.js';

/** What a process is to run. */
export interface Work {
  /** A CommonJS script of wasm2js, or a module for the engine. */
  file: string;
  /** A module for the engine; or a component's script, of which `run` is called. */
  kind: 'script' | 'module' | 'component';
  args: string[];
  env: Record<string, string>;
  preopens: Preopens;
  /** A file for standard input. */
  stdin?: string;
  /** An export to call until it is steady, instead of `_start`: integers of 64 bits as "5n". */
  invoke?: { name: string; args: string[]; budget: number };
}

/** What a process measured, in milliseconds. */
export interface Measured {
  /** Reading, compiling and instantiating. */
  load: number;
  /** `_start`, or the steady time of a call. */
  run: number;
  /** The first call of an export. */
  first?: number;
  /** What must be equal: exit code, output, results. */
  outcome: string;
  /** Why the program ended early. */
  trap?: string;
}

type Exports = Record<string, unknown>;

/** The part of the engine's WebAssembly that is used here; it has no declarations without a DOM. */
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Exports };
}

const load = (work: Work): ((imports: object) => Exports) => {
  if (work.kind === 'script') {
    const script = createRequire(import.meta.url)(work.file) as {
      instantiate(imports: object): Exports;
    };
    return script.instantiate;
  }
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const module = new Module(readFileSync(work.file));
  return (imports) => new Instance(module, imports).exports;
};

const describeResult = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(describeResult).join(' ');
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'bigint' ? `${value}n` : String(value);
};

/** Calls an export until its time no longer falls. */
const callUntilSteady = (exports: Exports, { name, args, budget }: NonNullable<Work['invoke']>) => {
  const target = exports[name] as (...values: unknown[]) => unknown;
  const values = args.map((text) =>
    text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text),
  );
  const clock = () => performance.now();
  const { first, ms, value } = drive(() => target(...values), budget, clock, 3);
  return { first, run: ms, outcome: describeResult(value) };
};

/** Has a program run to its end, which may be a promise. */
const runToEnd = async (
  call: () => number | Promise<number>,
  loading: number,
  output: readonly Uint8Array[],
): Promise<Measured> => {
  const start = performance.now();
  let code: number;
  let trap: string | undefined;
  try {
    const ended = call();
    code = typeof ended === 'number' ? ended : await ended;
  } catch (error) {
    if (error instanceof WasiExit) code = error.code;
    else {
      code = 134;
      trap = (error as Error).message;
    }
  }
  const run = performance.now() - start;
  const hash = createHash('sha256');
  for (const bytes of output) hash.update(bytes);
  const outcome = `exit code ${code}, output ${hash.digest('hex')}`;
  return { load: loading, run, outcome, ...(trap === undefined ? {} : { trap }) };
};

const measure = async (work: Work): Promise<Measured> => {
  const output: Uint8Array[] = [];
  const options = {
    args: work.args,
    env: work.env,
    preopens: work.preopens,
    stdin: work.stdin === undefined ? new Uint8Array() : openSync(work.stdin, 'r'),
    stdout: (bytes: Uint8Array) => void output.push(bytes.slice()),
    stderr: () => {},
  };
  if (work.kind === 'component') {
    // It brings its WASI along.
    const start = performance.now();
    const script = createRequire(import.meta.url)(work.file) as {
      run(options: object): number | Promise<number>;
    };
    return runToEnd(() => script.run(options), performance.now() - start, output);
  }
  const system = new WASI({ ...options, returnOnExit: true });
  const start = performance.now();
  const exports = load(work)(system.getImportObject());
  const loading = performance.now() - start;
  if (work.invoke !== undefined) {
    if (exports['_initialize']) system.initialize({ exports });
    return { load: loading, ...callUntilSteady(exports, work.invoke) };
  }
  return runToEnd(() => system.start({ exports }), loading, output);
};

const measured = await measure(JSON.parse(process.argv[2]!) as Work);
// What a component's tasks still wait for ends with it.
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());
