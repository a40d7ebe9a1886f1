/** The JavaScript hosts that compiled programs are tested on; `npm run hosts` installs them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { execute, type Outcome, repository, type SpawnOptions } from './cli.js';

export interface Host {
  name: string;
  /** The program and its first arguments, which a script follows. */
  command: readonly [string, ...string[]];
  /** Runs a script as the host's main module. */
  run(script: string, args: readonly string[], options?: SpawnOptions): Outcome;
}

interface HostRow {
  name: string;
  file: string;
  args: string[];
}

const installed = (path: string): string => join(repository, 'hosts/node_modules', path);

const rows: HostRow[] = [
  { name: `Node ${process.versions.node} (this one)`, file: process.execPath, args: [] },
  { name: 'Node 18', file: installed('node-18/bin/node'), args: [] },
  { name: 'Node 22', file: installed('node-22/bin/node'), args: [] },
  { name: 'Node 24', file: installed('node-24/bin/node'), args: [] },
  { name: 'Node 26', file: installed('node-26/bin/node'), args: [] },
  { name: 'Deno', file: installed('@deno/linux-x64-glibc/deno'), args: ['run', '-A', '--no-lock'] },
  { name: 'Bun', file: installed('@oven/bun-linux-x64/bin/bun'), args: ['run'] },
];

/** Declares a group of tests for each host whose name fits; those of a host that is not installed are skipped. */
export const describeHosts = (title: string, tests: (host: Host) => void, names = /./): void => {
  for (const { name, file, args: before } of rows.filter((row) => names.test(row.name))) {
    describe.skipIf(!existsSync(file))(`${title} on ${name}`, () => {
      tests({
        name,
        command: [file, ...before],
        run: (script, args, options) => execute(file, [...before, script, ...args], options),
      });
    });
  }
};
