/** The command line: parses arguments, runs one command. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import yargs from 'yargs';
import type { AdoptOptions } from './adopt/index.js';
import type { CodeChoice } from './compile.js';
import { ExitCode, UsageError } from './errors.js';
import {
  adoptFlags,
  type BenchArguments,
  type BuildArguments,
  benchFlags,
  buildFlags,
  type CompileArguments,
  type ImageArguments,
  type ImageCommandArguments,
  imageFlags,
  imageInputFlags,
  input,
  type LimitArguments,
  precompileFlags,
  type RunArguments,
  runFlags,
} from './flags.js';
import { parseHybrid } from './hybrid.js';
import {
  checkValues,
  LONGEST_TIME,
  parseDirs,
  parseEnv,
  parseFuel,
  parseImageLimits,
  parseJobs,
  parseLevel,
  parseListeners,
  parseMegabytes,
  parseNetwork,
  parseNumber,
  parsePairs,
  parseStackSize,
  prepareArguments,
  withStreams,
} from './options.js';
import { writeStdout } from './output.js';
import type { PrecompileOptions } from './precompile/index.js';
import { createProgress, printNotes } from './progress.js';
import { type ServeArguments, serveFlags, serveOptions } from './serve/flags.js';
import { guard } from './shell.js';

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

const imageBounds = ({ 'image-limit': limits }: Pick<ImageArguments, 'image-limit'>) => ({
  imageLimits: limits.length === 0 ? undefined : parseImageLimits(limits),
});

const imageChoice = (args: ImageArguments) => ({ platform: args.platform, ...imageBounds(args) });

/** Fuel that is asked for: so much, or none that ends. */
const fuelOf = ({ fuel, interruptible }: LimitArguments) => {
  if (fuel !== undefined) return parseFuel(fuel);
  return interruptible === true ? Number.POSITIVE_INFINITY : undefined;
};

const runLimits = (args: LimitArguments) => ({
  fuel: fuelOf(args),
  maxMemory: args['max-memory'] === undefined ? undefined : parseMegabytes(args['max-memory']),
});

const codeChoice = (args: CompileArguments): CodeChoice => ({
  names: args.names,
  largeMemory: args['large-memory'],
  optimizeFor: args['optimize-for'],
  uncheckedMemory: args['unchecked-memory'],
  wideWords: args['wide-words'],
  builtins: args.builtins === 'none' ? [] : [args.builtins],
  importedStringConstants: args['string-constants'],
  optimize: args.optimize === undefined ? undefined : parseLevel(args.optimize),
});

