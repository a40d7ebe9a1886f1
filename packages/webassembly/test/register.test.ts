/** What `register` does to the process that it is loaded in: each test is a process of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from '@bytecodealliance/jco';
import { describe, expect, test } from 'vitest';
import { execute, repository, temporaryFolder, writeInputs } from '../../cli/test/cli.js';

const entry = join(repository, 'packages/webassembly/dist/node/register.js');
const url = pathToFileURL(entry).href;
const force = { WASM2JS_WEBASSEMBLY: 'force' };
const folder = temporaryFolder();
const add = await parse(`(module (func (export "add") (param i32 i32) (result i32)
  local.get 0 local.get 1 i32.add))`);
const OURS = `/native code/.test(String(WebAssembly.Module)) ? 'native' : 'ours'`;
writeInputs(folder, {
  'add.wasm': add,
  'who.mjs': `console.log(${OURS});`,
  'who.cjs': `console.log(${OURS});`,
  'add.mjs': `import { readFileSync } from 'node:fs';
    const { instance } = await WebAssembly.instantiate(readFileSync(new URL('add.wasm', import.meta.url)));
    console.log(${OURS}, instance.exports.add(2, 3));`,
  'force.mjs': `import '${url}?force'; console.log(${OURS});`,
  'workers.mjs': `import { Worker } from 'node:worker_threads';
    for (const options of [{}, { execArgv: [] }])
      await new Promise((resolve) => new Worker(new URL('who.mjs', import.meta.url), options).on('exit', resolve));
    await new Promise((resolve) => new Worker(new URL('who.cjs', import.meta.url)).on('exit', resolve));`,
});

const run = (args: string[], env: Record<string, string> = {}, node = process.execPath) => {
  const { code, stdout, stderr } = execute(node, ['--no-warnings', ...args], { cwd: folder, env });
  return code === 0 ? stdout : stderr;
};

describe('register', () => {
  test('leaves a host with WebAssembly alone, and takes its place where it is asked to', () => {
    expect(run(['--import', entry, 'who.mjs'])).toBe('native\n');
    expect(run(['--import', `${url}?force`, 'who.mjs'])).toBe('ours\n');
    expect(run(['--import', entry, 'who.mjs'], force)).toBe('ours\n');
    expect(run(['-r', entry, 'who.cjs'], force)).toBe('ours\n');
    expect(run(['force.mjs'])).toBe('ours\n');
  });

  test('gives WebAssembly to a host that has none', () => {
    expect(run(['--jitless', 'who.mjs'])).toContain('WebAssembly is not defined');
    expect(run(['--jitless', '--import', entry, 'add.mjs'])).toBe('ours 5\n');
    expect(run(['--jitless', '-r', entry, 'who.cjs'])).toBe('ours\n');
    const off = run(['--jitless', '--import', entry, 'who.mjs'], { WASM2JS_WEBASSEMBLY: 'off' });
    expect(off).toContain('WebAssembly is not defined');
  });

  test('is inherited by worker threads, also by those with options of their own', () => {
    expect(run(['--import', entry, 'workers.mjs'], force)).toBe('ours\nours\nours\n');
    expect(run(['--import', `${url}?force`, 'workers.mjs'])).toBe('ours\nours\nours\n');
  });

  test('says what is missing where code must not be made of text', () => {
    const said = run(
      ['--disallow-code-generation-from-strings', '--import', entry, 'add.mjs'],
      force,
    );
    expect(said).toContain(
      'WebAssembly.compile(): this module was not built ahead, and code must not be made of text here',
    );
  });

  test('node:wasi takes its instances, however it is got', () => {
    const modules = join(repository, 'packages/wasi-runtime/test/fixtures');
    writeInputs(folder, {
      'wasi.mjs': `import { readFileSync } from 'node:fs';
        import { createRequire } from 'node:module';
        import { WASI } from 'node:wasi';
        import own from 'wasi';
        class Mine extends WASI {}
        const options = { version: 'preview1', args: ['primes'], returnOnExit: true };
        const instance = async (wasi, path) =>
          (await WebAssembly.instantiate(readFileSync(path), wasi.getImportObject())).instance;
        const command = new Mine(options);
        console.log(command.start(await instance(command, ${JSON.stringify(join(repository, 'examples/primes/primes.wasm'))})));
        const reactor = new WASI({ version: 'preview1' });
        reactor.initialize(await instance(reactor, ${JSON.stringify(join(modules, 'reactor.wasm'))}));
        const same = [own.WASI, createRequire(import.meta.url)('node:wasi').WASI, process.getBuiltinModule('wasi').WASI];
        console.log(same.every((one) => one === WASI), command instanceof WASI, command instanceof Mine);
        for (const wrong of [undefined, {}, { version: 'x' }])
          try { new WASI(wrong); } catch (error) { console.log(error.name); }`,
    });
    const expected = `${readFileSync(join(repository, 'examples/primes/expected.txt'), 'utf8')}0\ntrue true true\n${'TypeError\n'.repeat(3)}`;
    expect(run(['--import', entry, 'wasi.mjs'], force)).toBe(expected);
    expect(run(['--jitless', '--import', entry, 'wasi.mjs'])).toBe(expected);
    // The host's class is the host's where its WebAssembly is.
    expect(run(['--import', entry, '-p', "String(require('wasi').WASI).slice(0, 5)"])).toBe(
      'class\n',
    );
  });

  test('records what is compiled at run time', () => {
    const out = join(folder, 'recorded');
    expect(run(['--import', entry, 'add.mjs'], { ...force, WASM2JS_RECORD: out })).toBe('ours 5\n');
    expect(readdirSync(out)).toEqual([expect.stringMatching(/^\d+-[0-9a-f]{64}\.wasm$/)]);
  });

  test('does not read fetch, which would load with the host’s own WebAssembly', () => {
    expect(
      run([
        '--jitless',
        '--import',
        entry,
        '-e',
        "fetch('data:,x').then((r) => r.text()).then(console.log)",
      ]),
    ).toBe('x\n');
  });
});

/** An ES module that starts itself as a thread of either kind, with what is the object's, and has it back by a port. */
const THREADS = `import { isMainThread, MessageChannel, parentPort, receiveMessageOnPort, Worker as Thread, workerData } from 'node:worker_threads';
const whose = () => ${OURS};
const isModule = (value) => value instanceof WebAssembly.Module;
if (!isMainThread && workerData) {
  parentPort.postMessage([whose(), isModule(workerData.module), workerData.memory instanceof WebAssembly.Memory]);
} else if (!isMainThread || globalThis.name === 'web') {
  onmessage = ({ data }) => postMessage([whose(), isModule(data)]);
} else {
  const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(module);
  console.log(isModule(receiveMessageOnPort(port2)?.message));
  port1.close();
  new Thread(new URL(import.meta.url), { workerData: { module, memory } }).on('message', (answer) => {
    console.log(...answer);
    const web = new Worker(new URL(import.meta.url), { type: 'module', name: 'web' });
    web.onmessage = ({ data }) => {
      console.log(...data);
      process.exit();
    };
    web.postMessage(module);
  });
}
`;
const THREADS_PRINT = 'true\nours true true\nours true\n';

