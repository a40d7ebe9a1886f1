import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { execute } from '../../cli/test/cli.js';
import { describeHosts } from '../../cli/test/hosts.js';
import { beside, programRunner } from './runtime.js';

const { env, folder } = programRunner();
const program = join(folder, 'hosts-program.mjs');
buildSync({
  entryPoints: [beside('hosts-program.ts')],
  outfile: program,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Seconds of a race; `npm run race` lasts as long as it is told. */
const SECONDS = '1.5';

/** What guest A of the program is to be told. */
const NOTHING_SEEN = {
  left: 0,
  outside: ['secret'],
  read: 'NOENT',
  stat: 'NOENT',
  create: 'NOENT',
  'by path': 'NOTCAPABLE',
};

if (process.platform === 'linux') {
  test('descriptors of systems that are dropped or cannot be made are given back', () => {
    const { stdout, stderr } = execute(process.execPath, ['--expose-gc', program, 'drop', folder]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ failed: 0, dropped: 20, left: 0 });
  });

  describeHosts('confinement', (host) => {
    test('a held folder whose inode goes to a link leads nowhere', () => {
      const { stdout, stderr } = host.run(program, ['reuse', folder]);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({ ...NOTHING_SEEN, held: 3, list: ['.', '..'] });
    }, 60_000);

    if (host.name === 'Deno') {
      test('the same without permission to use /proc', () => {
        const [deno] = host.command;
        const permissions = ['--allow-read', '--allow-write', '--allow-env', '--no-lock'];
        const { stdout, stderr } = execute(deno, ['run', ...permissions, program, 'reuse', folder]);
        expect(stderr).toBe('');
        expect(JSON.parse(stdout)).toEqual({ ...NOTHING_SEEN, held: 0, list: 'NOENT' });
      }, 60_000);
    }

    test('descriptors that the host runs out of are EMFILE', () => {
      const limited = ['-c', 'ulimit -n 150; exec "$0" "$@"', ...host.command];
      const { stdout, stderr } = execute('/bin/sh', [...limited, program, 'exhaust', folder]);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        folders: 'MFILE',
        files: 'MFILE',
        some: true,
        deep: 'number',
        'deep and up again': 'number',
      });
    }, 60_000);

    test('a race with a second process: no escape', () => {
      const { stdout, stderr } = host.run(beside('race.mjs'), [SECONDS], {
        env: { WASI_RUNTIME: env['WASI_RUNTIME'] },
      });
      expect(stderr).toBe('');
      const { escapes, calls, swaps, results } = JSON.parse(stdout);
      expect(escapes).toEqual([]);
      expect(calls).toBeGreaterThan(500);
      expect(swaps).toBeGreaterThan(50);
      expect(Object.keys(results)).toEqual(expect.arrayContaining(['SUCCESS', 'NOTCAPABLE']));
    }, 60_000);
  });
}
