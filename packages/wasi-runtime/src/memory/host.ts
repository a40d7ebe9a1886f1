import { fail } from '../core/errno.js';
import type { Directory, Host, Listener, Stream } from '../core/host.js';
import { bufferInput, FunctionOutput } from '../core/streams.js';
import { CLOCK } from '../core/types.js';
import { MemoryFileSystem } from './file-system.js';
import { Line, lineSink } from './lines.js';

/** The parts of a host that a bare engine may lack. */
interface Engine {
  performance?: { now(): number };
  crypto?: { getRandomValues(buffer: Uint8Array): unknown };
}

const engine = globalThis as unknown as Engine;

const MICROSECOND = BigInt(1000);
const MILLISECOND = BigInt(1000000);

/** How often a clock is read in vain before it counts as standing still. */
const STANDSTILL = 1 << 20;

/** A host that has nothing but what JavaScript itself offers: a browser, or an engine alone. */
export class MemoryHost implements Host {
  /** Where preopens that are given as paths are looked up. */
  readonly files: MemoryFileSystem;
  private readonly randomSource: ((buffer: Uint8Array) => void) | undefined;
  private readonly lines: Line[] = [];
  /** Milliseconds slept while the engine's clock stood still, which it does in some while code runs. */
  private slept = 0;
  /** Last monotonic time told, where it comes from a clock that can be set. */
  private last = 0;

  /**
   * @param files the file system for preopens given as paths
   * @param random source of random bytes, for engines that have none
   */
  constructor(files = new MemoryFileSystem(), random?: (buffer: Uint8Array) => void) {
    this.files = files;
    this.randomSource = random;
  }

  now(clock: number): bigint {
    if (clock === CLOCK.REALTIME) return BigInt(Date.now() + Math.round(this.slept)) * MILLISECOND;
    return BigInt(Math.round(this.monotonic() * 1000)) * MICROSECOND;
  }

  resolution(clock: number): bigint {
    return clock === CLOCK.REALTIME || !engine.performance ? MILLISECOND : MICROSECOND;
  }

  random(buffer: Uint8Array): void {
    if (this.randomSource) this.randomSource(buffer);
    else if (engine.crypto) engine.crypto.getRandomValues(buffer);
    else fail('NOSYS');
  }

  sleep(ms: number): void {
    if (ms <= 0) return;
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    } catch {
      // Where waiting is not allowed (a page's main thread), time has to be spent.
      this.spend(ms);
    }
  }

  yield(): void {}

  stream(fd: number): Stream {
    if (fd !== 1 && fd !== 2) return bufferInput('');
    const show = lineSink(fd);
    if (!show) {
      if (fd === 1) throw new TypeError('this host shows no text: give stdout a function');
      return new FunctionOutput(() => fail('NXIO'));
    }
    const line = new Line(show);
    this.lines.push(line);
    return new FunctionOutput((bytes) => line.add(bytes));
  }

  directory(path: string): Directory {
    return this.files.directory(path);
  }

  listen(): Listener {
    return fail('NOTSUP');
  }

  finish(): void {
    for (const line of this.lines) line.flush();
  }

  /** Milliseconds of a clock that never goes back. */
  private monotonic(): number {
    const { performance } = engine;
    this.last = Math.max(this.last, performance ? performance.now() : Date.now());
    return this.last + this.slept;
  }

  /** Waits by looking at the clock; one that stands still is put forward instead. */
  private spend(ms: number): void {
    const start = this.monotonic();
    const end = start + ms;
    for (let vain = 0; this.monotonic() < end; vain++) {
      if (vain === STANDSTILL && this.monotonic() === start) this.slept += ms;
    }
  }
}
