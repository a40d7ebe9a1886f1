/**
 * The command `bench`: runs a program compiled by wasm2js, by the engine's own WebAssembly and by the
 * runtimes on the PATH, in turn, and prints what each took.
 */

import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isCommand } from '@wasm2js/codegen';
import { decodeModule, F32, F64, type FuncType, I32, I64, type Module } from '@wasm2js/decoder';
import { type CodeChoice, codeOptions, compileSource, type Source } from '../compile.js';
import { CliError, fileError, UsageError } from '../errors.js';
import { isComponent } from '../foreign.js';
import { imageGuest } from '../guest-image.js';
import { unpackFiles } from '../image/unpack.js';
import { type ImageChoice, readInput, toAnyBinary } from '../input.js';
import { runProcess } from '../measure/process.js';
import { acceptedFlags, optimisedFirst } from '../measure/v8.js';
import type { Preopens } from '../options.js';
import type { Progress } from '../progress.js';
import { checkFolders } from '../run.js';
import type { Measured, Work } from './child.js';
import { type Comparison, comparisonJson, comparisonText, type Figures } from './report.js';
import { type Command, findCommand, runtimes } from './runtimes.js';

/** A program to compare, and how. */
export interface BenchOptions extends CodeChoice, Omit<ImageChoice, 'args'> {
  input: string;
  /** Arguments of the program; left out, those of an image. */
  args?: string[] | undefined;
  preopens: Preopens;
  env: Record<string, string>;
  /** A file for standard input; without it there is none. */
  stdin?: string | undefined;
  /** An export to call instead of `_start`, with `args` as its arguments. */
  invoke?: string | undefined;
  rounds: number;
  /** Seconds that one run may take. */
  limit: number;
  json: boolean;
  progress: Progress;
}

/** Milliseconds that an export is called for in each process. */
const callBudget = 500;

/** Where a run is measured: this file's neighbour, and how this host starts a script. */
const child = fileURLToPath(new URL('./child.js', import.meta.url));
const hostGlobals = globalThis as unknown as Record<
  string,
  { version?: { deno?: string } | string }
>;
const isDeno = hostGlobals['Deno'] !== undefined;
const isBun = hostGlobals['Bun'] !== undefined;

const hostName = (): string => {
  if (isDeno) return `Deno ${process.versions['deno']}`;
  return isBun ? `Bun ${process.versions['bun']}` : `Node ${process.versions.node}`;
};

const hostArguments = (flags: readonly string[]): string[] => [
  ...process.execArgv,
  ...flags,
  ...(isDeno ? ['run', '-A'] : []),
  child,
];

/** Someone who is measured, and how one run of theirs is made. */
interface Contender {
  figures: Figures;
  run(): Promise<Partial<Measured> & { process: number; failure?: string | undefined }>;
}

const newFigures = (name: string): Figures => ({ name, load: [], run: [], first: [], process: [] });

/** A contender that runs in a child of this host. */
const hosted = (name: string, flags: readonly string[], work: Work, limit: number): Contender => ({
  figures: newFigures(name),
  async run() {
    const args = [...hostArguments(flags), JSON.stringify(work)];
    const ended = await runProcess(process.execPath, args, { limit });
    const { ms, code, failure, stdout, stderr } = ended;
    if (failure !== undefined) return { process: ms, failure };
    if (code !== 0) {
      const line = stderr.split('\n').find((text) => /\w*Error/.test(text)) ?? `exit code ${code}`;
      return { process: ms, failure: line.trim() };
    }
    return { process: ms, ...(JSON.parse(stdout.toString()) as Measured) };
  },
});

/** A runtime on the PATH. */
const external = (
  name: string,
  file: string,
  args: readonly string[],
  stdin: string | undefined,
  limit: number,
): Contender => ({
  figures: newFigures(name),
  async run() {
    const input = stdin === undefined ? undefined : openSync(stdin, 'r');
    try {
      const options = { limit, ...(input === undefined ? {} : { stdin: input }) };
      const { ms, code, failure, stdout } = await runProcess(file, args, options);
      const hash = createHash('sha256').update(stdout).digest('hex');
      return { process: ms, failure, outcome: `exit code ${code}, output ${hash}` };
    } finally {
      if (input !== undefined) closeSync(input);
    }
  },
});

/** Arguments of an export as the child takes them; fails for what cannot be written as a number. */
const exportArguments = (module: Module, name: string, args: readonly string[]): string[] => {
  const found = module.exports.find((item) => item.name === name && item.kind === 'func');
  if (found === undefined)
    throw new UsageError(`--invoke: there is no exported function "${name}"`);
  const { params } = module.types[module.funcTypes[found.index]!]!.comp as FuncType;
  if (params.length !== args.length) {
    throw new UsageError(
      `--invoke: "${name}" takes ${params.length} arguments, not ${args.length}`,
    );
  }
  return params.map((type, index) => {
    const text = args[index]!;
    if (![I32, I64, F32, F64].includes(type)) {
      throw new UsageError(`--invoke: argument ${index + 1} of "${name}" is no number`);
    }
    const pattern = type === I32 || type === I64 ? /^-?\d+$/ : /^-?(\d|\.\d)/;
    if (!pattern.test(text) || Number.isNaN(Number(text))) {
      throw new UsageError(`--invoke: "${text}" is no number for argument ${index + 1}`);
    }
    return type === I64 ? `${text}n` : text;
  });
};

