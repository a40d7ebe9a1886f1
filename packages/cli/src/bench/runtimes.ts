/** Runtimes of WebAssembly that `bench` compares with where they are on the PATH. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A WASI command as a runtime is to run it. */
export interface Command {
  /** Path of the module. */
  wasm: string;
  args: readonly string[];
  /** By guest path, the folder of the host. */
  folders: readonly (readonly [guest: string, host: string])[];
  env: readonly (readonly [name: string, value: string])[];
}

/** A runtime: the name of its command, and how it takes a program. */
export interface Runtime {
  name: string;
  commandLine(command: Command): string[];
}

const pairs = <T>(items: readonly T[], option: (item: T) => readonly string[]) =>
  items.flatMap(option);

/** The runtimes whose command line is known. */
export const runtimes: readonly Runtime[] = [
  {
    name: 'wasmtime',
    commandLine: ({ wasm, args, folders, env }) => [
      'run',
      ...pairs(folders, ([guest, host]) => ['--dir', `${host}::${guest}`]),
      ...pairs(env, ([name, value]) => ['--env', `${name}=${value}`]),
      wasm,
      ...args,
    ],
  },
  {
    name: 'wasmer',
    commandLine: ({ wasm, args, folders, env }) => [
      'run',
      ...pairs(folders, ([guest, host]) => ['--mapdir', `${guest}:${host}`]),
      ...pairs(env, ([name, value]) => ['--env', `${name}=${value}`]),
      wasm,
      '--',
      ...args,
    ],
  },
  {
    name: 'wasmedge',
    commandLine: ({ wasm, args, folders, env }) => [
      ...pairs(folders, ([guest, host]) => ['--dir', `${guest}:${host}`]),
      ...pairs(env, ([name, value]) => ['--env', `${name}=${value}`]),
      wasm,
      ...args,
    ],
  },
  {
    name: 'iwasm',
    commandLine: ({ wasm, args, folders, env }) => [
      ...folders.map(([guest, host]) => `--map-dir=${guest}::${host}`),
      ...env.map(([name, value]) => `--env=${name}=${value}`),
      wasm,
      ...args,
    ],
  },
];

/** The file of a command on the PATH; undefined where there is none. */
export function findCommand(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const file of folders.flatMap((folder) => endings.map((end) => join(folder, name + end)))) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
