/**
 * Measures one family in a process of its own: builds modules of growing size, and tells of each how long all
 * phases took (processor time) and how large the process has become.
 */
import { compile } from '@wasm2js/codegen';
import { decodeModule, type Module, UnsupportedError } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { families } from './families.js';

/** What the process is asked for. */
export interface Order {
  family: string;
  /** Size of the first module; each further one is twice as large. */
  first: number;
  /** Seconds: a module that took longer is the last. */
  longest: number;
  /** Seconds of building before anything is measured: what builds is compiled itself, first. */
  warm: number;
}

/** What one module took. */
export interface Point {
  size: number;
  /** Seconds of processor time. */
  time: number;
  /** Bytes of the process at its largest, so far, above what it had before the first module. */
  memory: number;
  /** Characters of the output. */
  text: number;
}

/** So often a module is built; its shortest time counts. */
const REPEATS = 3;

/** So many points there are, at least, if there are so many sizes: a line needs some. */
const LEAST = 3;

const OPTIONS = { format: 'iife', names: 'minify', data: 'inline' } as const;

/** All phases over a module. @returns number of characters of the output; undefined above the decoder's limits */
function build(bytes: Uint8Array): number | undefined {
  let module: Module;
  try {
    module = decodeModule(bytes);
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
  validateModule(module);
  return compile(module, OPTIONS).chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

process.on('message', ({ family: name, first, longest, warm }: Order) => {
  const family = families.find((item) => item.name === name)!;
  const points: Point[] = [];
  const small = family.make(Math.min(first, family.most));
  const begin = seconds();
  for (let i = 0; i < 10 && seconds() - begin < warm; i++) build(small);
  const before = process.resourceUsage().maxRSS;
  for (let size = first; ; size *= 2) {
    const bytes = family.make(Math.min(size, family.most));
    let time = Infinity;
    let text: number | undefined;
    // What takes little is built again: paths that a larger module is the first to take are not compiled yet.
    for (let i = 0; i < REPEATS && (i === 0 || time < longest); i++) {
      const start = seconds();
      text = build(bytes);
      time = Math.min(time, seconds() - start);
    }
    if (text === undefined) break;
    const memory = (process.resourceUsage().maxRSS - before) * 1024;
    points.push({ size: Math.min(size, family.most), time, memory, text });
    if ((time > longest && points.length >= LEAST) || size >= family.most) break;
  }
  process.send!(points, () => process.disconnect());
});
process.send!('ready');
