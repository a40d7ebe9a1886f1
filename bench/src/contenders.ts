/** Who is measured, and what each needs before it can run a module. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageFile, workspaceRoot } from './packages.js';

export const contenderNames = [
  'ours',
  'ours-O',
  'native',
  'native-opt',
  'binaryen',
  'polywasm',
] as const;
export type ContenderName = (typeof contenderNames)[number];

/** What a contender made of a module. */
export interface Artifact {
  /** Which loader of runner/run.mjs takes it. */
  loader: 'native' | 'polywasm' | 'javascript';
  file: string;
  /** A module that the loader needs besides. */
  support: string;
  /** Wall time of the command that made it; undefined where nothing is made. */
  buildMs?: number;
  bytes: number;
  gzip: number;
}

/** Why there is no artifact. */
export interface Failure {
  error: string;
}

/** Longest that a build may take. */
const buildLimit = 600_000;

/** What npm's binaryen must be told to accept; it lowers all of these. */
const binaryenFeatures = [
  'bulk-memory',
  'bulk-memory-opt',
  'sign-ext',
  'nontrapping-float-to-int',
  'mutable-globals',
  'multivalue',
  'reference-types',
].map((feature) => `--enable-${feature}`);

/** Runs a compiler; returns its wall time or the first line of its complaint. */
function build(command: readonly string[]): number | Failure {
  const start = performance.now();
  const { status, stderr, error, signal } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    timeout: buildLimit,
    maxBuffer: 1 << 28,
  });
  if (status === 0) return performance.now() - start;
  if (signal === 'SIGTERM') return { error: `build took more than ${buildLimit / 1000} s` };
  const complaint = stderr?.split('\n').find((line) => /\S/.test(line) && !/^npm /.test(line));
  return {
    error: `build failed: ${(complaint ?? error?.message ?? String(signal)).slice(0, 200)}`,
  };
}

/** Makes a module out of Binaryen's script, which instantiates itself when loaded. */
function wrapBinaryen(file: string): void {
  const text = readFileSync(file, 'utf8');
  const end = text.lastIndexOf('\nvar retasmFunc = ');
  if (end < 0) throw new Error('unknown form of output');
  const body = text.slice(0, end).replace(/^import \* as .*$/gm, '');
  writeFileSync(file, `${body}\nexport const instantiate = asmFunc;\n`);
}

function measured(loader: Artifact['loader'], file: string, buildMs?: number): Artifact {
  const bytes = readFileSync(file);
  const support = loader === 'polywasm' ? packageFile('polywasm/index.js')! : '-';
  const sizes = { bytes: bytes.length, gzip: gzipSync(bytes).length };
  return { loader, file, support, ...sizes, ...(buildMs === undefined ? {} : { buildMs }) };
}

/**
 * Prepares a module for a contender.
 * @param out folder for what is built
 */
export function prepare(contender: ContenderName, wasm: string, out: string): Artifact | Failure {
  mkdirSync(out, { recursive: true });
  const file = join(out, `${basename(wasm, '.wasm')}.${contender}.mjs`);
  switch (contender) {
    case 'native':
    case 'native-opt':
      return measured('native', wasm);
    case 'polywasm':
      if (packageFile('polywasm/index.js') === undefined)
        return { error: 'polywasm is not installed' };
      return measured('polywasm', wasm);
    case 'binaryen': {
      const tool = packageFile('binaryen/bin/wasm2js');
      if (tool === undefined) return { error: 'binaryen is not installed' };
      const time = build([tool, '-O2', ...binaryenFeatures, wasm, '-o', file]);
      if (typeof time !== 'number') return time;
      wrapBinaryen(file);
      return measured('javascript', file, time);
    }
    default: {
      const tool = join(workspaceRoot, 'packages/cli/bin/wasm2js.js');
      const options = ['--no-dts', '--wasi', 'none', ...(contender === 'ours-O' ? ['-O'] : [])];
      const time = build([tool, 'build', wasm, '-o', file, ...options]);
      return typeof time === 'number' ? measured('javascript', file, time) : time;
    }
  }
}
