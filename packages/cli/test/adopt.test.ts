/** `wasm2js adopt`: a site and a package, made of everything that names modules and scripts, copied and run. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { parse } from '@bytecodealliance/jco';
import { describe, expect, test } from 'vitest';
import { adopt } from '../src/index.js';
import { execute, temporaryFolder } from './cli.js';
import { browsers, openPages, POSTING, STRICT } from './pages.js';

const folder = temporaryFolder();
const ADD =
  '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))';
const MUL =
  '(module (func (export "mul") (param i32 i32) (result i32) local.get 0 local.get 1 i32.mul))';

async function write(root: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

const sha384 = (text: string): string =>
  `sha384-${createHash('sha384').update(text).digest('base64')}`;

async function site(root: string): Promise<void> {
  const add = new Uint8Array(await parse(ADD));
  const mul = new Uint8Array(await parse(MUL));
  const chunk = `export const bytes = Uint8Array.from(atob(${JSON.stringify(Buffer.from(mul).toString('base64'))}), (c) => c.charCodeAt(0));
export const mul = async () => (await WebAssembly.instantiate(bytes)).instance.exports.mul;\n`;
  const classic = `'use strict';
say('own ' + (WebAssembly[Symbol.for('wasm2js.installed')] !== true));
fetch('deep/add.wasm').then((response) => WebAssembly.instantiateStreaming(response)).then(({ instance }) => {
  say('streaming ' + instance.exports.add(40, 2));
  const worker = new Worker('deep/worker.js');
  worker.onmessage = ({ data }) => { say('worker ' + data); next(); };
});
`;
  await write(root, {
    'posting.js': POSTING,
    'index.html': `<!doctype html>
<html><head><title>x</title>
<link rel="modulepreload" href="chunk.mjs" integrity="${sha384(chunk)}">
</head><body>
<script src="posting.js"></script>
<script src="classic.js" integrity="${sha384(classic)}"></script>
<script type="module" src="main.mjs"></script>
</body></html>
`,
    'classic.js': classic,
    'chunk.mjs': chunk,
    'main.mjs': `import { bytes, mul } from './chunk.mjs';
globalThis.next = () => {
  const bundled = new Worker(new URL("/deep/bundled.js",""+import.meta.url),{type:"module"});
  const answered = new Promise((resolve) => { bundled.onmessage = ({ data }) => resolve('bundled worker ' + data); });
  const worker = new Worker(new URL('./deep/module-worker.mjs', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => {
    say('module worker ' + data);
    const text = 'onmessage = ({ data }) => postMessage(new WebAssembly.Instance(new WebAssembly.Module(data)).exports.mul(5, 5));';
    const blob = new Worker(URL.createObjectURL(new Blob([text])));
    blob.onmessage = async ({ data }) => { say('blob worker ' + data); say(await answered); say('end'); };
    blob.postMessage(bytes);
  };
};
say('module ' + (await mul())(6, 7));
`,
    'deep/add.wasm': add,
    'deep/worker.js': `importScripts('helper.js');`,
    'deep/helper.js': `fetch('add.wasm').then((r) => r.arrayBuffer()).then((bytes) => {
  postMessage(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.add(1, 2));
});`,
    // As Vite writes it: started as a module, without an import.
    'deep/bundled.js': `fetch('/deep/add.wasm').then((r) => WebAssembly.instantiateStreaming(r)).then(({ instance }) => {
  postMessage(instance.exports.add(4, 5));
});`,
    'deep/module-worker.mjs': `import { mul } from '../chunk.mjs';
postMessage((await mul())(3, 5));
`,
  });
}

describe('a site', () => {
  const input = join(folder, 'site');
  const output = join(folder, 'adopted');

  test('is copied with a first script, first lines and digests that are right', async () => {
    await site(input);
    const { files, modules, left } = await adopt({ input, output });
    expect(modules.map(({ form }) => form).sort()).toEqual(['base64', 'file']);
    expect(left).toEqual([]);
    expect(Object.fromEntries(files.map(({ path, change }) => [path, change]))).toEqual({
      'index.html': 'first script',
      'classic.js': 'first line',
      'chunk.mjs': 'first line',
      'main.mjs': 'first line',
      'deep/helper.js': 'first line',
      'deep/bundled.js': 'first line',
      'deep/module-worker.mjs': 'first line',
      'deep/worker.js': 'first line',
      'wasm2js/boot.js': 'added',
      'wasm2js/boot.mjs': 'added',
      'wasm2js/object.js': 'added',
      'wasm2js/modules.js': 'added',
      'wasm2js/package.json': 'added',
    });
    const page = await readFile(join(output, 'index.html'), 'utf8');
    expect(page).toContain('<script src="wasm2js/boot.js"></script><script src="posting.js">');
    for (const file of ['classic.js', 'chunk.mjs'])
      expect(page).toContain(`integrity="${sha384(await readFile(join(output, file), 'utf8'))}"`);
    expect(await readFile(join(output, 'classic.js'), 'utf8')).toMatch(/^'use strict';/);
    expect(await readFile(join(input, 'index.html'), 'utf8')).not.toContain('wasm2js');
  });

  for (const browser of browsers) {
    test.skipIf(!existsSync(browser.file))(
      `runs in ${browser.name}, with WebAssembly and where a policy forbids it [needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`,
      async () => {
        const strict = await openPages(browser, output, [
          { path: 'index.html', policy: `${STRICT}; worker-src 'self' blob:` },
          { path: 'index.html', policy: undefined },
        ]);
        for (const [i, lines] of strict.entries()) {
          const workers = ['worker 3', 'bundled worker 9', 'module worker 15', 'blob worker 25'];
          const expected = [`own ${i === 1}`, 'module 42', 'streaming 42', ...workers];
          expect([...lines].sort()).toEqual(expected.sort());
        }
      },
      150_000,
    );
  }
});

describe('an odd site', () => {
  const input = join(folder, 'odd');
  const output = join(folder, 'odd-adopted');

  test('keeps its addresses, names and compressed files', async () => {
    const add = new Uint8Array(await parse(ADD));
    const mul = new Uint8Array(await parse(MUL));
    const squared = `const bytes = Uint8Array.from(atob(${JSON.stringify(Buffer.from(mul).toString('base64'))}), (c) => c.charCodeAt(0));
const answer = () => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.mul(5, 5);`;
    const files = {
      'posting.js': POSTING,
      'a b/pagé.html': `<!doctype html><html><head><meta charset="utf-8"><base href="../deep/d/">
<script type="importmap">{"imports":{"sum":"./%C3%BCber%20sum.mjs"}}</script>
<script src="../../posting.js"></script></head><body><script type="module">
import { sum } from 'sum';
say('own ' + (WebAssembly[Symbol.for('wasm2js.installed')] !== true));
say('sum ' + (await sum(20, 3)));
const told = (worker) => new Promise((resolve, reject) => { worker.onmessage = ({ data }) => resolve(data); worker.onerror = reject; });
say('escaped ' + (await told(new Worker('w%C3%B6rker%201.js'))));
const text = ${JSON.stringify(`${squared}
postMessage(answer());`)};
say('data ' + (await told(new Worker('data:text/javascript,' + encodeURIComponent(text)))));
say('base64 ' + (await told(new Worker('data:text/javascript;base64,' + btoa(text)))));
say('data module ' + (await told(new Worker('data:text/javascript,' + encodeURIComponent(text), { type: 'module' }))));
const shared = URL.createObjectURL(new Blob([${JSON.stringify(`${squared}
let met = 0;
onconnect = ({ ports: [port] }) => port.postMessage(answer() + ++met);`)}]));
for (let i = 0; i < 2; i++) {
  const { port } = new SharedWorker(shared);
  say('shared ' + (await new Promise((resolve) => { port.onmessage = ({ data }) => resolve(data); })));
}
say('end');
</script></body></html>
`,
      'deep/d/über sum.mjs': `export const sum = async (a, b) => {
  const packed = (await fetch(new URL('./ä dd.wasm.gz', import.meta.url))).body.pipeThrough(new DecompressionStream('gzip'));
  return (await WebAssembly.instantiate(await new Response(packed).arrayBuffer())).instance.exports.add(a, b);
};
`,
      'deep/d/ä dd.wasm.gz': gzipSync(add),
      // Nothing in it looks like a worker, or names what it is for.
      'deep/d/wörker 1.js': "importScripts('help.js');\nself.postMessage(help());\n",
      'deep/d/help.js': `${squared}\nconst help = () => answer();\n`,
    };
    await write(input, files);
    const worker = files['deep/d/wörker 1.js'];
    await write(input, {
      'deep/d/wörker 1.js.gz': gzipSync(worker),
      'deep/d/wörker 1.js.br': brotliCompressSync(worker),
      'deep/d/help.js.gz': 'no form of it',
    });
    const { files: changed, left } = await adopt({ input, output });
    expect(left).toEqual([]);
    expect(changed.filter(({ change }) => change === 'compressed').map(({ path }) => path)).toEqual(
      ['deep/d/wörker 1.js.gz', 'deep/d/wörker 1.js.br'],
    );
    const read = (path: string) => readFile(join(output, path));
    const script = await read('deep/d/wörker 1.js');
    expect(script.toString()).toContain('importScripts("../../wasm2js/boot.js")');
    expect(gunzipSync(await read('deep/d/wörker 1.js.gz'))).toEqual(script);
    expect(brotliDecompressSync(await read('deep/d/wörker 1.js.br'))).toEqual(script);
    expect((await read('deep/d/help.js.gz')).toString()).toBe('no form of it');
    const page = (await read('a b/pagé.html')).toString();
    expect(page).toContain('<script src="../wasm2js/boot.js"></script><base href');
  });

  for (const browser of browsers) {
    test.skipIf(!existsSync(browser.file))(
      `runs in ${browser.name}, with WebAssembly and where a policy forbids it [needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`,
      async () => {
        const path = encodeURI('a b/pagé.html');
        // Workers of data have no other origin than `self` to load from.
        const policy = "script-src 'self' 'unsafe-inline'; worker-src 'self' blob: data:";
        const found = await openPages(browser, output, [
          { path, policy },
          { path, policy: undefined },
        ]);
        for (const [i, lines] of found.entries())
          expect(lines).toEqual([
            `own ${i === 1}`,
            'sum 23',
            'escaped 25',
            'data 25',
            'base64 25',
            'data module 25',
            'shared 26',
            'shared 27',
          ]);
      },
      150_000,
    );
  }
});

describe('policies in pages', () => {
  const page = (policy: string, script = '<script>1</script>') =>
    `<html><head><meta http-equiv="Content-Security-Policy" content="${policy}"></head><body>${script}</body></html>`;
  const pages: [name: string, html: string, expected: RegExp][] = [
    [
      'self',
      page("script-src 'self'"),
      /content="script-src 'self'".*<script src="wasm2js\/boot.js"><\/script>/,
    ],
    [
      'digest',
      page("default-src 'sha256-AAAA'"),
      /content="default-src 'sha256-AAAA' 'sha384-[^"]*' 'sha384-[^"]*' 'sha384-[^"]*'".*<script src="wasm2js\/boot.js" integrity="sha384-/,
    ],
    [
      'nonce',
      page("script-src 'nonce-abc'", '<script nonce="abc">1</script>'),
      /content="script-src 'nonce-abc'".*<script src="wasm2js\/boot.js" nonce="abc"><\/script><script nonce/,
    ],
  ];
  for (const [name, html, expected] of pages)
    test(`name scripts by ${name}`, async () => {
      const [input, output] = [join(folder, `policy-${name}`), join(folder, `policy-${name}-out`)];
      await write(input, { 'index.html': html, 'a.wasm': new Uint8Array(await parse(ADD)) });
      await adopt({ input, output });
      expect(await readFile(join(output, 'index.html'), 'utf8')).toMatch(expected);
    });
});

describe('a program', () => {
  const input = join(folder, 'program');
  const output = join(folder, 'program-out');
  const script = (read: string) =>
    `${read}\nconsole.log(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.add(20, 22), WebAssembly[Symbol.for('wasm2js.installed')] === true);\n`;

  test('of CommonJS and of modules runs on hosts without WebAssembly, and with it by the host’s', async () => {
    await write(input, {
      'package.json': '{"type":"module"}',
      'lib/add.wasm': new Uint8Array(await parse(ADD)),
      'main.js': `#!/usr/bin/env node\n${script("import { readFileSync } from 'node:fs';\nconst bytes = readFileSync(new URL('lib/add.wasm', import.meta.url));")}`,
      'deep/main.cjs': script(
        "'use strict';\nconst bytes = require('fs').readFileSync(__dirname + '/../lib/add.wasm');",
      ),
    });
    await adopt({ input, output });
    const node = process.execPath;
    for (const file of ['main.js', 'deep/main.cjs']) {
      const path = join(output, file);
      expect(execute(node, ['--jitless', path])).toMatchObject({ code: 0, stdout: '42 true\n' });
      expect(execute(node, [path])).toMatchObject({ code: 0, stdout: '42 false\n' });
    }
  });
});

test('folders that would be lost, or are adopted already, are refused', async () => {
  const input = join(folder, 'small');
  await write(input, { 'a.wasm': new Uint8Array(await parse(ADD)) });
  await expect(adopt({ input, output: join(input, 'out') })).rejects.toThrow(
    'neither in the folder',
  );
  await expect(adopt({ input, output: folder })).rejects.toThrow('neither in the folder');
  await expect(adopt({ input: join(input, 'a.wasm'), output: join(folder, 'o') })).rejects.toThrow(
    'is no folder',
  );
  await adopt({ input, output: join(folder, 'once') });
  await expect(adopt({ input, output: join(folder, 'once') })).rejects.toThrow('is not empty');
  await expect(
    adopt({ input: join(folder, 'once'), output: join(folder, 'twice') }),
  ).rejects.toThrow('adopted before');
  await write(join(folder, 'none'), { 'index.html': '<script>1</script>' });
  await expect(adopt({ input: join(folder, 'none'), output: join(folder, 'n') })).rejects.toThrow(
    'no module',
  );
  expect(existsSync(join(folder, 'n'))).toBe(false);
});

describe('the page that emcc writes for hello.c', () => {
  const output = join(folder, 'emscripten-out');
  // Its own scripts stand in the page; WebAssembly needs 'wasm-unsafe-eval'.
  const policy =
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
  const watching = `<!doctype html><iframe src="hello.html"></iframe><script>${POSTING}
const timer = setInterval(() => {
  const { contentDocument, contentWindow } = document.querySelector('iframe');
  const text = contentDocument?.getElementById('output')?.value;
  if (!text) return;
  clearInterval(timer);
  say(text.trim());
  say(contentWindow.WebAssembly[Symbol.for('wasm2js.installed')] === true);
  say('end');
}, 50);
</script>`;

  test('is copied', async () => {
    const { files } = await adopt({
      input: fileURLToPath(new URL('fixtures/emscripten', import.meta.url)),
      output,
    });
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['hello.html', 'hello.js']),
    );
    await writeFile(join(output, 'watching.html'), watching);
  });

  test('runs in Node where there is no WebAssembly', () => {
    // This Emscripten fetches files by their paths where there is a fetch, which Node's refuses, natively too.
    const script = `delete globalThis.fetch; require(${JSON.stringify(join(output, 'hello.js'))})`;
    const { stdout } = execute(process.execPath, ['--jitless', '-e', script]);
    expect(stdout).toBe('hello, world!\n');
  });

  for (const browser of browsers) {
    test.skipIf(!existsSync(browser.file))(
      `prints its line in ${browser.name}, with WebAssembly and without [needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`,
      async () => {
        const lines = await openPages(browser, output, [
          { path: 'watching.html', policy },
          { path: 'watching.html', policy: undefined },
        ]);
        expect(lines).toEqual([
          ['hello, world!', 'true'],
          ['hello, world!', 'false'],
        ]);
      },
      150_000,
    );
  }
});
