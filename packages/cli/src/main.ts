/** The command line: parses arguments, runs one command. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { OptimizeFor } from '@wasm2js/codegen';
import yargs, { type Argv } from 'yargs';
import type { AdoptOptions } from './adopt/index.js';
import { bench } from './bench/index.js';
import { type BuildOptions, build } from './build.js';
import { ExitCode, UsageError } from './errors.js';
import { parseHybrid } from './hybrid.js';
import { inspect } from './inspect.js';
import {
  parseDirs,
  parseEnv,
  parseImageLimits,
  parseJobs,
  parseLevel,
  parseListeners,
  parseStackSize,
  prepareArguments,
  streamName,
} from './options.js';
import { writeStdout } from './output.js';
import type { PrecompileOptions } from './precompile/index.js';
import { createProgress, printNotes } from './progress.js';
import { type RunOptions, runProgram } from './run.js';
import { guard } from './shell.js';
import { validate } from './validate.js';

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

const input = <T>(command: Argv<T>) =>
  command.positional('input', {
    type: 'string',
    demandOption: true,
    describe:
      'A .wasm or .wat file, an image (layout, archive, oci:PATH[:TAG], docker://…), or - for standard input',
  });

/** Options of all commands that take an image in place of a module. */
const imageInputFlags = <T>(command: Argv<T>) =>
  command
    .option('platform', {
      type: 'string',
      requiresArg: true,
      describe: 'Which of an image: OS/ARCHITECTURE [default: the one for WebAssembly]',
    })
    .option('image-limit', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'Bound on an image, NAME=NUMBER[K|M|G], see docs/containers.md; repeatable',
    });

const compileFlags = <T>(command: Argv<T>) =>
  imageInputFlags(command)
    .option('optimize', {
      type: 'string',
      requiresArg: true,
      describe: 'Run wasm-opt first; also -O, -O0 … -O4, -Os, -Oz [needs binaryen]',
    })
    .option('names', {
      choices: ['keep', 'minify'] as const,
      default: 'keep' as const,
      describe: 'Function names from the name section, or short ones',
    })
    .option('builtins', {
      choices: ['js-string', 'none'] as const,
      default: 'js-string' as const,
      describe: 'Builtin functions that imports of their modules stand for',
    })
    .option('string-constants', {
      type: 'string',
      requiresArg: true,
      describe: 'Globals imported from a module of this name are strings: their own names',
    })
    .option('large-memory', {
      type: 'boolean',
      default: false,
      describe: 'Let memories grow beyond 2 GiB (slower code)',
    })
    .option('optimize-for', {
      choices: ['jit', 'interpreter', 'size'] as const,
      default: 'jit' as const,
      describe: 'Make code for engines with a JIT, without one, or the least of it',
    })
    .option('unchecked-memory', {
      type: 'boolean',
      default: false,
      describe: 'No traps on memory: accesses are taken to be aligned and in bounds',
    });

const buildFlags = <T>(command: Argv<T>) =>
  compileFlags(input(command))
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'The file to write, or - for standard output',
    })
    .option('format', {
      choices: ['esm', 'cjs', 'iife'] as const,
      describe: 'Kind of script [default: cjs for .cjs, else esm]',
    })
    .option('global-name', {
      type: 'string',
      requiresArg: true,
      describe: 'Variable that an iife is assigned to, or property: a.b.c',
    })
    .option('data', {
      choices: ['inline', 'file'] as const,
      default: 'inline' as const,
      describe: 'Data segments in the script, or in one file beside it',
    })
    .option('exports', {
      type: 'string',
      requiresArg: true,
      describe: 'Exports that are wanted, separated by commas; others are left out [default: all]',
    })
    .option('hybrid', {
      type: 'string',
      describe:
        'Use WebAssembly where the host has it; bytes in a file or inline, loaded by await or sync: --hybrid=inline,sync',
    })
    .option('suspendable', {
      type: 'boolean',
      default: false,
      describe:
        'Let imports suspend what calls them (JavaScript Promise Integration; twice the code)',
    })
    .option('wasi', {
      choices: ['auto', 'bundle', 'import', 'none'] as const,
      default: 'auto' as const,
      describe: 'WASI of a command: bundled, imported from npm, or left to you; auto bundles',
    })
    .option('jobs', {
      type: 'string',
      requiresArg: true,
      describe: 'Threads to compile with [default: by the size of the module]',
    })
    .option('source-map', {
      choices: ['external', 'inline'] as const,
      describe: 'Write a source map, beside the script (--source-map alone) or into it',
    })
    .option('sources-content', {
      type: 'boolean',
      default: false,
      describe: 'Put the sources that DWARF names into the map',
    })
    .option('dts', {
      type: 'boolean',
      default: true,
      describe: 'Write type declarations beside the script (--no-dts: do not)',
    });