const runBuild = async (args: BuildArguments): Promise<void> => {
  const progress = createProgress(basename(args.input));
  try {
    const { format, data, wasi, dts } = args;
    const { build } = await import('./build.js');
    const { notes } = await build({
      input: args.input,
      output: args.output,
      format,
      globalName: args['global-name'],
      data,
      wasi,
      hybrid: args.hybrid === undefined ? undefined : parseHybrid(args.hybrid),
      exports: args.exports?.split(','),
      suspendable: args.suspendable,
      ...imageChoice(args),
      dts,
      ...runLimits(args),
      ...codeChoice(args),
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
    const lines = modules.map(({ path, form, size, suspendable: suspends }) => {
      const kind = suspends ? `${form}, suspendable` : form;
      return `${path}: ${size} bytes (${kind})\n`;
    });
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
    const { runProgram } = await import('./run.js');
    return await runProgram({
      input: args.input,
      args: args['--']?.map(String),
      ...imageChoice(args),
      argv0: args.argv0,
      host: args.host,
      preopens: parseDirs(args.dir),
      env: parseEnv(args.env),
      listeners: parseListeners(args.tcplisten),
      network: parseNetwork(args),
      stackSize: args['stack-size'] === undefined ? undefined : parseStackSize(args['stack-size']),
      ...runLimits(args),
      ...codeChoice(args),
      progress,
    });
  } finally {
    progress.end();
  }
};

const runImage = async (args: ImageCommandArguments): Promise<void> => {
  const { buildImage } = await import('./image/index.js');
  const progress = createProgress(basename(args.input));
  try {
    const { lines, notes } = await buildImage({
      input: args.input,
      output: args.output,
      base: args.base,
      tag: args.tag,
      push: args.push,
      platforms: args.platform.length === 0 ? undefined : args.platform,
      node: args.node,
      labels: parsePairs('label', args.label),
      annotations: parsePairs('annotation', args.annotation),
      args: args['--']?.map(String),
      ...imageBounds(args),
      ...codeChoice(args),
      progress,
    });
    progress.end();
    await writeStdout(lines);
    printNotes(notes);
  } finally {
    progress.end();
  }
};

const runServing = async (args: ServeArguments): Promise<number> => {
  const progress = createProgress('serve');
  try {
    const { runServe } = await import('./serve/index.js');
    return await runServe(serveOptions(args, progress));
  } finally {
    progress.end();
  }
};

const runBench = async (args: BenchArguments): Promise<number> => {
  const { bench } = await import('./bench/index.js');
  const progress = createProgress(basename(args.input));
  try {
    const { text, equal } = await bench({
      input: args.input,
      args: args['--']?.map(String),
      ...imageChoice(args),
      preopens: parseDirs(args.dir),
      env: parseEnv(args.env),
      stdin: args.stdin,
      invoke: args.invoke,
      rounds: parseNumber('rounds', args.rounds, 1, 1_000_000),
      limit: parseNumber('limit', args.limit, 0.001, LONGEST_TIME, false),
      json: args.json,
      ...codeChoice(args),
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
  checkValues(argv, ['help', 'version', 'debug']);
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
      'serve [input]',
      'Answer HTTP requests by programs, an instance for each (WAGI)',
      (command) => serveFlags(command).usage('Usage: $0 serve [IN] [options]'),
      async (args) => {
        exitCode = await runServing(args as unknown as ServeArguments);
      },
    )
    .command(
      'image <input>',
      'Make an image for Docker, Podman and crun, of every processor that Node is for',
      (command) => imageFlags(command).usage('Usage: $0 image IN -o OUT [options] -- [arguments]'),
      (args) => runImage(args as unknown as ImageCommandArguments),
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
      async (args) => {
        const { validate } = await import('./validate.js');
        return validate(args.input, imageChoice(args));
      },
    )
    .command(
      'inspect <input>',
      'Show sections, imports, exports, features and sizes',
      (command) =>
        imageInputFlags(input(command))
          .usage('Usage: $0 inspect IN')
          .option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
      async (args) => {
        const { inspect } = await import('./inspect.js');
        await writeStdout([await inspect(args.input, args.json, imageChoice(args))]);
      },
    )
    .option('debug', {
      type: 'boolean',
      default: false,
      describe: 'Print stack traces of errors (also WASM2JS_DEBUG=1)',
    })
    .demandCommand(
      1,
      'a command is needed: build, precompile, adopt, run, serve, image, bench, validate or inspect',
    )
    .middleware(withStreams)
    .check((args, options) => {
      // The declarations of types call the second one aliases; it is all that is known of options.
      checkValues(argv, (options as unknown as { boolean: string[] }).boolean, args);
      return checkOnce(args);
    })
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
  'allow-net',
  'route',
  'inputs',
  'exclude',
  'image-limit',
  'label',
  'annotation',
]);

/** Options that take one value must not be given twice: which one was meant? */
const checkOnce = (args: Record<string, unknown>): true => {
  for (const [name, value] of Object.entries(args)) {
    if (!Array.isArray(value) || repeatable.has(name)) continue;
    // One of what is read, any number of what is written.
    if (name === 'platform' && (args['_'] as string[])[0] === 'image') continue;
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
