/** The JavaScript hosts on this machine, and how each runs a script. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { acceptedFlags, optimisedFirst } from '@wasm2js/cli/measure';
import { findTranspiler } from './hermes.js';
import { benchRoot, packageFile } from './packages.js';

/** A host that can run a script of `runner/`. */
export interface Host {
  name: string;
  version: string;
  command: string;
  /** Set for a host without JavaScript: its own driver instead of `run.mjs`. */
  driver?: string;
  /** Set for a host that runs nothing but one script: it gets kernels as such. */
  scripts?: true;
  /** Arguments before the script. `flags` are V8's. */
  before(flags: readonly string[]): string[];
  /** Whether V8's flags mean something to it. */
  v8: boolean;
  /** Whether it has WebAssembly of its own. */
  wasm: boolean;
  /** The V8 flags that it always gets. */
  flags: readonly string[];
  /** Whether it compiles nothing to machine code: the second class. */
  interpreter: boolean;
}

const output = (command: string, args: readonly string[]): string | undefined => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
};

const nodeHost = (name: string, command: string, flags: readonly string[] = []): Host => ({
  name,
  version: output(command, ['--version'])?.trim() ?? '',
  command,
  before: (more) => ['--no-warnings', ...flags, ...more],
  v8: true,
  wasm: !flags.includes('--jitless'),
  flags,
  interpreter: flags.includes('--jitless'),
});

/** Wasmtime through Python's package; BENCH_PYTHON names an interpreter that has it. */
function wasmtimeHost(): Host | undefined {
  const command = process.env['BENCH_PYTHON'] ?? 'python3';
  const show = 'from importlib.metadata import version; print(version("wasmtime"))';
  const version = output(command, ['-c', show])?.trim();
  if (version === undefined) return undefined;
  const driver = join(benchRoot, 'runner/wasmtime_driver.py');
  const host = { name: 'wasmtime', version, command, driver, before: () => [] };
  return { ...host, v8: false, wasm: true, flags: [], interpreter: false };
}

/** Hermes, where it and the compiler that lowers to its language are installed. */
function hermesHost(): Host | undefined {
  const command = packageFile('hermes-engine-cli/linux64-bin/hermes');
  if (command === undefined || findTranspiler() === undefined) return undefined;
  const version = /version: *(.*)/.exec(output(command, ['--version']) ?? '')?.[1] ?? '';
  const host = {
    name: 'hermes',
    version,
    command,
    scripts: true as const,
    before: () => ['-O', '-w'],
  };
  return { ...host, v8: false, wasm: false, flags: [], interpreter: true };
}

/** Every host that is installed: the running Node first. */
export function findHosts(): Host[] {
  const own = `node${process.versions.node.split('.')[0]}`;
  const hosts = [nodeHost(own, process.execPath)];
  for (const major of [20, 22, 24, 26]) {
    const command = ['node', 'node-']
      .map((name) => packageFile(`${name}${major}/bin/node`))
      .find(Boolean);
    if (command !== undefined && `node${major}` !== own)
      hosts.push(nodeHost(`node${major}`, command));
  }
  const deno = packageFile('@deno/linux-x64-glibc/deno');
  if (deno !== undefined) {
    hosts.push({
      ...nodeHost('deno', deno),
      before: (flags) => ['run', '-A', '-q', ...flags.map((flag) => `--v8-flags=${flag}`)],
    });
  }
  const bun = packageFile('@oven/bun-linux-x64/bin/bun');
  if (bun !== undefined) hosts.push({ ...nodeHost('bun', bun), before: () => [], v8: false });
  const newest = hosts.filter((host) => host.name.startsWith('node')).at(-1)!;
  hosts.push(nodeHost(`${newest.name}-jitless`, newest.command, ['--jitless']));
  hosts.push(...[hermesHost(), wasmtimeHost()].filter((host) => host !== undefined));
  return hosts.map((host) => ({
    ...host,
    version: host.version.split('\n')[0]!.replace(/ \(.*/, ''),
  }));
}

const knownFlags = new Map<string, string[]>();

/** The flags of "fully optimised from the start" that this host's V8 knows; undefined without V8. */
export function optimisedFlags(host: Host): string[] | undefined {
  if (!host.v8 || !host.wasm) return undefined;
  if (host.name === 'deno') return [...optimisedFirst];
  const flags = knownFlags.get(host.command) ?? acceptedFlags(host.command, optimisedFirst);
  knownFlags.set(host.command, flags);
  return flags;
}
