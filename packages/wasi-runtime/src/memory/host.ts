import { fail } from '../core/errno.js';
import type { Directory, Host, Listener, Stream } from '../core/host.js';
import { bufferInput, FunctionOutput } from '../core/streams.js';
import { CLOCK } from '../core/types.js';
import { decodeUtf8 } from '../core/utf8.js';
import { MemoryFileSystem } from './file-system.js';

/** The parts of a host that a bare engine may lack. */
interface Engine {
  performance?: { now(): number };
  crypto?: { getRandomValues(buffer: Uint8Array): unknown };
  console?: { log(text: string): void; error(text: string): void };
}

const engine = globalThis as unknown as Engine;

/** A host that has nothing but what JavaScript itself offers: a browser, or an engine alone. */
export class MemoryHost implements Host {
  /** Where preopens that are given as paths are looked up. */
  readonly files: MemoryFileSystem;
  private readonly randomSource: ((buffer: Uint8Array) => void) | undefined;
  private readonly lines: Line[] = [];

  /**
   * @param files the file system for preopens given as paths
   * @param random source of random bytes, for engines that have none
   */
  constructor(files = new MemoryFileSystem(), random?: (buffer: Uint8Array) => void) {
    this.files = files;
    this.randomSource = random;
  }

  now(clock: number): bigint {
    const { performance } = engine;
    if (clock === CLOCK.REALTIME || !performance) return BigInt(Date.now()) * 1000000n;
    return BigInt(Math.round(performance.now() * 1000)) * 1000n;
  }

  resolution(clock: number): bigint {
    return clock === CLOCK.REALTIME || !engine.performance ? 1000000n : 1000n;
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
      const end = Date.now() + ms;
      while (Date.now() < end);
    }
  }

  yield(): void {}

  stream(fd: number): Stream {
    if (fd !== 1 && fd !== 2) return bufferInput('');
    const line = new Line((text) => {
      if (fd === 1) engine.console?.log(text);
      else engine.console?.error(text);
    });
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
}

/** Most bytes of a line kept before it is shown. */
const LINE_LIMIT = 65536;

/** Collects output until there is a line for the console. */
class Line {
  private readonly show: (text: string) => void;
  private bytes: number[] = [];

  constructor(show: (text: string) => void) {
    this.show = show;
  }

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === 10) this.take();
      else if (this.bytes.push(byte) >= LINE_LIMIT) this.take();
    }
  }

  /** Shows what is left of the last line. */
  flush(): void {
    if (this.bytes.length > 0) this.take();
  }

  private take(): void {
    const bytes = Uint8Array.from(this.bytes);
    this.bytes = [];
    this.show(decodeUtf8(bytes, true));
  }
}
