/** Running the built command as its users do: as a process of its own. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The script behind the command `wasm2js`. */
export const command = here('../bin/wasm2js.js');
/** The folder of the repository. */
export const repository = here('../../..');

if (!existsSync(here('../dist/main.js')) || !existsSync(here('../dist/wat-parser.js'))) {
  throw new Error('these tests run the built command: npm run build first');
}

/** How a process ended and what it wrote. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface SpawnOptions {
  cwd?: string;
  /** Standard input; default: empty. */
  input?: string | Uint8Array;
  env?: Record<string, string>;
}

/** The environment without what npm adds to it, plus `extra`. */
export const cleanEnv = (extra: Record<string, string> = {}): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(npm_|WASM2JS_|VITEST|NODE_OPTIONS)/i.test(name)) {
      env[name] = value;
    }
  }
  // No test depends on what another one has left.
  return { WASM2JS_CACHE: 'off', ...env, ...extra };
};

/** Runs a program to its end. */
export const execute = (
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Outcome => {
  const result = spawnSync(file, args, {
    cwd: options.cwd,
    input: options.input ?? '',
    env: cleanEnv(options.env),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  // EPIPE: the program ended without reading all of its input.
  if (result.error && (result.error as NodeJS.ErrnoException).code !== 'EPIPE') throw result.error;
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
};

/** Runs `wasm2js ARGS`. */
export const wasm2js = (args: readonly string[], options: SpawnOptions = {}): Outcome =>
  execute(process.execPath, [command, ...args], options);

/** Runs `wasm2js ARGS`, closes its standard output after the first chunk; returns the exit code. */
export const wasm2jsClosingPipe = (args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      env: cleanEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stdout.once('data', () => child.stdout.destroy());
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: '', stderr }));
  });

/** An empty folder that is removed after the tests of this file. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'wasm2js-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Writes files into a folder; returns their paths. */
export const writeInputs = (folder: string, files: Record<string, string | Uint8Array>): void => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
};
