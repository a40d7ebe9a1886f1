/** Child process of the fuzzer of threads: runs one program for each request, on threads that it keeps. */
import { Worker } from 'node:worker_threads';
import { serve } from '../run/serve.js';
import type { Done, Order } from './agent.js';
import { evaluateProgram } from './load.js';
import { SNAPSHOT } from './program.js';

/** A program: our text of it, or the module (base64) for the engine's own WebAssembly. */
export interface ThreadsRequest {
  text: string | undefined;
  wasm: string | undefined;
  threads: number;
  rounds: number;
  pages: [number, number];
  late: boolean;
}

/** The memories that it has left (latin1, without zeros at the end), each once, and what went wrong. */
export interface ThreadsAnswer {
  snapshots: string[];
  errors: string[];
}

interface Agent {
  worker: Worker;
  /** The answer to the last order. */
  done: Promise<Done>;
}
const agents: Agent[] = [];

function tell(index: number, order: Order): void {
  let agent = agents[index];
  if (agent === undefined) {
    const worker = new Worker(new URL('./agent.js', import.meta.url), { workerData: { index } });
    agent = { worker, done: Promise.resolve({ snapshots: [], error: undefined }) };
    agents[index] = agent;
  }
  const { worker } = agent;
  if (order.kind !== 'load')
    agent.done = new Promise((resolve) =>
      worker.once('message', (message) => resolve(message as Done)),
    );
  worker.postMessage(order);
}

const all = (first: number, threads: number): Promise<Done[]> =>
  Promise.all(agents.slice(first, threads).map(({ done }) => done));

async function run(request: ThreadsRequest): Promise<ThreadsAnswer> {
  const { text, wasm, threads, rounds, pages, late } = request;
  const loaded = evaluateProgram(text, wasm);
  const snapshots = new Set<string>();
  const errors: string[] = [];
  for (let i = late ? 1 : 0; i < threads; i++) tell(i, { kind: 'load', text, wasm });
  if (!late) {
    const memory = loaded.share(loaded.create(pages));
    const gate = new Int32Array(new SharedArrayBuffer(12));
    for (let i = 0; i < threads; i++)
      tell(i, { kind: 'rounds', memory, pages, threads, rounds, gate });
    for (const done of await all(0, threads)) {
      for (const one of done.snapshots) snapshots.add(one);
      if (done.error !== undefined) errors.push(done.error);
    }
  }
  for (let round = 0; late && round < rounds && errors.length === 0; round++) {
    const memory = loaded.create(pages);
    // This thread is the first: it has the memory for itself until the program says so.
    const { exports, bytes } = loaded.instantiate(memory, () => {
      const sent = loaded.share(memory);
      for (let i = 1; i < threads; i++) tell(i, { kind: 'once', memory: sent, pages });
    });
    try {
      exports['t0']!();
    } catch (error) {
      errors.push(`thread 0: ${(error as Error).stack ?? error}`);
    }
    for (const { error } of await all(1, threads)) if (error !== undefined) errors.push(error);
    snapshots.add(
      Buffer.from(bytes().subarray(0, SNAPSHOT)).toString('latin1').replace(/\0+$/, ''),
    );
  }
  return { snapshots: [...snapshots], errors };
}

serve<ThreadsRequest, ThreadsAnswer>(async (request) => {
  try {
    return await run(request);
  } catch (error) {
    return { snapshots: [], errors: [(error as Error).stack ?? String(error)] };
  }
});
