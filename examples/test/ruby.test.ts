/** CRuby, 16 MB of WebAssembly: the compiled interpreter prints what the engine's does. */

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, temporaryFolder, wasm2js } from '../../packages/cli/test/cli.js';
import { build, describeWith, examples, installed } from './programs.js';

const module = (name: string): string => installed(`@ruby/3.4-wasm-wasi/dist/${name}.wasm`);

describeWith('CRuby', [module('ruby'), installed('@ruby/wasm-wasi/package.json')], () => {
  const folder = temporaryFolder();
  const work = join(folder, 'work');
  const script = join(folder, 'ruby.mjs');
  const ruby = (file: string, args: readonly string[]) =>
    execute(process.execPath, [
      ...[join(examples, 'ruby/run.mjs'), file, '--dir', `${work}::/work`],
      ...['--', '--disable=gems', ...args],
    ]);

  test('a one-liner through run --host', () => {
    const options = ['--host', join(examples, 'ruby/host.mjs')];
    const program = ['--disable=gems', '-e', 'puts [1, 2, 3].sum'];
    const result = wasm2js(['run', module('ruby'), ...options, '--', ...program]);
    expect(result).toMatchObject({ code: 0, stdout: '6\n' });
  }, 600_000);

  test('files, json, set, regular expressions, exceptions, fibers', () => {
    mkdirSync(work);
    for (const name of ['inventory.rb', 'orders.txt']) {
      copyFileSync(join(examples, 'ruby', name), join(work, name));
    }
    const args = ['/work/inventory.rb', '/work'];
    const engine = ruby(module('ruby+stdlib'), args);
    expect(engine.stdout).toBe(readFileSync(join(examples, 'ruby/expected.txt'), 'utf8'));
    expect(engine.code).toBe(4);

    build(module('ruby+stdlib'), script);
    expect(ruby(script, args)).toEqual(engine);

    const failing = ['-e', `p ARGV; raise ArgumentError, "it's over"`, 'one', 'two'];
    const failure = ruby(script, failing);
    expect(failure).toEqual(ruby(module('ruby+stdlib'), failing));
    expect(failure).toMatchObject({ code: 1, stdout: '["one", "two"]\n' });
    expect(failure.stderr).toContain("it's over (ArgumentError)");
  }, 600_000);
});
