/** Runs damaged modules through the pipeline, one for each message, and reports what came of each. */
import { WasmError } from '@wasm2js/decoder';
import { compileText, loadModule } from '../run/pipeline.js';
import { mutate } from './mutations.js';
import { Random } from './random.js';
import { loadSeeds } from './seeds.js';

/** A request: module `index` of run `seed`. */
export interface Request {
  seed: number;
  index: number;
  validateOnly: boolean;
}

/** What came of a module. */
export interface Outcome {
  /** "accepted", the name of a typed error, or "failure". */
  kind: string;
  /** Of a failure: the stack. */
  detail: string;
  /** Name of the seed module. */
  from: string;
  /** Processor time in milliseconds. */
  time: number;
  /** Largest resident set of the process so far, in bytes. */
  memory: number;
}

const seeds = await loadSeeds();

/** The damaged module of a request. */
function moduleOf({ seed, index }: Request): ReturnType<typeof mutate> {
  return mutate(seeds, new Random(Math.imul(seed, 0x9e3779b1) + index));
}

function attempt(bytes: Uint8Array, validateOnly: boolean): Pick<Outcome, 'kind' | 'detail'> {
  try {
    const module = loadModule(bytes);
    if (!validateOnly) compileText(module);
    return { kind: 'accepted', detail: '' };
  } catch (error) {
    if (error instanceof WasmError) return { kind: error.name, detail: '' };
    return { kind: 'failure', detail: error instanceof Error ? `${error.stack}` : String(error) };
  }
}

process.on('message', (request: Request) => {
  const { seed: from, bytes } = moduleOf(request);
  const before = process.cpuUsage();
  const { kind, detail } = attempt(bytes, request.validateOnly);
  const { user, system } = process.cpuUsage(before);
  const memory = process.resourceUsage().maxRSS * 1024;
  const outcome: Outcome = { kind, detail, from, time: (user + system) / 1000, memory };
  process.send!(outcome);
});
process.send!('ready');
