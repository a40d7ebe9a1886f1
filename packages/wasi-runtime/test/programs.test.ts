import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { build } from '@wasm2js/cli';
import { afterAll, describe, expect, test } from 'vitest';
import { MemoryFileSystem, OutputBuffer, WASI } from '../src/index.js';
import { beside, programRunner } from './runtime.js';

const { command, env, folder } = programRunner();
const [node, ...runner] = command as [string, ...string[]];
afterAll(() => rmSync(folder, { recursive: true }));

/** A fixture's module by the engine's own compiler. */
function module(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(beside(`fixtures/${name}.wasm`)));
}

/** Starts a fixture in a process of its own. */
function start(options: string[], name: string): ChildProcess {
  return spawn(node, [...runner, ...options, beside(`fixtures/${name}.wasm`)], { env });
}

/** All of a process's output, its errors, and how it ended. */
async function outcome(child: ChildProcess): Promise<{ out: string; code: number | null }> {
  let out = '';
  child.stdout!.on('data', (chunk) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { out, code };
}

const EXPECTED = readFileSync(beside('fixtures/files.txt'), 'utf8');

describe('C programs', () => {
  const input = Uint8Array.from({ length: 256 }, (_, i) => i);

  test('files: in a process of its own, on disk', () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    const options = ['--dir', `${data}::/data`, '--env', 'HOME=/home/guest'];
    const args = [...runner, ...options, beside('fixtures/files.wasm'), 'a', 'b c'];
    const result = spawnSync(node, args, { env, input, encoding: 'utf8' });
    expect(result.stdout).toBe(EXPECTED);
    expect(result.stderr).toBe('done\n');
    expect(result.status).toBe(7);
    expect(readFileSync(join(data, 'notes.txt'), 'utf8')).toBe('line 0\nlin');
  });

  test('files: in this process, in memory', () => {
    const files = new MemoryFileSystem();
    const stdout = new OutputBuffer();
    const stderr = new OutputBuffer();
    const wasi = new WASI({
      version: 'preview1',
      args: ['files', 'a', 'b c'],
      env: { HOME: '/home/guest' },
      preopens: { '/data': files.root },
      stdin: input,
      stdout,
      stderr,
    });
    const imports = wasi.getImportObject();
    expect(wasi.start(new WebAssembly.Instance(module('files'), imports))).toBe(7);
    expect(stdout.text).toBe(EXPECTED);
    expect(stderr.text).toBe('done\n');
    expect(new TextDecoder().decode(files.readFile('/notes.txt'))).toBe('line 0\nlin');
  });

  test('files: compiled to JavaScript, in memory', async () => {
    const script = join(folder, 'files.mjs');
    await build({ input: beside('fixtures/files.wasm'), output: script, wasi: 'none' });
    const { instantiate } = await import(/* @vite-ignore */ script);
    const files = new MemoryFileSystem();
    const stdout = new OutputBuffer();
    const wasi = new WASI({
      args: ['files', 'a', 'b c'],
      env: { HOME: '/home/guest' },
      preopens: { '/data': files.root },
      stdin: input,
      stdout,
      stderr: new OutputBuffer(),
    });
    expect(wasi.start({ exports: instantiate(wasi.getImportObject()) })).toBe(7);
    expect(stdout.text).toBe(EXPECTED);
  });

  test('a reactor', () => {
    const stdout = new OutputBuffer();
    const wasi = new WASI({ version: 'preview1', stdout });
    const imports = wasi.getImportObject();
    const instance = new WebAssembly.Instance(module('reactor'), imports);
    wasi.initialize(instance);
    expect((instance.exports['answer'] as () => number)()).toBe(42);
    expect(stdout.text).toBe('asked\n');
  });

  test('a closed pipe ends the guest quietly', () => {
    const program = [node, ...runner, beside('fixtures/yes.wasm')].join(' ');
    const script = `${program} | head -n 2; exit \${PIPESTATUS[0]}`;
    const result = spawnSync('bash', ['-c', script], { env, encoding: 'utf8', timeout: 20_000 });
    expect(result.stdout).toBe('y\ny\n');
    expect(result.stderr).toBe('');
    expect(result.status).toBe(141);
  });

  test.each(['socket', 'pipe'])('waits for input from a %s', async (kind) => {
    const [program, args]: [string, string[]] =
      kind === 'socket'
        ? [node, [...runner, beside('fixtures/wait.wasm')]]
        : ['bash', ['-c', `cat | ${[node, ...runner, beside('fixtures/wait.wasm')].join(' ')}`]];
    const child = spawn(program, args, { env });
    const done = outcome(child);
    child.stdout!.once('data', () => {
      setTimeout(() => child.stdin!.write('hello\n'), 100);
      setTimeout(() => child.stdin!.end(), 300);
    });
    const expected =
      'at first: 0\nread: Resource temporarily unavailable\nthen: 1\ngot: hello\nat last: 0\n';
    expect(await done).toEqual({ out: expected, code: 0 });
  });

  test('a server on a listener', async () => {
    const child = start(['--tcplisten', '127.0.0.1:0'], 'echo-server');
    const done = outcome(child);
    const port = await new Promise<number>((resolve) => {
      child.stderr!.once('data', (chunk) => resolve(Number(/port (\d+)/.exec(String(chunk))![1])));
    });
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    const client = connect(port, '127.0.0.1');
    const sent = 'some text '.repeat(100_000);
    let received = '';
    client.on('data', (chunk) => (received += chunk));
    client.end(sent);
    await new Promise((resolve) => client.on('close', resolve));
    expect(received).toBe(sent.toUpperCase());
    expect(await done).toEqual({
      out: `before: 0\nready: 1\nechoed ${sent.length}\n`,
      code: 0,
    });
  });
});
