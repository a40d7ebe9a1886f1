/**
 * Engines without a JIT: `npm run bench -- --hosts nojit`. Gets kernels in sizes that an interpreter can bear, makes
 * one script of each for each contender, runs the scripts on every such host that is installed, rounds interleaved,
 * and gives a table: each contender's time in relation to binaryen's. What a script returns is compared with the
 * engine's own WebAssembly; a time is the least of all rounds, since the machine is others' too.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '@wasm2js/cli';
import { binaryenFeatures } from './contenders.js';
import { interpreterHosts, runScript } from './nojit-hosts.js';
import { benchRoot, packageFile } from './packages.js';
import { summaryOf } from './tables.js';

/** Kernels by name, with the sizes that they run in. */
type Sizes = Readonly<Record<string, number>>;

/** A list of kernels: that which the code generator is tuned on, or that which it never was. */
export interface KernelList {
  title: string;
  sizes: Sizes;
}

const read = (path: string): Sizes =>
  JSON.parse(readFileSync(join(benchRoot, path), 'utf8')) as Sizes;

/** The lists of kernels. */
export const kernelLists = (): KernelList[] => [
  { title: 'tuned on', sizes: read('nojit.json') },
  { title: 'hold-out', sizes: read('holdout/nojit.json') },
];

/** Makes the text of a script that defines `run`, a function of the kernel's size. */
type Make = (wasm: string, name: string, out: string) => Promise<string>;

const ours =
  (options: Partial<Parameters<typeof build>[0]>): Make =>
  async (input, name, out) => {
    const output = join(out, `${name}.ours.js`);
    await build({
      input,
      output,
      format: 'iife',
      globalName: 'kernel',
      dts: false,
      wasi: 'none',
      ...options,
    } as Parameters<typeof build>[0]);
    return `${readFileSync(output, 'utf8')}\nvar run = kernel.instantiate().run;`;
  };

const node = (tool: string, ...args: string[]): string =>
  execFileSync(process.execPath, [tool, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

function need(file: string): string {
  const found = packageFile(file);
  if (found === undefined) throw new Error(`${file} is not installed`);
  return found;
}

/**
 * binaryen's script; it hands the high word of an i64 to an import. Where its `wasm2js` refuses a module, a second
 * try lowers saturating conversions first.
 */
const binaryen: Make = async (wasm, name, out) => {
  const file = join(out, `${name}.binaryen.mjs`);
  const tool = need('binaryen/bin/wasm2js');
  try {
    node(tool, '-O2', ...binaryenFeatures, wasm, '-o', file);
  } catch {
    const lowered = file.replace(/mjs$/, 'wasm');
    const pass = '--llvm-nontrapping-fptoint-lowering';
    node(need('binaryen/bin/wasm-opt'), ...binaryenFeatures, pass, wasm, '-o', lowered);
    node(tool, '-O2', ...binaryenFeatures, lowered, '-o', file);
  }
  const text = readFileSync(file, 'utf8');
  const end = text.lastIndexOf('\nvar retasmFunc = ');
  if (end < 0) throw new Error('unknown form of output');
  return `${text.slice(0, end).replace(/^import \* as .*$/gm, '')}
var high = 0;
var run = asmFunc({ env: { setTempRet0: function (x) { high = x; }, getTempRet0: function () { return high; } } }).run;`;
};

const wasm2lang: Make = async (wasm) => {
  const tool = need('@coffeetales.net/wasm2lang/wasm2lang.js');
  const input = ['--language-out', 'javascript', '--input-file', wasm];
  const passes = ['--normalize-wasm', 'binaryen:max,wasm2lang:codegen'];
  const text = node(tool, ...input, ...passes, '--emit-code', 'code', '--emit-metadata', 'memory');
  return `${text}\nvar run = code(globalThis, {}, memory).run;`;
};

const polywasm: Make = async (wasm) => {
  const library = readFileSync(need('polywasm/index.js'), 'utf8');
  const end = library.lastIndexOf('export {');
  const bytes = JSON.stringify([...readFileSync(wasm)]);
  return `${library.slice(0, end)}
var run = new wasmAPI.Instance(new wasmAPI.Module(new Uint8Array(${bytes})), {}).exports.run;`;
};

/** Who is measured. */
export const CONTENDERS: Readonly<Record<string, Make>> = {
  'ours (jit)': ours({}),
  ours: ours({ optimizeFor: 'interpreter' }),
  'ours unchecked': ours({ optimizeFor: 'interpreter', uncheckedMemory: true }),
  binaryen,
  wasm2lang,
  polywasm,
};

/** Calls of one script: the first is warming up what little there is. */
const CALLS = 3;

/** What follows the definition of `run`: its result and its least time, in one line. */
const harness = (size: number, wide: boolean): string => `
(function () {
  var now = typeof process === 'object' && process.cpuUsage ? function () { return process.cpuUsage().user / 1000; }
    : typeof performance === 'object' ? function () { return performance.now(); }
    : typeof preciseTime === 'function' ? function () { return preciseTime() * 1000; } : Date.now;
  var best = Infinity, value;
  for (var i = 0; i < ${CALLS}; i++) {
    var start = now();
    value = run(${size});
    best = Math.min(best, now() - start);
  }
  var text = ${wide} && typeof value === 'number' ? high + ':' + (value | 0) : String(value);
  show('@@ ' + best + ' ' + text);
})();`;

interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Record<string, (n: number) => unknown> };
}

