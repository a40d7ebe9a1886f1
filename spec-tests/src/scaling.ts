/**
 * `npm run scaling`: how time and memory of a build grow with its input, on generated families of modules. Prints
 * the exponents, and fails where one is above the limit: a build is linear in its input.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exponent } from './scaling/exponent.js';
import { families } from './scaling/families.js';
import type { Order, Point } from './scaling/worker.js';

const USAGE = `npm run scaling -- [options]
  --only WORD     only families whose names have this word
  --quick         up to a fifth of a second for each module, instead of three: finds what is quadratic;
                  a family above the limit is measured again at greater length
  --longest S     up to so many seconds for each module
  --limit E       the greatest exponent (1.2; 1.75 with --quick, where V8 still warms up and functions begin to be split)`;

const WORKER = fileURLToPath(new URL('./scaling/worker.js', import.meta.url));
/**
 * A family is measured again where it is above the limit, each time with modules that take so much longer: the machine
 * may have been busy, and short builds show how the engine warms up and where functions begin to be split, which
 * longer ones leave behind. What grows too fast does so all the more.
 */
const ATTEMPTS = 3;
const LONGER = 4;
/** Seconds for a module, where it is not asked to be quick. */
const FULL = 3;
/** Seconds and bytes below which nothing is fitted: up to there memory grows as the collector likes. */
const FLOORS = { time: 0.02, memory: 48 << 20 };

async function measure(order: Order): Promise<Point[]> {
  const child = fork(WORKER);
  const died = new AbortController();
  child.once('exit', () => died.abort());
  await once(child, 'message');
  child.send(order);
  try {
    const [points] = (await once(child, 'message', { signal: died.signal })) as [Point[]];
    return points;
  } catch {
    throw new Error(`the process that builds "${order.family}" died`);
  }
}

interface Result {
  time: number | undefined;
  memory: number | undefined;
  last: Point;
}

const worst = ({ time = 0, memory = 0 }: Result): number => Math.max(time, memory);

/** The best of several measurements, at most, each longer; the first that is within the limit is the last. */
async function examine(order: Order, limit: number): Promise<Result> {
  let best: Result | undefined;
  for (let i = 0; i < ATTEMPTS; i++) {
    const points = await measure({
      ...order,
      longest: Math.max(order.longest, Math.min(order.longest * LONGER ** i, FULL)),
    });
    const fit = (key: 'time' | 'memory'): number | undefined =>
      exponent(
        points.map((point) => ({ size: point.size, value: point[key] })),
        FLOORS[key],
      );
    const result = { time: fit('time'), memory: fit('memory'), last: points[points.length - 1]! };
    if (best === undefined || worst(result) < worst(best)) best = result;
    if (worst(best) <= limit) break;
  }
  return best!;
}

const figure = (value: number | undefined): string => (value?.toFixed(2) ?? '–').padStart(6);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean' },
      longest: { type: 'string' },
      limit: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { quick = false } = values;
  const order = {
    first: quick ? 700 : 1000,
    longest: Number(values.longest ?? (quick ? 0.2 : FULL)),
    warm: quick ? 0.2 : 0.5,
  };
  const limit = Number(values.limit ?? (quick ? 1.75 : 1.2));
  const chosen = families.filter(({ name }) => name.includes(values.only ?? ''));
  let failed = 0;
  console.log('  time  memory      size   seconds    MB  MB of text  family');
  const report = (name: string, result: Result): void => {
    const { size, time, memory, text } = result.last;
    const above = worst(result) > limit;
    if (above) failed++;
    const columns = [
      figure(result.time),
      figure(result.memory),
      String(size).padStart(9),
      time.toFixed(2).padStart(9),
      (memory / 2 ** 20).toFixed(0).padStart(5),
      (text / 1e6).toFixed(2).padStart(11),
    ];
    console.log(`${columns.join(' ')}  ${name}${above ? '  ABOVE' : ''}`);
  };
  // As many at a time as there are processors: it is their time that is measured.
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < chosen.length) {
      const { name } = chosen[next++]!;
      report(name, await examine({ family: name, ...order }, limit));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(`scaling: ${chosen.length - failed} passed, ${failed} failed, 0 skipped`);
  if (failed > 0) process.exitCode = 1;
}

await main();
