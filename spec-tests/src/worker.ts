/** Executes prepared scripts on the host that runs this file (Node, Deno or Bun). */

import { readFileSync } from 'node:fs';
import { UnsupportedError } from '@wasm2js/decoder';
import { bytesOf, Executor } from './run/execute.js';
import { type FileResult, Tally } from './run/outcome.js';
import {
  type Compile,
  ENGINES,
  type Exports,
  type Instantiate,
  loadModule,
} from './run/pipeline.js';
import type { PreparedScript, WorkerRequest } from './run/pool.js';
import { serve } from './run/serve.js';
import { SPECTEST_IMPORTS, type Spectest } from './run/spectest.js';

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

serve<WorkerRequest, FileResult>(({ path, validateOnly, engine }, progress) => {
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
    progress,
  });
  executor.run(script.commands);
  return tally.result(script.file, Math.round(performance.now() - start));
});
