/** What POSIX threads promise, in a program of clang over wasi-libc, as the same program says that a system's own do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { repository, temporaryFolder } from './cli.js';
import { describeHosts } from './hosts.js';

const fixtures = join(repository, 'packages/wasi-runtime/test/fixtures');
const output = join(temporaryFolder(), 'pthreads.mjs');
const printed = readFileSync(join(fixtures, 'pthreads.txt'), 'utf8');
const goodbye = 'goodbye\n';

/**
 * Each host ends the program in one way, since it starts more than a hundred threads; for the same reason the list of hosts
 * is short. Node 26, Deno and Bun print the same.
 */
const ENDS: [how: string, code: number][] = [
  ['exit', 23],
  ['trap', 134],
  ['return', 5],
];

beforeAll(async () => {
  await build({ input: join(fixtures, 'pthreads.wasm'), output, dts: false });
}, 120_000);

let next = 0;
describeHosts(
  'POSIX threads',
  (host) => {
    const [how, code] = ENDS[next++ % ENDS.length]!;
    test(`locks, conditions, barriers, thread-specific data, many threads; ends by ${how}`, () => {
      expect(printed.endsWith(goodbye)).toBe(true);
      const stdout = how === 'trap' ? printed.slice(0, -goodbye.length) : printed;
      const stderr = how === 'trap' ? 'pthreads.mjs: wasm trap: unreachable\n' : '';
      expect(host.run(output, [how])).toEqual({ stdout, stderr, code });
    });
  },
  /this one/,
);
