/** Modules and shared memories go to other threads, as the host's own do. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, repository, temporaryFolder, wasm2js } from '../../cli/test/cli.js';
import { browsers, openPages, POSTING } from '../../cli/test/pages.js';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const register = join(repository, 'packages/webassembly/dist/node/register.js');
const force = { WASM2JS_WEBASSEMBLY: 'force' };
const program = join(fixtures, 'cloning.cjs');
const out = temporaryFolder();

const hosts = [
  { name: 'this Node', file: process.execPath, flag: '--import' },
  ...['24', '26'].map((version) => ({
    name: `Node ${version}`,
    file: join(repository, `hosts/node_modules/node-${version}/bin/node`),
    flag: '--import',
  })),
  {
    name: 'Bun',
    file: join(repository, 'hosts/node_modules/@oven/bun-linux-x64/bin/bun'),
    flag: '--preload',
  },
];

/** A program's lines. */
function lines(file: string, args: string[], env: Record<string, string> = {}): string[] {
  const { code, stdout, stderr } = execute(file, args, { env });
  return code === 0 && stderr === '' ? stdout.trimEnd().split('\n') : [stdout, stderr];
}

// Bun loses modules that are keys of maps.
const own = lines(process.execPath, [program]);

for (const { name, file, flag } of hosts) {
  describe.skipIf(!existsSync(file))(`${name} [npm run hosts]`, () => {
    test('does with ours what Node does with its own', () => {
      expect(own.at(-1)).toBe('end');
      expect(own.length).toBeGreaterThan(20);
      expect(lines(file, [flag, register, program], force)).toEqual(own);
    });

    // Calls of `Atomics` before and after (codegen's support/atomics.js).
    test('atomic accesses are plain until a memory has left, by whichever way', () => {
      const ways = ['buffer', 'fixed', 'clone', 'deep', 'port', 'data', 'worker'];
      const none = ['resizable', 'wrapped', 'inherited'].map((name) => `${name} TypeError 0`);
      expect(lines(file, [flag, register, join(fixtures, 'lone-memories.cjs')], force)).toEqual([
        ...ways.map((name) => `${name} 0 1`),
        'copy 1 1',
        ...none,
        'grown 0',
      ]);
    });
  });
}

test('modules that were built ahead are found in the other thread, too', () => {
  const source = readFileSync(program, 'utf8');
  const module = join(out, 'add.wasm');
  writeFileSync(module, Buffer.from(/'(AGFz[^']*)'/.exec(source)![1]!, 'base64'));
  const modules = join(out, 'modules.mjs');
  expect(wasm2js(['precompile', module, '-o', modules]).code).toBe(0);
  const strict = ['--disallow-code-generation-from-strings', '--import', modules];
  const found = lines(process.execPath, [...strict, '--import', register, program], force);
  expect(found).toEqual(own);
});

describe('Emscripten: a program of several threads', () => {
  const threads = join(fixtures, 'glue/emscripten/pthreads.js');
  const results = [1, 2, 3, 4].map((n) => `thread ${n}: ${n * 5000}`);
  const expected = [...results, `${1000 * 2 ** 20} 50000 0`];

  for (const { name, file, flag } of hosts)
    test.skipIf(!existsSync(file))(`${name} [npm run hosts]`, () => {
      expect(lines(file, [flag, register, threads], force)).toEqual(expected);
    });
  test('without WebAssembly', () => {
    const args = ['--jitless', '--import', register, threads];
    expect(execute(process.execPath, args).stdout.trimEnd().split('\n')).toEqual(expected);
  });
});

const PAGE = `${POSTING}
const worker = new Worker('worker.js', { type: 'module' });
const bytes = Uint8Array.from(atob('AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags='), (c) => c.charCodeAt(0));
const module = new WebAssembly.Module(bytes);
const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
say(/native/.test(String(WebAssembly.Module)));
const channel = new MessageChannel();
channel.port1.onmessage = ({ data }) => {
  say('port ' + (data.module instanceof WebAssembly.Module));
  say('end');
};
worker.addEventListener('message', ({ data }) => {
  say('worker ' + data.sum + ' ' + (data.module instanceof WebAssembly.Module) + ' ' + new Int32Array(memory.buffer)[1]);
  try { worker.postMessage([new WebAssembly.Memory({ initial: 1 })]); } catch (error) { say(error.name); }
  worker.postMessage({ port: channel.port2 }, [channel.port2]);
});
worker.postMessage({ module, memory });
`;
const WORKER = `
let module;
onmessage = (event) => {
  const { data } = event;
  if (data.port) data.port.postMessage({ module });
  else {
    module = data.module;
    new Int32Array(data.memory.buffer)[1] = 5;
    postMessage({ sum: new WebAssembly.Instance(module).exports.add(2, 40), module: event.data.module });
  }
};
`;

for (const browser of browsers) {
  const title = `in ${browser.name} [needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`;
  describe.skipIf(!existsSync(browser.file))(title, () => {
    const folder = temporaryFolder();
    beforeAll(async () => {
      const entry = join(repository, 'packages/webassembly/dist/register.js');
      for (const [name, script] of Object.entries({ page: PAGE, worker: WORKER })) {
        const contents = `import ${JSON.stringify(`${entry}?force`)};\n${script}`;
        const stdin = { contents, resolveDir: folder };
        // The query stays in the address of the bundle.
        const define = { 'import.meta.url': '"https://here/?force"' };
        const outfile = join(folder, `${name}.js`);
        await build({ stdin, bundle: true, format: 'esm', target: 'es2022', define, outfile });
      }
      writeFileSync(
        join(folder, 'page.html'),
        '<!doctype html><script type="module" src="page.js"></script>',
      );
    });
    test('pages and their workers', async () => {
      const [found] = await openPages(browser, folder, [
        { path: 'page.html', policy: undefined, isolated: true },
      ]);
      const expected = ['worker 42 true 5', 'DataCloneError', 'port true'];
      expect(found).toEqual(['false', ...expected]);
    }, 150_000);
  });
}
