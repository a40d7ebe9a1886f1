/** What the command tells the engine of a large module, and what of that a child of it sees. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, temporaryFolder } from './cli.js';
import { describeHosts } from './hosts.js';

const folder = temporaryFolder();

/** A module of no sections but one of the host's own, of so many bytes. */
const moduleOf = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  const content = size - 13;
  bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0]);
  for (let i = 0; i < 4; i++) bytes[9 + i] = ((content >>> (7 * i)) & 0x7f) | (i < 3 ? 0x80 : 0);
  return bytes;
};

/** Says, in front of the command and when it ends, what the process is. */
const SPY = `data:text/javascript,${encodeURIComponent(`
  const tell = (when) => console.error(when, process.pid, process.execArgv.slice(2).join(' '), process.env.MALLOC_ARENA_MAX, process.env.MALLOC_MMAP_THRESHOLD_);
  tell('begin');
  process.on('exit', () => tell('end'));
`)}`;

describeHosts(
  'a large build',
  (host) => {
    /** What the processes of a build say, and what it writes. */
    const built = (size: number, env: Record<string, string> = {}) => {
      const [input, output] = [join(folder, 'in.wasm'), join(folder, 'out.mjs')];
      writeFileSync(input, moduleOf(size));
      const args = [command, 'build', input, '-o', output];
      const { code, stderr } = host.run('--import', [SPY, ...args], { env });
      expect(code).toBe(0);
      const lines = stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' '));
      expect(new Set(lines.map(([, pid]) => pid)).size).toBe(1);
      return {
        said: lines.map(([when, , ...rest]) => [when, ...rest].join(' ')),
        text: readFileSync(output, 'utf8'),
      };
    };
    const LIMITS = '--heap-growing-percent=50 --min-semi-space-size=8 --max-semi-space-size=8';

    test('begins again with limits of the heap and of malloc, of which its children know nothing', () => {
      expect(built(9 << 20).said).toEqual([
        'begin  undefined undefined',
        `begin ${LIMITS} 1 16384`,
        `end ${LIMITS} undefined undefined`,
      ]);
    });

    test('goes on where that was chosen already, and where the module is small', () => {
      expect(built(9 << 20, { MALLOC_ARENA_MAX: '3' }).said).toEqual([
        'begin  3 undefined',
        'end  3 undefined',
      ]);
      const small = built(1 << 20);
      expect(small.said).toEqual(['begin  undefined undefined', 'end  undefined undefined']);
      expect(small.text).toBe(built(9 << 20).text);
    });
  },
  process.platform === 'linux' ? /^Node 2[46]$/ : /^$/,
);
