/**
 * Threads for components of wasi:http: as many as requests may be answered at a time, for all components together. A
 * thread is of one component, is started when it is needed first and kept; one that is ended is replaced when it is
 * needed again.
 */

import { Worker } from 'node:worker_threads';
import type { HttpProgram, HttpTask } from './http-messages.js';

/** A thread that answers a request. */
export interface Hired {
  /** The thread is free again, or has ended: then why. */
  done: Promise<'free' | 'ended'>;
  /** Ends it at once. */
  fire(): void;
}

/** One thread. */
interface Member {
  program: HttpProgram;
  worker: Worker;
  /** Told how the request that it answers has come to its end; undefined while it is idle. */
  settle: ((how: 'free' | 'ended') => void) | undefined;
}

export class Crew {
  /** Requests that are answered. */
  running = 0;
  /** Threads that have been ended before their time. */
  replaced = 0;
  private readonly size: number;
  private readonly idle: Member[] = [];
  private readonly all = new Set<Member>();
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
  async hire(program: HttpProgram, task: HttpTask): Promise<Hired | undefined> {
    while (this.running >= this.size && !this.closed)
      await new Promise<void>((done) => this.queue.push(done));
    if (this.closed) return undefined;
    this.running++;
    const at = this.idle.findIndex((one) => one.program === program);
    const member = at < 0 ? this.start(program) : this.idle.splice(at, 1)[0]!;
    const { worker } = member;
    const done = new Promise<'free' | 'ended'>((settle) => {
      member.settle = settle;
    });
    worker.postMessage(task, [task.port]);
    return { done, fire: () => void worker.terminate() };
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.closed = true;
    for (const go of this.queue.splice(0)) go();
    await Promise.all([...this.all].map(({ worker }) => worker.terminate()));
  }

  private start(program: HttpProgram): Member {
    // Those of other components make room.
    if (this.all.size >= this.size) {
      const other = this.idle.shift();
      if (other) {
        this.all.delete(other);
        void other.worker.terminate();
      }
    }
    const worker = new Worker(new URL('./http-thread.js', import.meta.url), {
      stdin: false,
      workerData: program,
    });
    const member: Member = { program, worker, settle: undefined };
    this.all.add(member);
    worker.on('message', () => {
      this.idle.push(member);
      this.settle(member, 'free');
    });
    worker.on('error', () => {});
    // Also of one that is idle: what an earlier request has left behind may fail late.
    worker.on('exit', () => {
      if (!this.all.delete(member)) return;
      this.replaced++;
      const at = this.idle.indexOf(member);
      if (at >= 0) this.idle.splice(at, 1);
      this.settle(member, 'ended');
    });
    return member;
  }

  /** A request has come to its end, if there was one: the next may begin. */
  private settle(member: Member, how: 'free' | 'ended'): void {
    const { settle } = member;
    if (!settle) return;
    member.settle = undefined;
    this.running--;
    settle(how);
    this.queue.shift()?.();
  }
}
