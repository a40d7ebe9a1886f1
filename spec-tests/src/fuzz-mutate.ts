/**
 * `npm run fuzz:mutate`: damaged modules (bit flips, truncations, spliced sections, lying lengths)
 * through decoder, validator and compiler. Each must be accepted or refused with a typed error,
 * within a second and 512 MB.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Outcome, Request } from './mutate/worker.js';

const USAGE = `npm run fuzz:mutate -- [options]
  --count N          number of modules (10000)
  --seed N           start of the random sequence (1)
  --only N           only module N of the sequence
  --validate-only    decode and validate, do not compile`;

const WORKER = fileURLToPath(new URL('./mutate/worker.js', import.meta.url));
const MAX_TIME = 1000;
const MAX_MEMORY = 512 * 1024 * 1024;
/** After this wall-clock time, on a machine however busy, a module is taken to hang. */
const HANG = 20_000;
const SHOWN_FAILURES = 10;

/** A worker process that is replaced when it hangs or dies. */
class Worker {
  private child: ChildProcess | undefined;

  /** Runs one module; a hang or the death of the process is a failure of the module. */
  async run(request: Request): Promise<Outcome> {
    this.child ??= await startWorker();
    const child = this.child;
    const died = new AbortController();
    child.once('exit', () => died.abort());
    const timer = setTimeout(() => child.kill('SIGKILL'), HANG);
    try {
      const answer = once(child, 'message', { signal: died.signal });
      child.send(request);
      const [outcome] = (await answer) as [Outcome];
      return outcome;
    } catch {
      this.child = undefined;
      const detail = 'the process ran out of memory or hung';
      return { kind: 'failure', detail, from: '?', time: HANG, memory: 0 };
    } finally {
      clearTimeout(timer);
      child.removeAllListeners('exit');
    }
  }

  stop(): void {
    this.child?.kill();
  }
}

async function startWorker(): Promise<ChildProcess> {
  const heap = MAX_MEMORY / 1024 / 1024;
  const child = fork(WORKER, { execArgv: [`--max-old-space-size=${heap}`] });
  await once(child, 'message');
  return child;
}

/** What is wrong with an outcome, or undefined. */
function faultOf({ kind, detail, time, memory }: Outcome): string | undefined {
  if (kind === 'failure') return detail;
  if (time > MAX_TIME) return `took ${Math.round(time)} ms`;
  if (memory > MAX_MEMORY) return `needed ${Math.round(memory / 1024 / 1024)} MB`;
  return undefined;
}

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      'validate-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(options.seed);
  const first = Number(options.only ?? 0);
  const last = options.only === undefined ? Number(options.count) : first + 1;
  const kinds = new Map<string, number>();
  let failures = 0;
  let time = 0;
  let memory = 0;
  const worker = new Worker();
  for (let index = first; index < last; index++) {
    const outcome = await worker.run({ seed, index, validateOnly: options['validate-only'] });
    kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
    time = Math.max(time, outcome.time);
    memory = Math.max(memory, outcome.memory);
    const fault = faultOf(outcome);
    if (fault === undefined) continue;
    failures++;
    if (failures <= SHOWN_FAILURES) {
      console.error(`--seed ${seed} --only ${index} (from ${outcome.from}): ${fault}`);
    }
  }
  worker.stop();
  const counts = [...kinds].sort().map(([kind, count]) => `${count} ${kind}`);
  console.log(`${last - first} modules: ${counts.join(', ')}`);
  console.log(`slowest ${Math.round(time)} ms, memory ${Math.round(memory / 1024 / 1024)} MB`);
  console.log(`fuzz:mutate: ${last - first - failures} passed, ${failures} failed, 0 skipped`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
