/** A program in one thread: our text of it, or the engine's own WebAssembly, with memories that go to other threads. */

import { runInThisContext } from 'node:vm';

/** A memory as it is sent to another thread. */
export type SharedMemory = object;

/** What a program exports. */
export type Functions = Record<string, () => void>;

/** A program that can be instantiated over memories of its kind. */
export interface Loaded {
  /** A memory that this thread has for itself. */
  create(pages: [number, number]): object;
  /** What another thread needs for it. */
  share(memory: object): SharedMemory;
  /** The memory that another thread has sent. */
  receive(sent: SharedMemory, pages: [number, number]): object;
  /** `bytes` gives what is in the memory now; asking for it lets the memory escape. */
  instantiate(memory: object, go: () => void): { exports: Functions; bytes(): Uint8Array };
}

interface Emitted {
  (imports: object): Functions;
  Memory: new (descriptor: object) => { buffer: SharedArrayBuffer };
  shareMemory(memory: object): object;
}
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Functions };
  Memory: new (descriptor: object) => { buffer: SharedArrayBuffer };
}

const descriptor = ([initial, maximum]: [number, number]): object => ({
  initial,
  maximum,
  shared: true,
});

/** @param text what we have compiled; else @param wasm the module (base64), for the engine */
export function evaluateProgram(text: string | undefined, wasm: string | undefined): Loaded {
  const bytesOf = (memory: object) => () =>
    new Uint8Array((memory as { buffer: SharedArrayBuffer }).buffer);
  if (text !== undefined) {
    const { instantiate } = runInThisContext(text) as { instantiate: Emitted };
    return {
      create: (pages) => new instantiate.Memory(descriptor(pages)),
      share: (memory) => instantiate.shareMemory(memory),
      receive: (sent, pages) => new instantiate.Memory({ ...descriptor(pages), ...sent }),
      instantiate: (m, go) => ({ exports: instantiate({ e: { m, go } }), bytes: bytesOf(m) }),
    };
  }
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: Engine };
  const module = new engine.Module(new Uint8Array(Buffer.from(wasm!, 'base64')));
  return {
    create: (pages) => new engine.Memory(descriptor(pages)),
    share: (memory) => memory,
    receive: (sent) => sent,
    instantiate: (m, go) => ({
      exports: new engine.Instance(module, { e: { m, go } }).exports,
      bytes: bytesOf(m),
    }),
  };
}
