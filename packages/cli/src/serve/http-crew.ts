/**
 * Threads for components of wasi:http: as many as requests may be answered at a time, for all components together. A
 * thread is of one component, is started when it is needed first and kept; one that is ended is replaced when it is
 * needed again.
 */

import { resourceLimits, Worker } from 'node:worker_threads';
import type { HttpProgram, HttpThread } from './http-messages.js';
import { Ring, ringMemory } from './ring.js';

/** A thread that answers a request. */
export interface Hired {
  /** To it and from it. */
  to: Ring;
  from: Ring;
  /** It says that it is free again. */
  free(): void;
  /** Ends it at once. */
  fire(): void;
}

/** Who has hired a thread. */
export interface Hirer {
  /** There may be messages from it. */
  receive(): void;
  /** It has ended. */
  ended(): void;
}

/** One thread. */
interface Member {
  program: HttpProgram;
  worker: Worker;
  to: Ring;
  from: Ring;
  /** Whose request it answers; undefined while it is idle. */
  hirer: Hirer | undefined;
  /** Is it listened to? */
  heard: boolean;
  /** Was its end asked for? Until that comes it may still tell that it is free, and is not. */
  fired: boolean;
}

/**
 * Megabytes of what a thread has made last, half of the usual. Bodies are outside of it, and too many of them make V8
 * collect all that the thread has, with a pause that requests feel; a small collection gives them back first.
 */
const YOUNG = 12;

/** Milliseconds between two looks at what no thread has told of. */
const LOOK = 25;

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
  private looking: NodeJS.Timeout | undefined;

  /** @param size most threads */
  constructor(size: number) {
    this.size = size;
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Finds a thread for a request as soon as there is one; undefined where there will be none. */
  async hire(program: HttpProgram, hirer: Hirer): Promise<Hired | undefined> {
    while (this.running >= this.size && !this.closed)
      await new Promise<void>((done) => this.queue.push(done));
    if (this.closed) return undefined;
    this.running++;
    const at = this.idle.findIndex((one) => one.program === program);
    const member = at < 0 ? this.start(program) : this.idle.splice(at, 1)[0]!;
    member.hirer = hirer;
    if (!member.heard) void this.listen(member);
    this.looking ??= setInterval(() => this.look(), LOOK);
    const { to, from } = member;
    return { to, from, free: () => this.free(member), fire: () => this.fire(member) };
  }

  /** Looks for what threads have put and not told of; not any more once none answers. */
  private look(): void {
    if (this.running === 0) {
      clearInterval(this.looking);
      this.looking = undefined;
    }
    for (const { hirer } of this.all) hirer?.receive();
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
    const given: HttpThread = { program, to: ringMemory(), from: ringMemory() };
    const worker = new Worker(new URL('./http-thread.js', import.meta.url), {
      stdin: false,
      workerData: given,
      resourceLimits: { ...resourceLimits, maxYoungGenerationSizeMb: YOUNG },
    });
    const rings = { to: new Ring(given.to), from: new Ring(given.from) };
    const member: Member = {
      program,
      worker,
      ...rings,
      hirer: undefined,
      heard: false,
      fired: false,
    };
    this.all.add(member);
    worker.on('error', () => {});
    // Also of one that is idle: what an earlier request has left behind may fail late.
    worker.on('exit', () => {
      const { hirer, to, from } = member;
      to.wake();
      from.wake();
      if (this.all.delete(member)) this.replaced++;
      // What it has told before its end.
      hirer?.receive();
      const at = this.idle.indexOf(member);
      if (at >= 0) this.idle.splice(at, 1);
      if (hirer && member.hirer === hirer) this.settle(member);
      hirer?.ended();
    });
    return member;
  }

  /** Passes on that a thread may have told something, for as long as somebody wants to know. */
  private async listen(member: Member): Promise<void> {
    const { from } = member;
    member.heard = true;
    while (member.hirer) {
      const { written } = from;
      member.hirer.receive();
      await from.more(written);
    }
    member.heard = false;
  }

  private fire(member: Member): void {
    member.fired = true;
    void member.worker.terminate();
  }

  private free(member: Member): void {
    if (member.fired) return;
    this.idle.push(member);
    this.settle(member);
  }

  /** A request has come to its end: the next may begin. */
  private settle(member: Member): void {
    member.hirer = undefined;
    this.running--;
    this.queue.shift()?.();
  }
}