const guestFlags = <T>(command: Argv<T>) =>
  compileFlags(input(command))
    .option('dir', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'Folder the program may use: HOST[::GUEST[::ro]]; repeatable',
    })
    .option('env', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'Environment variable: NAME=VALUE, or NAME to pass its value on; repeatable',
    });

const runFlags = <T>(command: Argv<T>) =>
  guestFlags(command)
    .option('tcplisten', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'Address HOST:PORT the program may accept connections on; repeatable',
    })
    .option('stack-size', {
      type: 'string',
      requiresArg: true,
      describe: 'Stack of the program in MB, 1 to 1024 [default: the host’s, about 1]',
    })
    .option('argv0', {
      type: 'string',
      requiresArg: true,
      describe: 'Name the program is told it has [default: the file name]',
    })
    .option('host', {
      type: 'string',
      requiresArg: true,
      describe: 'JavaScript module that runs the program, where it needs more than WASI',
    });

const benchFlags = <T>(command: Argv<T>) =>
  guestFlags(command)
    .option('stdin', {
      type: 'string',
      requiresArg: true,
      describe: 'File for standard input [default: empty]',
    })
    .option('invoke', {
      type: 'string',
      requiresArg: true,
      describe: 'Call this export with the arguments until it is steady, instead of _start',
    })
    .option('rounds', {
      type: 'number',
      requiresArg: true,
      default: 5,
      describe: 'How often each is run, in turn',
    })
    .option('limit', {
      type: 'number',
      requiresArg: true,
      default: 120,
      describe: 'Seconds that one run may take',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' });

const precompileFlags = <T>(command: Argv<T>) =>
  command
    .positional('inputs', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'Files, folders, or names of installed packages',
    })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'The file that registers the modules: .js, .mjs or .cjs',
    })
    .option('split', {
      type: 'boolean',
      default: false,
      describe: 'A file for each module beside it, loaded when it is asked for',
    })
    .option('suspendable', {
      type: 'boolean',
      default: false,
      describe: 'Let functions wait for promises (JavaScript Promise Integration); larger',
    })
    .option('exclude', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'Files to leave out: a name, or a pattern with * and **; repeatable',
    });

const adoptFlags = <T>(command: Argv<T>) =>
  command
    .positional('input', { type: 'string', demandOption: true, describe: 'The folder' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'The copy, a new folder',
    })
    .option('exclude', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe:
        'Files whose modules are left alone: a name, or a pattern with * and **; repeatable',
    });

interface ImageArguments {
  platform?: string;
  'image-limit': string[];
}
interface StringArguments extends ImageArguments {
  builtins: 'js-string' | 'none';
  'string-constants'?: string;
}
/** The values that yargs has checked against the options above. */
interface BuildArguments
  extends StringArguments,
    Pick<BuildOptions, 'output' | 'format' | 'data' | 'wasi' | 'dts' | 'names'> {
  input: string;
  'global-name'?: string;
  exports?: string;
  hybrid?: string;
  suspendable: boolean;
  'source-map'?: 'external' | 'inline';
  'sources-content': boolean;
  jobs?: string;
  'large-memory': boolean;
  'optimize-for': OptimizeFor;
  'unchecked-memory': boolean;
  optimize?: string;
}
interface RunArguments
  extends StringArguments,
    Pick<RunOptions, 'input' | 'argv0' | 'names' | 'host'> {
  'large-memory': boolean;
  'optimize-for': OptimizeFor;
  'unchecked-memory': boolean;
  optimize?: string;
  dir: string[];
  env: string[];
  tcplisten: string[];
  'stack-size'?: string;
  '--'?: string[];
}

interface BenchArguments
  extends StringArguments,
    Pick<
      RunArguments,
      'input' | 'names' | 'large-memory' | 'optimize-for' | 'unchecked-memory' | 'dir'
    > {
  optimize?: string;
  env: string[];
  stdin?: string;
  invoke?: string;
  rounds: number;
  limit: number;
  json: boolean;
  '--'?: string[];
}

const imageChoice = ({ platform, 'image-limit': limits }: ImageArguments) => ({
  platform,
  imageLimits: limits.length === 0 ? undefined : parseImageLimits(limits),
});

