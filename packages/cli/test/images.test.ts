/** Images in place of modules, on the command line. What is read of them is tested in packages/oci. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, execute, repository, temporaryFolder, wasm2js } from './cli.js';

const folder = temporaryFolder();
const fixture = (name: string): string => join(repository, 'packages/oci/test/fixtures', name);
const show = fixture('show-oci.tar');

const own = ['argument /app.wasm', 'argument hello.txt', 'variable PWD=/data'];
const lines = (text: string): string[] => text.split('\n').filter((line) => !/PATH=/.test(line));

describe('run', () => {
  test('arguments, environment, folder and files are the image’s', () => {
    const { code, stdout, stderr } = wasm2js(['run', show]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([
      ...own,
      'variable GREETING=good day',
      'hello.txt: hello from the image',
      '',
    ]);
  });

  test('what the command line gives goes above it; what is written stays above the image', () => {
    const given = ['--env', 'GREETING=hi', '--argv0', 'me', '--dir', `${folder}::/mnt`];
    const args = ['/data/hello.txt', 'write=hello.txt', 'write=/data/new', 'list=.', 'exit=3'];
    const { code, stdout } = wasm2js(['run', show, ...given, '--', ...args]);
    expect(code).toBe(3);
    expect(lines(stdout)).toEqual([
      'argument me',
      ...args.map((text) => `argument ${text}`),
      'variable PWD=/data',
      'variable GREETING=hi',
      '/data/hello.txt: hello from the image',
      'hello.txt: hello from the image',
      'hello.txt: written',
      '/data/new: written',
      '.: 4 entries',
      '',
    ]);
  });

  test('by every name, from standard input, on a stack of its own size', () => {
    const first = wasm2js(['run', show]).stdout;
    for (const name of [
      `oci-archive:${show}`,
      `docker-archive:${fixture('show-docker.tar')}`,
      `oci:${fixture('tags.tar')}:second`,
    ])
      expect(wasm2js(['run', name]).stdout).toBe(first);
    const piped = `cat ${show} | ${process.execPath} ${command} run`;
    for (const name of ['/dev/stdin', 'docker-archive:/dev/stdin'])
      expect(execute('sh', ['-c', `${piped} ${name}`]).stdout).toBe(first);
    const input = readFileSync(show);
    expect(wasm2js(['run', '-', '--stack-size', '4'], { input }).stdout).toBe(first);
  });

  test('links are followed, removed files are gone', () => {
    const { stdout } = wasm2js(['run', fixture('whiteouts-buildah.tar')]);
    expect(stdout.split('\n').slice(-4)).toEqual([
      '/data/hello.txt: missing',
      '/data/link.txt: through a link',
      'data/absolute.txt: through a link',
      '',
    ]);
  });
});

test('from a working directory: links to other folders, absolute paths, a file at the top', () => {
  const { stdout } = wasm2js(['run', fixture('working.tar')]);
  expect(stdout.split('\n').slice(-5)).toEqual([
    'link.txt: through a link',
    'absolute.txt: through a link',
    '/etc/motd: through a link',
    '/top.txt: at the top',
    '',
  ]);
});

test('build: the script has all of it, on Node and by a call', () => {
  const script = join(folder, 'show.mjs');
  expect(wasm2js(['build', show, '-o', script])).toMatchObject({ code: 0, stderr: '' });
  const first = wasm2js(['run', show]).stdout;
  expect(execute(process.execPath, [script]).stdout).toBe(first);
  const again = execute(process.execPath, [script, 'hello.txt', 'write=hello.txt', 'exit=4']);
  expect(again.code).toBe(4);
  expect(again.stdout.split('\n').slice(-4)).toEqual([
    'hello.txt: hello from the image',
    'hello.txt: hello from the image',
    'hello.txt: written',
    '',
  ]);
  const call = `import { run } from ${JSON.stringify(script)};
    let text = '';
    const options = { args: ['x', 'write=/data/hello.txt'], stdout: (b) => void (text += Buffer.from(b)) };
    run(options);
    run(options);
    process.stdout.write(text);`;
  const { stdout } = execute(process.execPath, ['--input-type=module', '-e', call]);
  // A run sees nothing of the one before.
  expect(stdout.match(/hello\.txt: written/g)).toHaveLength(2);
  const cjs = join(folder, 'show.cjs');
  wasm2js(['build', show, '-o', cjs]);
  expect(execute(process.execPath, [cjs]).stdout).toBe(first);
});

test('inspect tells of the image and of the module', () => {
  const { stdout } = wasm2js(['inspect', show]);
  for (const line of [
    /^image sha256:[0-9a-f]{64}$/m,
    /^ {2}platform +wasi\/wasm$/m,
    /^ {2}arguments +"\/app.wasm" "hello.txt"$/m,
    /^ {2}files +2, \d+ bytes$/m,
    /^features: /m,
  ])
    expect(stdout).toMatch(line);
  const told = JSON.parse(wasm2js(['inspect', fixture('many.tar'), '--json']).stdout);
  expect(told.image).toMatchObject({ platform: 'wasi/wasm', args: ['/say.wasm', 'from', 'cmd'] });
  expect(told.counts.functions).toBeGreaterThan(0);
});

test('bench and validate take images', () => {
  const { code, stdout } = wasm2js(['bench', show, '--rounds', '1']);
  expect(stdout).toMatch(/^wasm2js +/m);
  expect(code).toBe(0);
  expect(wasm2js(['validate', fixture('say-dir')])).toMatchObject({ code: 0, stderr: '' });
});

test('what is refused is one line', () => {
  const cases: [string[], number, RegExp][] = [
    [['native.tar'], 1, /its entrypoint \/app is a native program \(ELF\)/],
    [['tags.tar'], 2, /several images: choose one by its tag \(first, second\)/],
    [['many.tar', '--platform', 'linux/s390x'], 1, /not for linux\/s390x/],
    [['show-oci.tar', '--image-limit', 'files=1K'], 1, /more than 1 KiB/],
    [['show-oci.tar', '--image-limit', 'size=1K'], 2, /--image-limit takes/],
    [['say.wat', '--platform', 'wasi/wasm'], 2, /are for images/],
  ];
  for (const [[name, ...args], code, text] of cases) {
    const outcome = wasm2js(['run', fixture(name!), ...args]);
    expect(outcome.stderr).toMatch(/^wasm2js: error: [^\n]*\n$/);
    expect(outcome.stderr).toMatch(text);
    expect(outcome).toMatchObject({ code, stdout: '' });
  }
});
