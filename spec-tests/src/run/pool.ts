/** Worker processes over files: each file has a time limit, and a hang costs only its file. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ValidateOptions } from '@wasm2js/validator';
import type { Script } from '../script/commands.js';
import { type FileResult, Tally } from './outcome.js';
import type { Engine } from './pipeline.js';

/** What a worker reads from the file of a request. */
export interface PreparedScript {
  script: Script;
  /** The `spectest` modules, base64. */
  spectest: string[];
  rules: ValidateOptions;
}

/** A line of a worker's standard input. */
export interface WorkerRequest {
  path: string;
  validateOnly: boolean;
  engine: Engine;
}

type WorkerMessage = { progress: number } | { result: FileResult };

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

/** The command line that runs the worker on a host. */
export function hostCommand(host: string | undefined): [program: string, args: string[]] {
  const program = host ?? process.execPath;
  const name = basename(program);
  if (name.startsWith('deno')) return [program, ['run', '-A', '--quiet', WORKER]];
  return [program, [WORKER]];
}

/** Runs files; `prepare` gives the path of a file's prepared script. Results come as they end. */
export async function runFiles(
  files: string[],
  prepare: (file: string) => Promise<string>,
  options: PoolOptions,
  onResult: (result: FileResult) => void,
): Promise<void> {
  const queue = [...files];
  const lane = async () => {
    const worker = new Worker(options);
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      onResult(await worker.run(file, await prepare(file)));
    }
    worker.stop();
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, files.length) }, lane));
}

/** A worker process, started when it is needed. */
class Worker {
  private child: ChildProcessWithoutNullStreams | undefined;
  private stderr = '';
  private pending = '';
  private onMessage: (message: WorkerMessage) => void = () => undefined;
  private onExit: (reason: string) => void = () => undefined;

  constructor(private readonly options: PoolOptions) {}

  stop(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  run(file: string, path: string): Promise<FileResult> {
    const { timeout, validateOnly, engine } = this.options;
    const child = (this.child ??= this.start());
    let line = 0;
    const start = performance.now();
    return new Promise((resolve) => {
      const lost = (reason: string) => {
        clearTimeout(timer);
        this.stop();
        const tally = new Tally();
        tally.add(0, 'file', 'failed', `${reason} at line ${line}`);
        resolve(tally.result(file, Math.round(performance.now() - start)));
      };
      const timer = setTimeout(() => lost(`no end after ${timeout / 1000} s,`), timeout);
      this.onExit = lost;
      this.onMessage = (message) => {
        if ('progress' in message) line = message.progress;
        else {
          clearTimeout(timer);
          resolve(message.result);
        }
      };
      child.stdin.write(
        `${JSON.stringify({ path, validateOnly, engine } satisfies WorkerRequest)}\n`,
      );
    });
  }

  private start(): ChildProcessWithoutNullStreams {
    const [program, args] = hostCommand(this.options.host);
    const child = spawn(program, args);
    this.stderr = '';
    this.pending = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (this.pending + chunk).split('\n');
      this.pending = lines.pop()!;
      for (const text of lines) this.onMessage(JSON.parse(text) as WorkerMessage);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-2000);
    });
    child.stdin.on('error', () => undefined);
    const ended = (reason: string) => {
      if (this.child === child) this.onExit(reason);
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code, signal) => {
      const last = this.stderr.trim().split('\n').slice(0, 12).join(' | ');
      ended(`the worker ended with ${signal ?? code}: ${last}`);
    });
    return child;
  }
}
