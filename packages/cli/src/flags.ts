/** The options of the command's commands, as the parser is told them, and their values as it gives them. */

import type { OptimizeFor } from '@wasm2js/codegen';
import type { Argv } from 'yargs';
import type { BuildOptions } from './build.js';
import type { NetworkArguments } from './options.js';
import type { RunOptions } from './run.js';

/** An option that may be given more than once. */
export const list = { type: 'string', array: true, nargs: 1, default: [] as string[] } as const;

/** The input of a command. */
export const input = <T>(command: Argv<T>) =>
  command.positional('input', {
    type: 'string',
    demandOption: true,
    describe:
      'A .wasm or .wat file, an image (layout, archive, oci:PATH[:TAG], docker://…), or - for standard input',
  });

/** Options of all commands that take an image in place of a module. */
export const imageInputFlags = <T>(command: Argv<T>) =>
  command
    .option('platform', {
      type: 'string',
      requiresArg: true,
      describe: 'Which of an image: OS/ARCHITECTURE [default: the one for WebAssembly]',
    })
    .option('image-limit', {
      ...list,
      describe: 'Bound on an image, NAME=NUMBER[K|M|G], see docs/containers.md; repeatable',
    });

const compileFlags = <T>(command: Argv<T>) =>
  command
    .option('optimize', {
      type: 'string',
      requiresArg: true,
      describe: 'Run wasm-opt first; also -O, -O0 … -O4, -Os, -Oz [needs binaryen]',
    })
    .option('names', {
      choices: ['keep', 'minify'] as const,
      requiresArg: true,
      default: 'keep' as const,
      describe: 'Function names from the name section, or short ones',
    })
    .option('builtins', {
      choices: ['js-string', 'none'] as const,
      requiresArg: true,
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
      requiresArg: true,
      default: 'jit' as const,
      describe: 'Make code for engines with a JIT, without one, or the least of it',
    })
    .option('unchecked-memory', {
      type: 'boolean',
      default: false,
      describe: 'No traps on memory: accesses are taken to be aligned and in bounds',
    })
    .option('wide-words', {
      type: 'boolean',
      describe:
        'Functions of 64-bit integers have a second form, which is faster on V8 (the default; --no-wide-words: none has)',
    });

/** Limits of what runs. */
const limitFlags = <T>(command: Argv<T>) =>
  command
    .option('fuel', {
      type: 'string',
      requiresArg: true,
      describe: 'Trap after so many rounds of loops and calls (inf: only when it is told to)',
    })
    .option('max-memory', {
      type: 'string',
      requiresArg: true,
      describe: 'Most MB that a memory may grow to',
    });