const bun = join(repository, 'hosts/node_modules/@oven/bun-linux-x64/bin/bun');

test.skipIf(!existsSync(bun))(
  'in Bun, worker threads of CommonJS and of the web inherit it',
  () => {
    const place = temporaryFolder();
    writeInputs(place, {
      'who.cjs': `console.log(${OURS}); if (process.argv[2] === 'end') process.exit();`,
      'main.cjs': `const { Worker } = require('node:worker_threads');
      new Worker(__dirname + '/who.cjs').on('exit', () => {
        new globalThis.Worker(__dirname + '/who.cjs').addEventListener('close', () => process.exit());
      });`,
    });
    const { stdout } = execute(bun, ['--preload', entry, 'main.cjs'], { cwd: place, env: force });
    expect(stdout).toBe('ours\nours\n');
  },
);

const deno = join(repository, 'hosts/node_modules/@deno/linux-x64-glibc/deno');

test.skipIf(!existsSync(bun))('in Bun, ES modules are given threads that inherit it', () => {
  const place = temporaryFolder();
  writeInputs(place, { 'threads.mjs': THREADS });
  const outcome = execute(bun, ['--preload', entry, 'threads.mjs'], { cwd: place, env: force });
  expect(outcome).toEqual({ code: 0, stdout: THREADS_PRINT, stderr: '' });
});

