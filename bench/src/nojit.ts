/**
 * Engines without a JIT: `npm run bench -- --hosts nojit`. Gets kernels and programs in sizes that an interpreter can bear, makes
 * one script of each for each contender, runs the scripts on every such host that is installed, rounds interleaved,
 * and gives a table: each contender's time in relation to binaryen's. What a script returns is compared with the
 * engine's own WebAssembly; a time is the least of all rounds, since the machine is others' too.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '@wasm2js/cli';
import { binaryenFeatures } from './contenders.js';
import { type InterpreterHost, interpreterHosts, processTime, runScript } from './nojit-hosts.js';
import { expectedOf, type Item, itemLists } from './nojit-programs.js';
import { packageFile } from './packages.js';
import { summaryOf } from './tables.js';

/** Makes the text of a script that defines `instantiate`, a function of the imports that gives the exports. */
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
    return `${readFileSync(output, 'utf8')}\nvar instantiate = kernel.instantiate;`;
  };

const node = (tool: string, ...args: string[]): string =>
  execFileSync(process.execPath, [tool, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
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
var instantiate = function (imports) { return asmFunc(Object.assign({ env: {} }, imports)); };
instantiate.Memory = function (limits) { this.buffer = new ArrayBuffer(65536 * limits.initial); };`;
};

const wasm2lang: Make = async (wasm) => {
  const tool = need('@coffeetales.net/wasm2lang/wasm2lang.js');
  const input = ['--language-out', 'javascript', '--input-file', wasm];
  const passes = ['--normalize-wasm', 'binaryen:max,wasm2lang:codegen'];
  const text = node(tool, ...input, ...passes, '--emit-code', 'code', '--emit-metadata', 'memory');
  return `${text}\nvar instantiate = function (imports) {
  var names = Object.keys(imports).map(function (name) { return imports[name]; });
  return Object.assign({ memory: { buffer: memory } }, code(globalThis, Object.assign.apply(null, [{}].concat(names)), memory));
};`;
};

const polywasm: Make = async (wasm) => {
  const library = readFileSync(need('polywasm/index.js'), 'utf8');
  const end = library.lastIndexOf('export {');
  const bytes = JSON.stringify([...readFileSync(wasm)]);
  return `${library.slice(0, end)}
var instantiate = function (imports) {
  return new wasmAPI.Instance(new wasmAPI.Module(new Uint8Array(${bytes})), imports).exports;
};
instantiate.Memory = wasmAPI.Memory;`;
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
const harness = ({ size, wide }: Item, calls: number): string => `
(function () {
  var now = typeof process === 'object' && process.cpuUsage ? function () { var c = process.cpuUsage(); return (c.user + c.system) / 1000; }
    : typeof performance === 'object' ? function () { return performance.now(); }
    : typeof preciseTime === 'function' ? function () { return preciseTime() * 1000; } : Date.now;
  var best = Infinity, value;
  for (var i = 0; i < ${calls}; i++) {
    var start = now();
    value = run(${size});
    best = Math.min(best, now() - start);
  }
  var text = ${wide} && typeof value === 'number' ? high + ':' + (value | 0) : String(value);
  show('@@ ' + best + ' ' + text);
})();`;

/**
 * Runs a script in a fresh process.
 * @returns its least time and its result, or what went wrong
 */
async function measured(
  host: InterpreterHost,
  text: string,
  item: Item,
  file: string,
  limit: number,
): Promise<{ ms: number; value: string } | string> {
  const answer = await runScript(host, `${text}\n${harness(item, CALLS)}`, file, limit);
  const [, ms, value] = /@@ (\S+) (.*)/.exec(answer) ?? [];
  if (ms === undefined) return answer.trim().split('\n').at(-1)?.slice(0, 120) ?? '';
  if (host.clock !== 'process') return { ms: Number(ms), value: value! };
  // What starting and parsing take is in none of the others' times.
  const idle = await runScript(host, `${text}\n${harness(item, 0)}`, file, limit);
  return { ms: (processTime(answer) - processTime(idle)) / CALLS, value: value! };
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
  const absent: string[] = [];
  for (const { title, items } of itemLists()) {
    if (!(plan.lists?.includes(title) ?? true)) continue;
    for (const item of items) {
      const { name: kernel, wasm } = item;
      if (!(plan.filter?.some((text) => kernel === text) ?? true)) continue;
      if (wasm === undefined) {
        absent.push(kernel);
        continue;
      }
      const texts = expectedOf(item, CALLS);
      const scripts: [string, string][] = [];
      for (const [contender, make] of makers) {
        try {
          scripts.push([contender, `${await make(wasm, kernel, out)}\n${item.script}`]);
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
            const file = join(out, `${host.name}.js`);
            const found = await measured(host, text, item, file, plan.limit);
            if (typeof found === 'string') cell.error = found;
            else if (!texts.includes(found.value))
              cell.error = `wrong result ${found.value}, not ${texts[0]}`;
            else cell.ms = Math.min(cell.ms, found.ms);
          }
      // Behind each kernel, so that what ends a long session early does not take all.
      writeFileSync(join(plan.out, 'nojit.json'), `${JSON.stringify(cells, null, 1)}\n`);
    }
  }
  const missing = all.filter(({ command }) => command === undefined);
  const packages = absent.map((name) => `\n${name}: its package is not installed`).join('');
  return `${table(cells)}${packages}${missing.map(({ name, from }) => `\n${name}: not installed (${from})`).join('')}\n`;
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
