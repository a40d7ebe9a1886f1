/** A child process that answers requests, one JSON line each, with a time limit for every answer. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { basename } from 'node:path';

/** The command line that runs a script on a host; undefined is the Node that runs this. */
export function hostCommand(
  host: string | undefined,
  script: string,
): [program: string, args: string[]] {
  const program = host ?? process.execPath;
  if (basename(program).startsWith('deno')) {
    return [program, ['run', '-A', '--quiet', script]];
  }
  return [program, [script]];
}

/** A line that a child writes: something on the way, or the answer. */
export type ChildMessage<Answer> = { progress: number } | { result: Answer };

/** An answer, or why there is none and the last progress that was told. */
export type Reply<Answer> = { result: Answer } | { lost: string; progress: number };

/** Starts a child when it is needed, and again after it was lost. */
export class Child<Request, Answer> {
  private process: ChildProcessWithoutNullStreams | undefined;
  private onMessage: (message: ChildMessage<Answer>) => void = () => undefined;
  private onEnd: (reason: string) => void = () => undefined;

  constructor(private readonly command: [program: string, args: string[]]) {}

  /** Ends the process. */
  stop(): void {
    this.process?.kill('SIGKILL');
    this.process = undefined;
  }

  /** Sends a request and waits for its answer, at most `timeout` milliseconds. */
  request(request: Request, timeout: number): Promise<Reply<Answer>> {
    const child = (this.process ??= this.start());
    return new Promise((resolve) => {
      let progress = 0;
      const lost = (reason: string) => {
        clearTimeout(timer);
        this.stop();
        resolve({ lost: reason, progress });
      };
      const timer = setTimeout(() => lost(`no end after ${timeout / 1000} s`), timeout);
      this.onEnd = lost;
      this.onMessage = (message) => {
        if ('progress' in message) {
          progress = message.progress;
          return;
        }
        clearTimeout(timer);
        resolve(message);
      };
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  private start(): ChildProcessWithoutNullStreams {
    const child = spawn(...this.command);
    let errors = '';
    let pending = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (pending + chunk).split('\n');
      pending = lines.pop()!;
      for (const line of lines) this.onMessage(JSON.parse(line) as ChildMessage<Answer>);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(0, 2000);
    });
    child.stdin.on('error', () => undefined);
    const ended = (reason: string) => {
      if (this.process === child) this.onEnd(reason);
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code, signal) => {
      const first = errors.trim().split('\n').slice(0, 12).join(' | ');
      ended(`the worker ended with ${signal ?? code}: ${first}`);
    });
    return child;
  }
}
