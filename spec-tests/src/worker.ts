/**
 * Executes prepared scripts on the host that runs this file (Node, Deno or Bun).
 *
 * Each line of standard input is a request `{ path, validateOnly }`; standard output has a line
 * `{ progress: line }` before each step and `{ result }` at the end of a script. Output is written
 * synchronously, so that a hang leaves behind where it began.
 */

import { readFileSync, writeSync } from 'node:fs';
import process from 'node:process';
import { UnsupportedError } from '@wasm2js/decoder';
import { bytesOf, Executor } from './run/execute.js';
import { Tally } from './run/outcome.js';
import {
  type Compile,
  ENGINES,
  type Exports,
  type Instantiate,
  loadModule,
} from './run/pipeline.js';
import type { PreparedScript, WorkerRequest } from './run/pool.js';
import { SPECTEST_IMPORTS, type Spectest } from './run/spectest.js';

const encoder = new TextEncoder();
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes a line at once, waiting while the reader is behind (the pipe may be non-blocking). */
function send(message: object): void {
  let bytes = encoder.encode(`${JSON.stringify(message)}\n`);
  while (bytes.length) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

const compiled = new Map<string, Instantiate>();

/** Instances of the `spectest` modules, new for each script. */
function makeSpectest(sources: string[], compile: Compile): Spectest {
  const exports: Exports = {};
  const unsupported = new Map<string, string>();
  for (const source of sources) {
    const module = loadModule(bytesOf(source));
    try {
      let instantiate = compiled.get(source);
      if (!instantiate) {
        instantiate = compile(module);
        compiled.set(source, instantiate);
      }
      Object.assign(exports, instantiate(SPECTEST_IMPORTS));
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      for (const { name } of module.exports) unsupported.set(name, error.message);
    }
  }
  return { exports, unsupported };
}

function execute({ path, validateOnly, engine }: WorkerRequest): void {
  const { script, spectest, rules } = JSON.parse(readFileSync(path, 'utf8')) as PreparedScript;
  const compile = ENGINES[engine];
  const tally = new Tally();
  const start = performance.now();
  const executor = new Executor({
    tally,
    compile,
    rules,
    validateOnly,
    spectest: validateOnly
      ? { exports: {}, unsupported: new Map() }
      : makeSpectest(spectest, compile),
    progress: (line) => send({ progress: line }),
  });
  executor.run(script.commands);
  send({ result: tally.result(script.file, Math.round(performance.now() - start)) });
}

let pending = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (pending + chunk).split('\n');
  pending = lines.pop()!;
  for (const line of lines) execute(JSON.parse(line) as WorkerRequest);
});
