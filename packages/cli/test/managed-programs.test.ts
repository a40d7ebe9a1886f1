/** Programs of languages whose objects the host collects (Java by TeaVM, Kotlin/Wasm) print what they print as WebAssembly. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { repository, temporaryFolder } from './cli.js';
import { describeHosts } from './hosts.js';

const programs = ['ledger', 'machine'];
const folder = temporaryFolder();
const file = (program: string, name: string): string => join(repository, 'examples', program, name);
const printed = (program: string) => ({
  code: 0,
  stdout: readFileSync(file(program, 'expected.txt'), 'utf8'),
  stderr: '',
});

beforeAll(async () => {
  for (const program of programs) {
    const input = file(program, `${program}.wasm`);
    await build({ input, output: join(folder, `${program}.mjs`), dts: false });
  }
});

/** Hosts whose own WebAssembly has all that the modules use. */
const OWN = ['Node 26'];

describeHosts('a program of managed objects', (host) => {
  test.each(programs)('%s', (program) => {
    const built = join(folder, `${program}.mjs`);
    expect(host.run(file(program, 'run.mjs'), [built])).toEqual(printed(program));
  });
  if (!OWN.includes(host.name)) return;
  test.each(programs)('%s by the host’s own WebAssembly', (program) => {
    const wasm = file(program, `${program}.wasm`);
    expect(host.run(file(program, 'run.mjs'), [wasm])).toEqual(printed(program));
  });
});
