import type { Directory, Host, Listener, Network, Stream } from '../core/host.js';
import { CLOCK } from '../core/types.js';
import { builtin } from './builtins.js';
import { NodeFileSystem } from './file-system.js';
import { nodeNetwork } from './network.js';
import { listenOn, NodeSocket } from './sockets.js';
import { NodeStream } from './stream.js';
import { SocketWorker } from './worker.js';

/** Milliseconds by which the two realtime clocks may differ before the finer one is distrusted. */
const CLOCK_SLACK = 2;

/** The parts of an address `host:port`; throws a `TypeError` for anything else. */
export function parseAddress(address: string): { name: string; port: number } {
  const [, name, port] = /^(?:tcp:\/\/)?\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (!name || Number(port) > 65535) throw new TypeError(`${address} is no address host:port`);
  return { name, port: Number(port) };
}

/** Node, Deno or Bun. */
export class NodeHost implements Host {
  private readonly system = new NodeFileSystem();
  private signal: Int32Array | undefined;
  private worker: SocketWorker | undefined;

  now(clock: number): bigint {
    if (clock === CLOCK.REALTIME) {
      const coarse = Date.now();
      const fine = performance.timeOrigin + performance.now();
      const ms = Math.abs(fine - coarse) <= CLOCK_SLACK ? fine : coarse;
      return BigInt(Math.round(ms * 1000)) * 1000n;
    }
    if (clock === CLOCK.MONOTONIC) return process.hrtime.bigint();
    const { user, system } = process.cpuUsage();
    return BigInt(user + system) * 1000n;
  }

  resolution(clock: number): bigint {
    return clock === CLOCK.MONOTONIC ? 1n : 1000n;
  }

  random(buffer: Uint8Array): void {
    // Node 18 has no global `crypto`.
    const { crypto = builtin('node:crypto').webcrypto } = globalThis;
    crypto.getRandomValues(buffer);
  }

  sleep(ms: number): void {
    if (this.worker) this.worker.sleep(ms);
    else {
      this.signal ??= new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(this.signal, 0, 0, ms);
    }
  }

  change(ms: number): Promise<void> {
    const reported = this.worker?.change(ms);
    return new Promise((done) => {
      // The timer keeps the process alive, which waiting for a report alone does not everywhere.
      const timer = setTimeout(done, ms);
      void reported?.then(() => {
        clearTimeout(timer);
        done();
      });
    });
  }

  yield(): void {
    this.sleep(0);
  }

  stream(fd: number): Stream {
    const sleep = (ms: number): void => this.sleep(ms);
    return new NodeStream(fd, sleep, () => this.pump(fd));
  }

  directory(path: string): Directory {
    return this.system.directory(path);
  }

  listen(address: string): Listener {
    const { name, port } = parseAddress(address);
    return listenOn(this.startWorker(), name, port);
  }

  network(): Network {
    return nodeNetwork(this.startWorker());
  }

  exit(code: number): never {
    process.exit(code);
  }

  finish(): void {
    if (this.worker?.finish()) this.worker = undefined;
  }

  /** One of the host's descriptors as asynchronous input. */
  private pump(fd: number): Stream {
    const worker = this.startWorker();
    const id = worker.open();
    worker.post({ op: 'input', id, fd });
    return new NodeSocket(worker, id);
  }

  /** The thread for sockets and asynchronous input, started on first need. */
  private startWorker(): SocketWorker {
    this.worker ??= new SocketWorker();
    return this.worker;
  }
}
