/** Compiled text is kept from one start to the next: second starts are the same, only faster, whatever is in the folder. */

import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnv, execute, repository, temporaryFolder, writeInputs } from '../../cli/test/cli.js';
import { CacheFolder } from '../src/node/cache-folder.js';

const register = join(repository, 'packages/webassembly/dist/node/register.js');
const folder = temporaryFolder();
const runtime = join(repository, 'packages/wasi-runtime/dist/node/index.js');
const markdown = join(repository, 'examples/markdown');
// A module of more than 64 KB, whose functions are compiled when they are called first.
writeInputs(folder, {
  'main.mjs': `import { readFileSync } from 'node:fs';
import { WASI } from ${JSON.stringify(runtime)};
const module = new WebAssembly.Module(readFileSync(${JSON.stringify(join(markdown, 'markdown.wasm'))}));
const wasi = new WASI({ version: 'preview1', args: ['markdown', ...process.argv.slice(2)], returnOnExit: true });
wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
console.error(Math.round(process.cpuUsage().user / 1000));`,
});
const sample = readFileSync(join(markdown, 'sample.md'));
const expected = readFileSync(join(markdown, 'expected.html'), 'utf8');

/** Runs the program; its output, and the milliseconds of processor time that it took. */
function run(cache: string): { stdout: string; time: number } {
  const { code, stdout, stderr } = execute(
    process.execPath,
    ['--no-warnings', '--import', register, 'main.mjs'],
    { cwd: folder, input: sample, env: { WASM2JS_WEBASSEMBLY: 'force', WASM2JS_CACHE: cache } },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^\d+\n$/) });
  return { stdout, time: Number(stderr) };
}

const entries = (cache: string): string[] => readdirSync(cache).map((name) => join(cache, name));

describe('a program', () => {
  test('starts faster the second time, and does the same', () => {
    const cache = join(folder, 'fast');
    const first = run(cache);
    expect(first.stdout).toBe(expected);
    expect(entries(cache).length).toBe(1);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    const written = statSync(entries(cache)[0]!).mtimeMs;
    const second = run(cache);
    expect(second.stdout).toBe(expected);
    expect(second.time).toBeLessThan(first.time * 0.7);
    // Nothing new was compiled, so nothing was written.
    expect(statSync(entries(cache)[0]!).mtimeMs).toBe(written);
  });

  test('does not trust what is broken, cut off, of another key or writable by others', () => {
    const cache = join(folder, 'broken');
    run(cache);
    const [file] = entries(cache);
    const good = readFileSync(file!, 'utf8');
    const evil = good.replaceAll('return', "console.log('evil');return");
    for (const bad of [evil, good.slice(0, -100), '\n{}']) {
      writeFileSync(file!, bad);
      expect(run(cache).stdout).toBe(expected);
      expect(readFileSync(file!, 'utf8').length).toBe(good.length);
    }
    if (process.getuid === undefined) return;
    const before = Date.now() - 60_000;
    chmodSync(file!, 0o666);
    utimesSync(file!, before / 1000, before / 1000);
    expect(run(cache).stdout).toBe(expected);
    // It was compiled and written anew.
    expect(statSync(file!).mode & 0o777).toBe(0o600);
  });

  test('several at a time', async () => {
    const cache = join(folder, 'many');
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => {
        const child = spawn(process.execPath, ['--import', register, 'main.mjs'], {
          cwd: folder,
          env: cleanEnv({ WASM2JS_WEBASSEMBLY: 'force', WASM2JS_CACHE: cache }),
          stdio: ['pipe', 'pipe', 'ignore'],
        });
        child.stdin.end(sample);
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        return new Promise((resolve) => child.on('close', () => resolve(text)));
      }),
    );
    expect(outputs).toEqual(Array(4).fill(expected));
    // No temporary file is left.
    expect(entries(cache).map((path) => /\.wasm2js$/.test(path))).toEqual([true]);
    expect(run(cache).stdout).toBe(expected);
  });

  test('runs where nothing can be written, and where nothing is to be', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(run(join(folder, 'file/below')).stdout).toBe(expected);
    expect(run('off').stdout).toBe(expected);
    expect(readdirSync(folder)).not.toContain('off');
  });
});

describe('the folder', () => {
  const entry = { body: 'return 1', functions: { 3: 'x' } };

  test('gives what was written for the same key alone', () => {
    const cache = new CacheFolder(join(folder, 'keys'));
    expect(cache.read('a')).toBeUndefined();
    cache.write('a', entry);
    expect(cache.read('a')).toMatchObject(entry);
    // Another version of the compiler is another key.
    expect(cache.read('b')).toBeUndefined();
    const [file] = entries(join(folder, 'keys'));
    cache.write('b', entry);
    const other = entries(join(folder, 'keys')).find((path) => path !== file)!;
    writeFileSync(other, readFileSync(file!));
    expect(cache.read('b')).toBeUndefined();
  });

  test.skipIf(process.getuid === undefined)('is not used where others can write, or put it', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    new CacheFolder(open).write('a', entry);
    expect(readdirSync(open)).toEqual([]);
    const link = join(folder, 'link');
    mkdirSync(join(folder, 'target'));
    symlinkSync(join(folder, 'target'), link);
    new CacheFolder(link).write('a', entry);
    expect(readdirSync(join(folder, 'target'))).toEqual([]);
  });

  test('waits for no pipe, and replaces it', () => {
    const cache = join(folder, 'pipe');
    const kept = new CacheFolder(cache);
    kept.write('key', { body: 'text', functions: [] });
    const [path] = entries(cache);
    rmSync(path!);
    execute('mkfifo', ['-m', '600', path!]);
    expect(kept.read('key')).toBeUndefined();
    kept.write('key', { body: 'text', functions: [] });
    expect(kept.read('key')).toMatchObject({ body: 'text' });
  });

  test('keeps what was used last, below its bound', () => {
    const place = join(folder, 'bound');
    const cache = new CacheFolder(place, 3000);
    const large = { body: 'x'.repeat(200), functions: {} };
    for (let i = 0; i < 20; i++) {
      cache.write(`${i}`, large);
      for (const path of entries(place)) {
        // Times of files are coarse on some systems.
        const { atimeMs, mtimeMs } = statSync(path);
        utimesSync(path, atimeMs / 1000, mtimeMs / 1000 - 2);
      }
    }
    const size = entries(place).reduce((sum, path) => sum + statSync(path).size, 0);
    expect(size).toBeLessThanOrEqual(3000);
    expect(size).toBeGreaterThan(1500);
    expect(cache.read('19')).toMatchObject(large);
    expect(cache.read('0')).toBeUndefined();
  });
});