const levelOf = ({ optimize }: { optimize?: string }) =>
  optimize === undefined ? undefined : parseLevel(optimize);

const runBuild = async (args: BuildArguments): Promise<void> => {
  const progress = createProgress(basename(args.input));
  try {
    const { format, data, wasi, dts, names } = args;
    const { notes } = await build({
      input: streamName(args.input),
      output: streamName(args.output),
      format,
      globalName: args['global-name'],
      data,
      wasi,
      hybrid: args.hybrid === undefined ? undefined : parseHybrid(args.hybrid),
      exports: args.exports?.split(','),
      suspendable: args.suspendable,
      ...imageChoice(args),
      dts,
      names,
      largeMemory: args['large-memory'],
      optimizeFor: args['optimize-for'],
      uncheckedMemory: args['unchecked-memory'],
      builtins: args.builtins === 'none' ? [] : [args.builtins],
      importedStringConstants: args['string-constants'],
      optimize: levelOf(args),
      jobs: args.jobs === undefined ? undefined : parseJobs(args.jobs),
      sourceMap: args['source-map'],
      sourcesContent: args['sources-content'],
      progress,
    });
    progress.end();
    printNotes(notes);
  } finally {
    progress.end();
  }
};

const runPrecompile = async (args: PrecompileOptions): Promise<void> => {
  const { precompile } = await import('./precompile/index.js');
  const progress = createProgress('modules');
  const { inputs, output, split, suspendable, exclude } = args;
  try {
    const { modules, refused } = await precompile({
      inputs,
      output,
      split,
      suspendable,
      exclude,
      progress,
    });
    const lines = modules.map(({ path, form, size }) => `${path}: ${size} bytes (${form})\n`);
    await writeStdout(lines);
    for (const { path, reason } of refused) {
      process.stderr.write(`wasm2js: warning: left out ${path}: ${reason.replace(/\s+/g, ' ')}\n`);
    }
  } finally {
    progress.end();
  }
};

const runAdopt = async ({ input, output, exclude }: AdoptOptions): Promise<void> => {
  const { adopt } = await import('./adopt/index.js');
  const progress = createProgress('modules');
  try {
    const { modules, refused, files, left } = await adopt({ input, output, exclude, progress });
    progress.end();
    await writeStdout([
      ...modules.map(({ path, form, size }) => `built ahead: ${path}: ${size} bytes (${form})\n`),
      ...files.map(({ path, change }) => `${change}: ${path}\n`),
    ]);
    for (const { path, reason } of refused)
      process.stderr.write(`wasm2js: warning: left out ${path}: ${reason.replace(/\s+/g, ' ')}\n`);
    for (const path of left)
      process.stderr.write(`wasm2js: warning: left as it is: ${path}: it is no JavaScript\n`);
  } finally {
    progress.end();
  }
};

const runRun = async (args: RunArguments): Promise<number> => {
  const progress = createProgress(basename(args.input));
  try {
    return await runProgram({
      input: streamName(args.input),
      args: args['--']?.map(String),
      ...imageChoice(args),
      argv0: args.argv0,
      host: args.host,
      preopens: parseDirs(args.dir),
      env: parseEnv(args.env),
      listeners: parseListeners(args.tcplisten),
      stackSize: args['stack-size'] === undefined ? undefined : parseStackSize(args['stack-size']),
      names: args.names,
      largeMemory: args['large-memory'],
      optimizeFor: args['optimize-for'],
      uncheckedMemory: args['unchecked-memory'],
      builtins: args.builtins === 'none' ? [] : [args.builtins],
      importedStringConstants: args['string-constants'],
      optimize: levelOf(args),
      progress,
    });
  } finally {
    progress.end();
  }
};

const positive = (name: string, value: number): number => {
  if (value > 0) return value;
  throw new UsageError(`--${name} takes a positive number`);
};

const runBench = async (args: BenchArguments): Promise<number> => {
  const progress = createProgress(basename(args.input));
  try {
    const { text, equal } = await bench({
      input: streamName(args.input),
      args: args['--']?.map(String),
      ...imageChoice(args),
      preopens: parseDirs(args.dir),
      env: parseEnv(args.env),
      stdin: args.stdin,
      invoke: args.invoke,
      rounds: Math.ceil(positive('rounds', args.rounds)),
      limit: positive('limit', args.limit),
      json: args.json,
      names: args.names,
      largeMemory: args['large-memory'],
      optimizeFor: args['optimize-for'],
      uncheckedMemory: args['unchecked-memory'],
      builtins: args.builtins === 'none' ? [] : [args.builtins],
      importedStringConstants: args['string-constants'],
      optimize: levelOf(args),
      progress,
    });
    await writeStdout([text]);
    return equal ? ExitCode.ok : ExitCode.failure;
  } finally {
    progress.end();
  }
};

