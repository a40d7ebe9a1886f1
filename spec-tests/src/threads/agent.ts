/** One thread of the programs: a worker, which runs the function of its number as often as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { evaluateProgram, type Loaded, type SharedMemory } from './load.js';
import { SNAPSHOT } from './program.js';

/** What a worker is told. */
export type Order =
  | { kind: 'load'; text: string | undefined; wasm: string | undefined }
  | { kind: 'once'; memory: SharedMemory; pages: [number, number] }
  | {
      kind: 'rounds';
      memory: SharedMemory;
      pages: [number, number];
      threads: number;
      rounds: number;
      /** Words: how many threads have arrived, how often the gate has opened, whether a thread has failed. */
      gate: Int32Array;
    };

/** What it answers: distinct snapshots (latin1), from the first thread alone. */
export interface Done {
  snapshots: string[];
  error: string | undefined;
}

const { index } = workerData as { index: number };
let loaded: Loaded | undefined;

/** Waits for all threads; false where one has failed. */
function pass(gate: Int32Array, threads: number): boolean {
  const generation = Atomics.load(gate, 1);
  if (Atomics.add(gate, 0, 1) === threads - 1) {
    Atomics.store(gate, 0, 0);
    Atomics.add(gate, 1, 1);
    Atomics.notify(gate, 1);
  }
  for (let spins = 0; Atomics.load(gate, 1) === generation; spins++) {
    if (Atomics.load(gate, 2) !== 0) return false;
    // Who sleeps comes late, and fewer orders come up.
    if (spins > (threads > 2 ? 1000 : 20_000)) Atomics.wait(gate, 1, generation, 50);
  }
  return Atomics.load(gate, 2) === 0;
}

function run(order: Order): Done | undefined {
  if (order.kind === 'load') {
    loaded = evaluateProgram(order.text, order.wasm);
    return undefined;
  }
  const { exports, bytes } = loaded!.instantiate(
    loaded!.receive(order.memory, order.pages),
    () => undefined,
  );
  const mine = exports[`t${index}`]!;
  if (order.kind === 'once') {
    mine();
    return { snapshots: [], error: undefined };
  }
  const { threads, rounds, gate } = order;
  const snapshots = new Set<string>();
  let jitter = index * 7919 + 1;
  try {
    for (let round = 0; round < rounds; round++) {
      if (!pass(gate, threads)) break;
      jitter = (Math.imul(jitter, 1103515245) + 12345) >>> 0;
      for (let i = (jitter >>> 16) % (round % 2 ? 16 : 256); i > 0; i--) Atomics.load(gate, 2);
      mine();
      if (!pass(gate, threads)) break;
      if (index > 0) continue;
      snapshots.add(
        Buffer.from(bytes().subarray(0, SNAPSHOT)).toString('latin1').replace(/\0+$/, ''),
      );
      bytes().fill(0, 0, SNAPSHOT);
    }
  } catch (error) {
    Atomics.store(gate, 2, 1);
    throw error;
  }
  return { snapshots: [...snapshots], error: undefined };
}

parentPort!.on('message', (order: Order) => {
  let done: Done | undefined;
  try {
    done = run(order);
  } catch (error) {
    done = { snapshots: [], error: `thread ${index}: ${(error as Error).stack ?? error}` };
  }
  if (done !== undefined) parentPort!.postMessage(done);
});