/** Options of `build`. */
export const buildFlags = <T>(command: Argv<T>) =>
  limitFlags(compileFlags(imageInputFlags(input(command))))
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'The file to write, or - for standard output',
    })
    .option('format', {
      choices: ['esm', 'cjs', 'iife'] as const,
      requiresArg: true,
      describe: 'Kind of script [default: cjs for .cjs, else esm]',
    })
    .option('global-name', {
      type: 'string',
      requiresArg: true,
      describe: 'Variable that an iife is assigned to, or property: a.b.c',
    })
    .option('data', {
      choices: ['inline', 'file'] as const,
      requiresArg: true,
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
    .option('interruptible', {
      type: 'boolean',
      default: false,
      describe: 'Let another thread stop an instance; the same as --fuel inf',
    })
    .option('suspendable', {
      type: 'boolean',
      default: false,
      describe:
        'Let imports suspend what calls them (JavaScript Promise Integration; twice the code)',
    })
    .option('wasi', {
      choices: ['auto', 'bundle', 'import', 'none'] as const,
      requiresArg: true,
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
      describe:
        'Write type declarations beside the script [default: where it is a module in a file; --no-dts: never]',
    });

/** What a program sees of the host. */
export const seenFlags = <T>(command: Argv<T>) =>
  command
    .option('dir', {
      ...list,
      describe: 'Folder the program may use: HOST[::GUEST[::ro]]; repeatable',
    })
    .option('env', {
      ...list,
      describe: 'Environment variable: NAME=VALUE, or NAME to pass its value on; repeatable',
    });

const guestFlags = <T>(command: Argv<T>) =>
  seenFlags(compileFlags(imageInputFlags(input(command))));

/** What the sockets of a program may reach. */
export const networkFlags = <T>(command: Argv<T>) =>
  command
    .option('tcp', {
      type: 'boolean',
      default: false,
      describe: 'Let the program make TCP sockets, within --allow-net',
    })
    .option('udp', {
      type: 'boolean',
      default: false,
      describe: 'Let the program make UDP sockets, within --allow-net',
    })
    .option('allow-net', {
      ...list,
      describe:
        'What these may reach and bind: HOST:PORT, HOST an address, block or name; repeatable',
    })
    .option('allow-ip-name-lookup', {
      type: 'boolean',
      default: false,
      describe: 'Let the program look up names',
    });

/** Options of `run`. */
export const runFlags = <T>(command: Argv<T>) =>
  limitFlags(networkFlags(guestFlags(command)))
    .option('tcplisten', {
      ...list,
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

/** Options of `bench`. */
export const benchFlags = <T>(command: Argv<T>) =>
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
      type: 'string',
      requiresArg: true,
      default: '5',
      describe: 'How often each is run, in turn',
    })
    .option('limit', {
      type: 'string',
      requiresArg: true,
      default: '120',
      describe: 'Seconds that one run may take',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' });

/** Options of `image`. */
export const imageFlags = <T>(command: Argv<T>) =>
  compileFlags(input(command))
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'The OCI layout to write: a folder, or an archive where it ends in .tar',
    })
    .option('base', {
      type: 'string',
      requiresArg: true,
      describe:
        'Image with Node that scripts run on [default: docker://docker.io/library/node:24-slim]',
    })
    .option('tag', {
      type: 'string',
      requiresArg: true,
      describe: 'Name of the image in the layout [default: that of --push, else latest]',
    })
    .option('push', {
      type: 'string',
      requiresArg: true,
      describe: 'Put the image into a registry: HOST/NAME[:TAG]',
    })
    .option('platform', {
      ...list,
      describe:
        'OS/ARCHITECTURE to make an image for; repeatable [default: linux/amd64, arm64, s390x, riscv64, ppc64le as the base has them, wasi/wasm]',
    })
    .option('node', {
      type: 'string',
      requiresArg: true,
      describe: 'How Node is called in the base [default: node]',
    })
    .option('label', { ...list, describe: 'NAME=VALUE for configurations; repeatable' })
    .option('annotation', { ...list, describe: 'NAME=VALUE for manifests and index; repeatable' })
    .option('image-limit', {
      ...list,
      describe: 'Bound on images that are read, NAME=NUMBER[K|M|G]; repeatable',
    });

/** Options of `precompile`. */
export const precompileFlags = <T>(command: Argv<T>) =>
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
      describe:
        'Let functions wait for promises (JavaScript Promise Integration); larger. By default where scripts or a record say so',
    })
    .option('exclude', {
      ...list,
      describe: 'Files to leave out: a name, or a pattern with * and **; repeatable',
    });

/** Options of `adopt`. */
export const adoptFlags = <T>(command: Argv<T>) =>
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
      ...list,
      describe:
        'Files whose modules are left alone: a name, or a pattern with * and **; repeatable',
    });

// The values that yargs has checked against the options above.

/** Which image is meant, and how much of one is read. */
export interface ImageArguments {
  platform?: string;
  'image-limit': string[];
}

/** How code is made: `compileFlags`. */
export interface CompileArguments {
  optimize?: string;
  names: 'keep' | 'minify';
  builtins: 'js-string' | 'none';
  'string-constants'?: string;
  'large-memory': boolean;
  'optimize-for': OptimizeFor;
  'unchecked-memory': boolean;
  'wide-words'?: boolean;
}

/** Limits of what runs: `limitFlags`, and what `build` has for fuel without end. */
export interface LimitArguments {
  fuel?: string;
  'max-memory'?: string;
  interruptible?: boolean;
}

/** Of `build`. */
export interface BuildArguments
  extends ImageArguments,
    CompileArguments,
    LimitArguments,
    Pick<BuildOptions, 'output' | 'format' | 'data' | 'wasi' | 'dts'> {
  input: string;
  'global-name'?: string;
  exports?: string;
  hybrid?: string;
  suspendable: boolean;
  'source-map'?: 'external' | 'inline';
  'sources-content': boolean;
  jobs?: string;
}

/** What a program is given. */
interface GuestArguments extends ImageArguments, CompileArguments {
  input: string;
  dir: string[];
  env: string[];
  '--'?: string[];
}

/** Of `run`. */
export interface RunArguments
  extends GuestArguments,
    LimitArguments,
    NetworkArguments,
    Pick<RunOptions, 'argv0' | 'host'> {
  tcplisten: string[];
  'stack-size'?: string;
}

/** Of `bench`. */
export interface BenchArguments extends GuestArguments {
  stdin?: string;
  invoke?: string;
  rounds: string;
  limit: string;
  json: boolean;
}

/** Of `image`. */
export interface ImageCommandArguments extends CompileArguments {
  input: string;
  output?: string;
  base?: string;
  tag?: string;
  push?: string;
  platform: string[];
  node?: string;
  label: string[];
  annotation: string[];
  'image-limit': string[];
  '--'?: string[];
}