/** Fails for a module that cannot be run as it was asked. */
const checkRunnable = (module: Module, name: string, invoke: string | undefined): void => {
  const foreign = module.imports.find((item) => !item.module.startsWith('wasi_'));
  if (foreign !== undefined) {
    throw new CliError(`${name}: it imports "${foreign.module}"; bench offers WASI alone`);
  }
  if (invoke === undefined && !isCommand(module)) {
    throw new CliError(`${name}: not a WASI command (--invoke EXPORT calls a function)`);
  }
};

/** Adds a run to a contender's figures; remembers what went wrong. */
const note = async ({ figures, run }: Contender): Promise<string | undefined> => {
  const { load, run: time, first, process: whole, failure, outcome, trap } = await run();
  if (failure !== undefined) {
    figures.problem = failure;
    return undefined;
  }
  if (load !== undefined) figures.load.push(load);
  if (time !== undefined) figures.run.push(time);
  if (first !== undefined) figures.first.push(first);
  figures.process.push(whole);
  if (trap !== undefined) figures.problem = `trapped: ${trap}`;
  return outcome;
};

/** Runs all in turn; the first contender's outcome is what the others must have. */
const runRounds = async (
  contenders: readonly Contender[],
  rounds: number,
  progress: Progress,
): Promise<boolean> => {
  let expected: string | undefined;
  let equal = true;
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      progress.update(round * contenders.length + index, rounds * contenders.length);
      const { figures } = contender;
      if (figures.problem !== undefined && figures.process.length === 0) continue;
      const outcome = await note(contender);
      if (outcome === undefined) continue;
      expected ??= outcome;
      if (outcome === expected) continue;
      figures.problem = `another result: ${outcome}, not ${expected}`;
      equal = false;
    }
  }
  return equal;
};

/** What this host runs: the file that it has compiled by wasm2js, and the one for its own WebAssembly. */
interface Contestants {
  compiled: Pick<Work, 'file' | 'kind'>;
  engine: Pick<Work, 'file' | 'kind'>;
  /** Does that need JSPI? */
  suspends: boolean;
}

/** The contenders of this host: compiled, the engine's own, the same optimised first. */
const hostContenders = (
  work: Omit<Work, 'file' | 'kind'>,
  files: Contestants,
  limit: number,
  skipped: Comparison['skipped'],
): Contender[] => {
  const compiled = hosted('wasm2js', [], { ...work, ...files.compiled }, limit);
  if (!('WebAssembly' in globalThis)) {
    skipped.push({ name: `WebAssembly of ${hostName()}`, reason: 'there is none' });
    return [compiled];
  }
  if (
    files.suspends &&
    !('Suspending' in (globalThis as unknown as { WebAssembly: object }).WebAssembly)
  ) {
    skipped.push({ name: `WebAssembly of ${hostName()}`, reason: 'without JSPI' });
    return [compiled];
  }
  const native: Work = { ...work, ...files.engine };
  const engine = hosted(`WebAssembly of ${hostName()}`, [], native, limit);
  const flags = isDeno || isBun ? [] : acceptedFlags(process.execPath, optimisedFirst);
  if (flags.length === 0 || work.invoke !== undefined) return [engine, compiled];
  return [engine, hosted('the same, optimised first', flags, native, limit), compiled];
};

const runtimeContenders = (
  command: Command,
  stdin: string | undefined,
  limit: number,
  skipped: Comparison['skipped'],
): Contender[] =>
  runtimes.flatMap(({ name, commandLine }) => {
    const file = findCommand(name);
    if (file !== undefined) return [external(name, file, commandLine(command), stdin, limit)];
    skipped.push({ name, reason: 'not on the PATH' });
    return [];
  });