/** The result of a kernel by the engine's own WebAssembly, as a script may print it. */
function expected(wasm: string, size: number): { wide: boolean; texts: string[] } {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };
  const value = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm))).exports[
    'run'
  ]!(size);
  if (typeof value !== 'bigint') return { wide: false, texts: [String(value)] };
  const words = `${BigInt.asIntN(32, value >> 32n)}:${BigInt.asIntN(32, value)}`;
  return { wide: true, texts: [String(value), words] };
}

/** The least time of a contender with a kernel on a host, or what went wrong. */
interface Cell {
  list: string;
  kernel: string;
  host: string;
  contender: string;
  ms: number;
  error?: string;
}

/** Measures, with what is wanted of hosts, contenders and kernels by name. */
export async function measureNoJit(plan: {
  hosts: readonly string[] | undefined;
  contenders: readonly string[] | undefined;
  filter: readonly string[] | undefined;
  lists: readonly string[] | undefined;
  rounds: number;
  limit: number;
  out: string;
  progress(text: string): void;
}): Promise<string> {
  const out = join(plan.out, 'nojit');
  mkdirSync(out, { recursive: true });
  const all = interpreterHosts();
  const hosts = all.filter(
    ({ name, command }) => command !== undefined && (plan.hosts?.includes(name) ?? true),
  );
  const makers = Object.entries(CONTENDERS).filter(
    ([name]) => plan.contenders?.includes(name) ?? true,
  );
  const cells: Cell[] = [];
  for (const { title, sizes } of kernelLists()) {
    if (!(plan.lists?.includes(title) ?? true)) continue;
    for (const [kernel, size] of Object.entries(sizes)) {
      if (!(plan.filter?.some((text) => kernel === text) ?? true)) continue;
      const wasm = join(benchRoot, 'kernels/wasm', `${kernel}.wasm`);
      const { wide, texts } = expected(wasm, size);
      const scripts: [string, string][] = [];
      for (const [contender, make] of makers) {
        try {
          const text = `${await make(wasm, kernel, out)}\n${harness(size, wide)}`;
          scripts.push([contender, text]);
        } catch (error) {
          const message = (error as Error).message.split('\n')[0]!;
          for (const { name } of hosts)
            cells.push({
              list: title,
              kernel,
              host: name,
              contender,
              ms: Infinity,
              error: message,
            });
        }
      }
      for (let round = 0; round < plan.rounds; round++)
        for (const host of hosts)
          for (const [contender, text] of scripts) {
            plan.progress(`${kernel} ${host.name} ${contender} round ${round + 1}`);
            const cell = cellOf(cells, { list: title, kernel, host: host.name, contender });
            const answer = await runScript(host, text, join(out, `${host.name}.js`), plan.limit);
            const [, ms, value] = /@@ (\S+) (\S*)/.exec(answer) ?? [];
            if (ms === undefined)
              cell.error = answer.trim().split('\n').at(-1)?.slice(0, 120) ?? '';
            else if (!texts.includes(value!)) cell.error = `wrong result ${value}, not ${texts[0]}`;
            else cell.ms = Math.min(cell.ms, Number(ms));
          }
      // Behind each kernel, so that what ends a long session early does not take all.
      writeFileSync(join(plan.out, 'nojit.json'), `${JSON.stringify(cells, null, 1)}\n`);
    }
  }
  const missing = all.filter(({ command }) => command === undefined);
  return `${table(cells)}${missing.map(({ name, from }) => `\n${name}: not installed (${from})`).join('')}\n`;
}

/** The cell of a measurement, made where it is new. */
function cellOf(cells: Cell[], key: Omit<Cell, 'ms'>): Cell {
  const found = cells.find(
    ({ list, kernel, host, contender }) =>
      list === key.list &&
      kernel === key.kernel &&
      host === key.host &&
      contender === key.contender,
  );
  if (found !== undefined) return found;
  const cell = { ...key, ms: Infinity };
  cells.push(cell);
  return cell;
}

/** The measurements as a table, by list and host: geometric mean and worst of the ratios to binaryen's time. */
function table(cells: readonly Cell[]): string {
  const lines: string[] = [];
  const names = [...new Set(cells.map(({ contender }) => contender))].filter(
    (n) => n !== 'binaryen',
  );
  const good = (cell: Cell | undefined): cell is Cell =>
    cell !== undefined && cell.error === undefined && cell.ms < Infinity;
  for (const list of new Set(cells.map((cell) => cell.list))) {
    lines.push('', `Time, binaryen -O2 = 1, kernels ${list}: geometric mean (worst)`, '');
    lines.push(`| host | ${names.join(' | ')} |`, `|---|${names.map(() => '--:|').join('')}`);
    for (const host of new Set(cells.map((cell) => cell.host))) {
      const here = cells.filter((cell) => cell.list === list && cell.host === host);
      const row = names.map((name) => {
        const ratios = here.flatMap((cell) => {
          const peer = here.find((o) => o.kernel === cell.kernel && o.contender === 'binaryen');
          return cell.contender === name && good(cell) && good(peer)
            ? [{ benchmark: cell.kernel, value: cell.ms / peer.ms }]
            : [];
        });
        const summary = summaryOf(ratios);
        if (summary === undefined) return '–';
        const { geomean, worst, count } = summary;
        return `${geomean.toFixed(2)} (${worst.benchmark} ${worst.value.toFixed(2)}, n=${count})`;
      });
      lines.push(`| ${host} | ${row.join(' | ')} |`);
    }
  }
  for (const { kernel, host, contender, error } of cells)
    if (error !== undefined) lines.push(`failed: ${kernel}, ${host}, ${contender}: ${error}`);
  return lines.join('\n');
}
