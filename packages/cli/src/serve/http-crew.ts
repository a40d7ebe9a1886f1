/**
 * Threads for components of wasi:http: as many as requests may be answered at a time, for all components together. A
 * thread is of one component, is started when it is needed first and kept; one that is ended is replaced when it is
 * needed again.
 */

import { Worker } from 'node:worker_threads';
import type { HttpTask } from './http-messages.js';
import type { ServedProgram } from './served.js';

/** A thread that answers a request. */
export interface Hired {
  /** The thread is free again, or has ended: then why. */
  done: Promise<'free' | 'ended'>;
  /** Ends it at once. */
  fire(): void;
}

export class Crew {
  /** Requests that are answered. */
  running = 0;
  /** Threads that have been ended before their time. */
  replaced = 0;
  private readonly size: number;
  private readonly idle: { program: ServedProgram; worker: Worker }[] = [];
  private readonly all = new Set<Worker>();
  private readonly queue: (() => void)[] = [];
  private closed = false;

  /** @param size most threads */
  constructor(size: number) {
    this.size = size;
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Gives a task to a thread as soon as there is one; undefined where there will be none. */
  async hire(program: ServedProgram, task: HttpTask): Promise<Hired | undefined> {
    while (this.running >= this.size && !this.closed)
      await new Promise<void>((done) => this.queue.push(done));
    if (this.closed) return undefined;
    this.running++;
    const at = this.idle.findIndex((one) => one.program === program);
    const worker = at < 0 ? this.start(program) : this.idle.splice(at, 1)[0]!.worker;
    worker.postMessage(task, [task.port]);
    const done = new Promise<'free' | 'ended'>((settle) => {
      worker.once('message', () => settle('free'));
      worker.once('exit', () => settle('ended'));
    });
    void done.then((how) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('exit');
      this.running--;
      if (how === 'ended') {
        this.all.delete(worker);
        this.replaced++;
      } else {
        this.idle.push({ program, worker });
      }
      this.queue.shift()?.();
    });
    return { done, fire: () => void worker.terminate() };
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.closed = true;
    for (const go of this.queue.splice(0)) go();
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  private start(program: ServedProgram): Worker {
    // Those of other components make room.
    if (this.all.size >= this.size) {
      const other = this.idle.shift();
      if (other) {
        this.all.delete(other.worker);
        void other.worker.terminate();
      }
    }
    const worker = new Worker(new URL('./http-thread.js', import.meta.url), {
      stdin: false,
      workerData: program,
    });
    worker.on('error', () => {});
    this.all.add(worker);
    return worker;
  }
}