/** Runs the command that `argv` (without node and the script) asks for; returns the exit code. */
const execute = async (argv: readonly string[]): Promise<number> => {
  let exitCode: number = ExitCode.ok;
  const parser = yargs()
    .scriptName('wasm2js')
    .usage('Compiles WebAssembly to JavaScript ahead of time.\n\nUsage: $0 COMMAND')
    .parserConfiguration({
      'populate--': true,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'unknown-options-as-args': false,
    })
    .command(
      'build <input>',
      'Compile a module to a script',
      (command) => buildFlags(command).usage('Usage: $0 build IN -o OUT'),
      (args) => runBuild(args as unknown as BuildArguments),
    )
    .command(
      'precompile <inputs..>',
      'Build all modules of files, folders and packages for @wasm2js/webassembly',
      (command) => precompileFlags(command).usage('Usage: $0 precompile PATH... -o OUT'),
      (args) => runPrecompile(args as unknown as PrecompileOptions),
    )
    .command(
      'adopt <input>',
      'Copy a finished site or package so that it runs where WebAssembly is missing',
      (command) => adoptFlags(command).usage('Usage: $0 adopt FOLDER -o OUT'),
      (args) => runAdopt(args as unknown as AdoptOptions),
    )
    .command(
      'run <input>',
      'Compile a program in memory and run it',
      (command) => runFlags(command).usage('Usage: $0 run IN [options] -- [arguments]'),
      async (args) => {
        exitCode = await runRun(args as unknown as RunArguments);
      },
    )
    .command(
      'bench <input>',
      'Compare a program compiled with WebAssembly here and with runtimes on the PATH',
      (command) => benchFlags(command).usage('Usage: $0 bench IN [options] -- [arguments]'),
      async (args) => {
        exitCode = await runBench(args as unknown as BenchArguments);
      },
    )
    .command(
      'validate <input>',
      'Check that a module is valid',
      (command) => imageInputFlags(input(command)).usage('Usage: $0 validate IN'),
      (args) => validate(streamName(args.input), imageChoice(args)),
    )
    .command(
      'inspect <input>',
      'Show sections, imports, exports, features and sizes',
      (command) =>
        imageInputFlags(input(command))
          .usage('Usage: $0 inspect IN')
          .option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
      async (args) =>
        writeStdout([await inspect(streamName(args.input), args.json, imageChoice(args))]),
    )
    .option('debug', {
      type: 'boolean',
      default: false,
      describe: 'Print stack traces of errors (also WASM2JS_DEBUG=1)',
    })
    .demandCommand(1, 'a command is needed: build, precompile, run, bench, validate or inspect')
    .check(checkOnce)
    .strictCommands()
    .strict()
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .epilogue('Exit codes: 0 done, 1 failed, 2 wrong usage; of run: the program’s own, 134 a trap.')
    .exitProcess(false)
    .fail((message, error) => {
      // The parser's own errors come with a message, or as one of its class.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(usageMessage(message ?? error.message));
    });
  await parser.parseAsync(prepareArguments(argv));
  return exitCode;
};

const repeatable = new Set([
  '_',
  '--',
  'dir',
  'env',
  'tcplisten',
  'inputs',
  'exclude',
  'image-limit',
]);

/** Options that take one value must not be given twice: which one was meant? */
const checkOnce = (args: Record<string, unknown>): true => {
  for (const [name, value] of Object.entries(args)) {
    if (!Array.isArray(value) || repeatable.has(name)) continue;
    throw new UsageError(`${name.length > 1 ? '--' : '-'}${name} is given more than once`);
  }
  return true;
};

const usageMessage = (message: string): string => {
  if (message.startsWith('Not enough non-option arguments')) message = 'an input is needed';
  const first = message.charAt(0).toLowerCase() + message.slice(1);
  return `${first.replace(/\s*\n\s*/g, ' ')} (see wasm2js --help)`;
};

/** Runs the command line; sets the exit code of the process and never throws. */
export const main = (argv: readonly string[]): Promise<void> => guard(argv, execute);