const checkFile = async (path: string): Promise<void> => {
  try {
    await access(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
};

/** A program to compare: its binary, its script, and how it is called. */
interface Compared {
  wasm: Uint8Array;
  script: Buffer;
  buildMs: number;
  /** Of a component: the script whose core modules are the engine's. */
  hosted: Buffer | undefined;
  suspends: boolean;
  call: Work['invoke'];
}

/** Compiles what is compared; fails for what cannot be run as it was asked. */
const compileBoth = async (
  options: BenchOptions,
  bytes: Uint8Array,
  name: string,
  args: readonly string[],
): Promise<Compared> => {
  const { invoke, progress } = options;
  const binary = await toAnyBinary(bytes, name);
  const start = performance.now();
  const how = { format: 'cjs', data: 'inline', ...codeOptions(options) } as const;
  if (isComponent(binary)) {
    if (invoke !== undefined)
      throw new UsageError(`${name}: --invoke is for modules, and this is a component`);
    const { compileComponent } = await import('../component.js');
    const source: Source = { bytes: binary, name, wasi: 'auto', progress };
    const ours = { ...source, optimize: options.optimize };
    const { chunks, command, asynchronous } = await compileComponent(ours, { ...how, main: false });
    const buildMs = performance.now() - start;
    if (!command) throw new CliError(`${name}: this component does not export wasi:cli/run`);
    const hosted = await compileComponent(source, { ...how, main: false }, true);
    const text = (parts: readonly string[]): Buffer => Buffer.from(parts.join(''));
    return {
      wasm: binary,
      script: text(chunks),
      buildMs,
      hosted: text(hosted.chunks),
      suspends: asynchronous,
      call: undefined,
    };
  }
  const source: Source = { bytes, name, optimize: options.optimize, wasi: 'none', progress };
  const { chunks } = await compileSource(source, how);
  const script = Buffer.from(chunks.join(''));
  const buildMs = performance.now() - start;
  const module = decodeModule(binary);
  checkRunnable(module, name, invoke);
  const call =
    invoke === undefined
      ? undefined
      : { name: invoke, args: exportArguments(module, invoke, args), budget: callBudget };
  return { wasm: binary, script, buildMs, hosted: undefined, suspends: false, call };
};

/** Compares; returns the text to print, and whether all contenders agreed. */
export const bench = async (options: BenchOptions): Promise<{ text: string; equal: boolean }> => {
  const { input, stdin, invoke, rounds, progress } = options;
  await checkFolders(options.preopens);
  if (stdin !== undefined) await checkFile(stdin);
  progress.phase('reading');
  const { bytes, name, image } = await readInput(input, options);
  const own = image && imageGuest(image);
  const args = own === undefined || invoke !== undefined ? (options.args ?? []) : own.args.slice(1);
  const env = { ...own?.env, ...options.env };
  const compared = await compileBoth(options, bytes, name, args);
  const { wasm, script, buildMs, hosted: byEngine, suspends, call } = compared;

  const folder = await mkdtemp(join(tmpdir(), 'wasm2js-bench-'));
  try {
    // All contenders have the same folders, which are those of the disk for most of them.
    const preopens = {
      ...(image && (await unpackFiles(image, join(folder, 'files')))),
      ...options.preopens,
    };
    const program = basename(image?.path ?? name).replace(/\.wat$/i, '.wasm');
    const file = (called: string): string => join(folder, called);
    await writeFile(file('compiled.cjs'), script);
    await writeFile(file(program), wasm);
    if (byEngine !== undefined) await writeFile(file('engine.cjs'), byEngine);
    const files: Contestants =
      byEngine === undefined
        ? {
            compiled: { file: file('compiled.cjs'), kind: 'script' },
            engine: { file: file(program), kind: 'module' },
            suspends,
          }
        : {
            compiled: { file: file('compiled.cjs'), kind: 'component' },
            engine: { file: file('engine.cjs'), kind: 'component' },
            suspends,
          };
    const skipped: Comparison['skipped'] = [];
    const limit = options.limit * 1000;
    const work: Omit<Work, 'file' | 'kind'> = {
      args: [program, ...(call ? [] : args)],
      env,
      preopens,
      ...(stdin === undefined ? {} : { stdin }),
      ...(call ? { invoke: call } : {}),
    };
    const contenders = hostContenders(work, files, limit, skipped);
    const folders = Object.entries(preopens).map(
      ([guest, { directory }]) => [guest, String(directory)] as const,
    );
    const command = { wasm: file(program), args, folders, env: Object.entries(env) };
    if (call) skipped.push({ name: 'other runtimes', reason: 'only commands are' });
    else contenders.push(...runtimeContenders(command, stdin, limit, skipped));
    progress.phase('running');
    const equal = await runRounds(contenders, rounds, progress);
    progress.end();
    const comparison: Comparison = {
      input: name,
      title: [name, ...(invoke === undefined ? [] : [`--invoke ${invoke}`]), '--', ...args].join(
        ' ',
      ),
      rounds,
      steady: call !== undefined,
      buildMs,
      sizes: {
        wasm: wasm.length,
        wasmGzip: gzipSync(wasm).length,
        script: script.length,
        scriptGzip: gzipSync(script).length,
      },
      baseline: contenders[0]!.figures.name,
      contenders: contenders.map(({ figures }) => figures),
      skipped,
    };
    return { text: (options.json ? comparisonJson : comparisonText)(comparison), equal };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
