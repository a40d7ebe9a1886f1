/**
 * What the matrix runs: every kernel of bench/ in a size that an interpreter can bear, and the example
 * programs with their files in memory. Gives one text for all hosts, which prints a line for each program;
 * what a line must say comes from the engine's own WebAssembly and from the examples' expected output.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '@wasm2js/cli';
import { hostsRoot } from './table.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One row of the matrix. */
export interface Program {
  name: string;
  /** The script that defines a variable for it. */
  text: string;
  /** An expression that gives its result as text. */
  call: string;
  expected: string;
}

/** Sizes of the kernels whose time does not go with their size. */
const SIZES: Readonly<Record<string, number>> = {
  queens: 7,
  fannkuch: 6,
  fib: 17,
  fib64: 17,
  ackermann: 60,
  tak: 12,
};
/** How much smaller all others are than in the benchmarks. */
const SMALLER = 100;

const EXAMPLES = [
  { name: 'wordfreq', args: ['-n', '8', 'poem.txt'], file: 'poem.txt', expected: 'expected.txt' },
  { name: 'markdown', args: ['sample.md'], file: 'sample.md', expected: 'expected.html' },
  { name: 'primes', args: [], file: undefined, expected: 'expected.txt' },
];

/** The variable that a program's script defines. */
const variable = (name: string): string => `$${name.replaceAll('-', '_')}`;

/** Builds one module as a script; returns its text. */
async function script(input: string, name: string, folder: string): Promise<string> {
  const output = join(folder, `${name}.js`);
  await build({ input, output, format: 'iife', globalName: variable(name), dts: false });
  return readFileSync(output, 'utf8');
}

/** What is used of the engine's own WebAssembly. */
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Record<string, unknown> };
}

/** A kernel, with what the engine's own WebAssembly makes of it. */
async function kernel(name: string, size: number, folder: string): Promise<Program> {
  const input = join(root, 'bench/kernels/wasm', `${name}.wasm`);
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(input)));
  const expected = String((exports['run'] as (n: number) => unknown)(size));
  const text = await script(input, name, folder);
  return { name, text, call: `String(${variable(name)}.instantiate().run(${size}))`, expected };
}

/**
 * All programs of the matrix.
 * @param folder for files that building needs
 * @param only names; all when empty
 */
export async function programs(folder: string, only: readonly string[]): Promise<Program[]> {
  const manifest = JSON.parse(readFileSync(join(root, 'bench/kernels/manifest.json'), 'utf8')) as {
    kernels: { name: string; n: number }[];
  };
  const wanted = ({ name }: { name: string }): boolean => only.length === 0 || only.includes(name);
  const all: Program[] = [];
  for (const { name, n } of manifest.kernels.filter(wanted)) {
    all.push(await kernel(name, SIZES[name] ?? Math.ceil(n / SMALLER), folder));
  }
  for (const { name, args, file, expected } of EXAMPLES.filter(wanted)) {
    const read = (path: string): string => readFileSync(join(root, 'examples', name, path), 'utf8');
    const files = file === undefined ? {} : { [file]: read(file) };
    const text = await script(join(root, 'examples', name, `${name}.wasm`), name, folder);
    const options = `args: ${JSON.stringify([name, ...args])}, files: ${JSON.stringify(files)}`;
    const call = `checkOutput(${variable(name)}.run, { ${options} })`;
    all.push({ name, text, call, expected: JSON.stringify(`0 ${utf8(read(expected))}`) });
  }
  return all;
}

/** Text as one character for each of its bytes. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/**
 * The text that hosts run: defines `checks`, functions that each give a program's name, result and time.
 * @param skipped names of programs to leave out
 */
export function checksText(all: readonly Program[], skipped: ReadonlySet<string>): string {
  const rows = all.filter(({ name }) => !skipped.has(name));
  return `${rows.map(({ text }) => text).join('\n')}
function checkOutput(run, options) {
  let text = '';
  options.stdout = function (bytes) {
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
  };
  const code = run(options);
  return JSON.stringify(code + ' ' + text);
}
function check(name, call) {
  const start = Date.now();
  let result;
  try { result = call(); } catch (error) { result = 'error ' + error; }
  return '@@ ' + name + ' ' + (Date.now() - start) + ' ' + result;
}
const checks = [
${rows.map(({ name, call }) => `  function () { return check('${name}', function () { return ${call}; }); },`).join('\n')}
];
`;
}

/** What a shell adds to the text: every program, one after another, by the line. */
export const SHELL = `
const show = typeof print === 'function' && typeof document === 'undefined' ? print : console.log;
for (let i = 0; i < checks.length; i++) show(checks[i]());
`;

/** What workerd's test adds. */
export const WORKERD = `
export default { test() { for (let i = 0; i < checks.length; i++) console.log(checks[i]()); } };
`;

/** What a page adds: it tells its server, and does the next program in another task. */
export const PAGE = `
function next(i) {
  const text = i < checks.length ? checks[i]() : 'end';
  fetch('/line', { method: 'POST', body: text }).then(function () {
    if (i < checks.length) setTimeout(next, 0, i + 1);
  });
}
next(0);
`;

/** The part of TypeScript 5's interface that is used: later versions lower no classes. */
interface Transpiler {
  transpileModule(text: string, options: { compilerOptions: object }): { outputText: string };
}

/** The text lowered to ES5, for engines without classes; `undefined` where nothing can do it. */
export function lowered(text: string): string | undefined {
  let typescript: Transpiler;
  try {
    typescript = createRequire(join(hostsRoot, 'package.json'))('typescript-5') as Transpiler;
  } catch {
    return undefined;
  }
  return typescript.transpileModule(text, { compilerOptions: { target: 1 } }).outputText;
}
