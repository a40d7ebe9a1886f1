/** Worker processes over files: each file has a time limit, and a hang costs only its file. */

import { fileURLToPath } from 'node:url';
import type { ValidateOptions } from '@wasm2js/validator';
import type { Script } from '../script/commands.js';
import { Child, hostCommand } from './child.js';
import { type FileResult, Tally } from './outcome.js';
import type { Engine } from './pipeline.js';

/** What a worker reads from the file of a request. */
export interface PreparedScript {
  script: Script;
  /** The `spectest` modules, base64. */
  spectest: string[];
  rules: ValidateOptions;
}

/** What a worker is asked. */
export interface WorkerRequest {
  path: string;
  validateOnly: boolean;
  engine: Engine;
}

/** How to run files on a host. */
export interface PoolOptions {
  /** Name or path of the host's program; undefined is the Node that runs this. */
  host: string | undefined;
  jobs: number;
  /** Limit for a file, in milliseconds. */
  timeout: number;
  validateOnly: boolean;
  engine: Engine;
}

const WORKER = fileURLToPath(new URL('../worker.js', import.meta.url));

/** Runs files; `prepare` gives the path of a file's prepared script. Results come as they end. */
export async function runFiles(
  files: string[],
  prepare: (file: string) => Promise<string>,
  options: PoolOptions,
  onResult: (result: FileResult) => void,
): Promise<void> {
  const { host, jobs, timeout, validateOnly, engine } = options;
  const queue = [...files];
  const lane = async () => {
    const child = new Child<WorkerRequest, FileResult>(hostCommand(host, WORKER));
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const path = await prepare(file);
      const start = performance.now();
      const reply = await child.request({ path, validateOnly, engine }, timeout);
      if ('result' in reply) onResult(reply.result);
      else onResult(lostResult(file, reply, performance.now() - start));
    }
    child.stop();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, files.length) }, lane));
}

/** The result of a file that did not end: one failure. */
function lostResult(
  file: string,
  { lost, progress }: { lost: string; progress: number },
  milliseconds: number,
): FileResult {
  const tally = new Tally();
  tally.add(0, 'file', 'failed', `line ${progress}: ${lost}`);
  return tally.result(file, Math.round(milliseconds));
}
