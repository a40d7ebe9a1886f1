/**
 * Threads that run programs: as many as may run at a time. A thread is started when it is needed first and kept; one
 * whose program takes too long is ended, since nothing else stops a program, and another takes its place.
 */

import { MessageChannel, Worker } from 'node:worker_threads';
import {
  Asking,
  mailboxMemory,
  type WagiProgram,
  type WagiRequest,
  type WagiResult,
} from './mailbox.js';

/** One thread. */
interface Member {
  worker: Worker;
  mailbox: Asking;
  /** Told how the run that goes on has ended; undefined while it is idle. */
  settle: ((result: WagiResult | 'timeout' | 'ended') => void) | undefined;
}

/** One run that waits for a thread. */
interface Waiting {
  start(member: Member): void;
  drop(): void;
}

export class Pool {
  /** Runs that go on, and that wait. */
  running = 0;
  /** Threads that have been ended, and that have ended themselves. */
  replaced = 0;
  private readonly size: number;
  private readonly idle: Member[] = [];
  private readonly members = new Set<Member>();
  private readonly queue: Waiting[] = [];
  private closed = false;

  /** @param size most threads, so most runs at a time */
  constructor(size: number) {
    this.size = size;
  }

  /** How many runs wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /**
   * Runs a program.
   * @param limit milliseconds that it may take once it runs
   * @returns how it has ended, or `timeout`, or `ended` where the thread was, as when it had no memory left
   */
  run(
    program: WagiProgram,
    request: WagiRequest,
    limit: number,
  ): Promise<WagiResult | 'timeout' | 'ended'> {
    return new Promise((done) => {
      const start = (member: Member): void => {
        this.running++;
        const timer = setTimeout(() => this.end(member, 'timeout'), limit);
        member.settle = (result) => {
          clearTimeout(timer);
          this.running--;
          member.settle = undefined;
          done(result);
        };
        member.mailbox.ask(program, request, () => {
          // It may have been ended while this was on its way.
          if (!this.members.has(member)) return;
          member.settle?.(member.mailbox.take());
          this.free(member);
        });
      };
      if (this.closed) return done('ended');
      const member = this.idle.pop() ?? (this.members.size < this.size ? this.add() : undefined);
      if (member) start(member);
      else this.queue.push({ start, drop: () => done('ended') });
    });
  }

  /** Ends all threads, and what runs in them. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { drop } of this.queue.splice(0)) drop();
    const all = [...this.members];
    this.members.clear();
    for (const { settle } of all) settle?.('ended');
    await Promise.all(all.map(({ worker }) => worker.terminate()));
  }

  /** Starts a thread. */
  private add(): Member {
    const memory = mailboxMemory();
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL('./wagi-worker.js', import.meta.url), {
      stdin: false,
      workerData: { memory, port: port2 },
      transferList: [port2],
    });
    const mailbox = new Asking({ memory, port: port1 });
    const member: Member = { worker, mailbox, settle: undefined };
    this.members.add(member);
    worker.on('error', () => this.end(member, 'ended'));
    worker.on('exit', () => this.end(member, 'ended'));
    return member;
  }

  /** Gives a thread to whoever waits longest. */
  private free(member: Member): void {
    const next = this.queue.shift();
    if (next) next.start(member);
    else this.idle.push(member);
  }

  /** Ends a thread for good; whoever waits gets another. */
  private end(member: Member, why: 'timeout' | 'ended'): void {
    if (!this.members.delete(member)) return;
    this.replaced++;
    const at = this.idle.indexOf(member);
    if (at >= 0) this.idle.splice(at, 1);
    void member.worker.terminate();
    member.settle?.(why);
    if (!this.closed && this.queue.length > 0) this.free(this.add());
  }
}