describe.skipIf(!existsSync(deno))('in Deno', async () => {
  const place = temporaryFolder();
  // A package.json makes Deno look for packages in `node_modules`, as it does for its own users.
  const installed = join(place, 'node_modules/@wasm2js');
  mkdirSync(installed, { recursive: true });
  const names = ['codegen', 'decoder', 'validator', 'webassembly'];
  for (const name of names) symlinkSync(join(repository, 'packages', name), join(installed, name));
  const program = `const { instance } = await WebAssembly.instantiate(
    await Deno.readFile(new URL('add.wasm', import.meta.url)));
    console.log(${OURS}, instance.exports.add(2, 3));`;
  const dependencies = Object.fromEntries(names.map((name) => [`@wasm2js/${name}`, '*']));
  writeInputs(place, {
    'package.json': JSON.stringify({ type: 'module', dependencies }),
    'add.wasm': add,
    'add.mjs': program,
    'sync.mjs': `new WebAssembly.Module(await Deno.readFile(new URL('add.wasm', import.meta.url)));
      console.log(${OURS});`,
    'by-name.mjs': `import '@wasm2js/webassembly/register'; await import('./add.mjs');`,
  });
  const run = (args: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = execute(deno, ['run', '-A', '--no-lock', ...args], {
      cwd: place,
      env: { ...env, NO_COLOR: '1' },
    });
    return code === 0 ? stdout : stderr;
  };
  const preload = join(installed, 'webassembly/dist/node/register.js');

  test('it is imported by its name', () => {
    expect(run(['by-name.mjs'])).toBe('native 5\n');
    expect(run(['by-name.mjs'], force)).toBe('ours 5\n');
  });

  test('it is loaded before a program, whose modules are compiled when they come', () => {
    expect(run(['--preload', preload, 'add.mjs'])).toBe('native 5\n');
    expect(run(['--preload', preload, 'add.mjs'], force)).toBe('ours 5\n');
    expect(run(['--preload', preload, 'sync.mjs'], force)).toBe('ours\n');
  });

  test('threads inherit it, with what they are given, where they may read it', () => {
    writeInputs(place, { 'threads.mjs': THREADS });
    expect(run(['--preload', preload, 'threads.mjs'], force)).toBe(THREADS_PRINT);
    const { stdout } = execute(
      deno,
      [
        'run',
        `--allow-read=${join(place, 'threads.mjs')}`,
        '--allow-env',
        '--preload',
        preload,
        'threads.mjs',
      ],
      { cwd: place, env: { ...force, NO_COLOR: '1' } },
    );
    expect(stdout).toBe('true\nnative false false\nnative false\n');
  });
});

const node24 = join(repository, 'hosts/node_modules/node-24/bin/node');
const glue = {
  'lib.js': 'export const twice = (x) => 2 * x; export const base = 5;',
  'package.json': '{ "type": "module" }',
  'main.js': `import * as ns from './main.wasm'; import { g } from './main.wasm'; import source from './plain.js';
    import source mod from './main.wasm';
    console.log(Object.keys(ns).join(), ns.f(4), g, ns['a b'], source, mod instanceof WebAssembly.Module, ${OURS});`,
  'plain.js': 'export default 9;',
};

describe.skipIf(!existsSync(node24))('.wasm files as ES modules, on Node 24', async () => {
  const place = temporaryFolder();
  const inner = await parse(
    '(module (global (export "counter") (mut i32) (i32.const 3)) (func (export "h") (result i32) i32.const 1))',
  );
  const main = await parse(`(module (import "./lib.js" "twice" (func $t (param i32) (result i32)))
    (import "./lib.js" "base" (global $b i32)) (import "./inner.wasm" "counter" (global $c (mut i32)))
    (func (export "f") (param i32) (result i32)
      (global.set $c (i32.add (global.get $c) (i32.const 1)))
      (i32.add (call $t (local.get 0)) (i32.add (global.get $b) (global.get $c))))
    (global (export "g") i32 (i32.const 77)) (global (export "a b") i32 (i32.const 6)))`);
  writeInputs(place, { ...glue, 'main.wasm': main, 'inner.wasm': inner });

  test.each(['ours', 'native'])('%s', (kind) => {
    const args = kind === 'ours' ? ['--import', `${url}?force`] : [];
    const { stdout, stderr } = execute(node24, ['--no-warnings', ...args, 'main.js'], {
      cwd: place,
    });
    expect(stderr).toBe('');
    expect(stdout).toBe(`a b,f,g 17 77 6 9 true ${kind}\n`);
  });
});
