/**
 * Compiled text is kept in IndexedDB from one visit of a page to the next, in real browsers: the second time nothing is
 * compiled, whatever the database does.
 */
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { repository, temporaryFolder } from '../../cli/test/cli.js';
import { browsers, openPages, POSTING } from '../../cli/test/pages.js';

const folder = temporaryFolder();
const dist = join(repository, 'packages/webassembly/dist');

/**
 * One visit after the other, by loading the page anew. `visit` runs the program as a page would, and says what it printed and
 * whether it was compiled as a whole, and function by function.
 */
const MAIN = `import { createWebAssembly } from '${dist}/index.js';
import * as compiler from '${dist}/page-compiler.js';
import { createKeptCompiler } from '${dist}/kept-compiler.js';
import { WASI } from '${repository}/packages/wasi-runtime/dist/index.js';

/** What is pending is written when the page is left, or after a second. */
const written = async () => {
  dispatchEvent(new Event('pagehide'));
  await new Promise((resolve) => setTimeout(resolve, 300));
};
let whole = 0;
let functions = 0;
const counted = {
  ...compiler,
  compiledTexts: (...args) => {
    const texts = compiler.compiledTexts(...args);
    return (suspendable) => {
      const { functionText, ...rest } = texts(suspendable);
      return {
        get moduleText() { whole++; return rest.moduleText; },
        functionText: (index) => { functions++; return functionText(index); },
      };
    };
  },
};
async function visit(title, options) {
  await run(title, createWebAssembly({ compiler: createKeptCompiler(counted, options) }));
}
async function run(title, made) {
  whole = functions = 0;
  let text = '';
  const decoder = new TextDecoder();
  const wasi = new WASI({
    version: 'preview1', args: ['primes'], returnOnExit: true,
    stdout: (bytes) => { text += decoder.decode(bytes, { stream: true }); },
  });
  const { instance } = await made.instantiateStreaming(fetch('primes.wasm'), wasi.getImportObject());
  wasi.start(instance);
  say(title + ': ' + (text === await (await fetch('expected.txt')).text()) + ' ' + whole + ' ' + (functions > 0));
}
const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = reject; });
const stored = async (name, store) => {
  const database = await done(indexedDB.open(name, 1));
  const all = await done(database.transaction(store).objectStore(store).getAll());
  database.close();
  return all;
};
const replaced = (object, name, value) => {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return () => Object.defineProperty(object, name, before);
};

const step = Number(location.hash.slice(1));
if (step === 0) {
  await visit('first');
  await written();
  say('parts ' + (await stored('wasm2js', 'parts')).length);
  await posted;
  location.hash = '1';
  location.reload();
} else {
  await visit('second');
  await written();
  say('parts ' + (await stored('wasm2js', 'parts')).length);
  // What \`register\` installs knows it, too.
  await import('./register.js?force');
  await run('registered ' + (WebAssembly[Symbol.for('wasm2js.installed')] === true), WebAssembly);
  await written();
  say('parts ' + (await stored('wasm2js', 'parts')).length);
  // A database that answers nothing sensible, or text that is not what was written, is as good as none.
  const changes = {
    nonsense: () => 'nonsense',
    'no functions': ({ body, digest }) => ({ body, digest, functions: null }),
    'cut off': ({ body, ...rest }) => ({ ...rest, body: body.slice(0, -1) }),
    'one letter': ({ functions, ...rest }) => {
      const [index, text] = Object.entries(functions)[0];
      return { ...rest, functions: { ...functions, [index]: text.replace(/[0-9]/, (digit) => 9 - digit) } };
    },
  };
  for (const [title, change] of Object.entries(changes)) {
    const database = await done(indexedDB.open('wasm2js', 1));
    const parts = database.transaction('parts', 'readwrite').objectStore('parts');
    for (const key of await done(parts.getAllKeys())) parts.put(change(await done(parts.get(key))), key);
    await done(parts.count());
    database.close();
    await visit(title);
    await written();
    await visit('mended');
  }
  // None, one that must not be used, one that never answers, and one that is full.
  for (const [title, value] of [['none', undefined], ['forbidden', { open() { throw new DOMException('no', 'SecurityError'); } }], ['silent', { open: () => ({}) }]]) {
    const back = replaced(globalThis, 'indexedDB', value);
    await visit(title);
    back();
  }
  const back = replaced(IDBObjectStore.prototype, 'put', () => { throw new DOMException('full', 'QuotaExceededError'); });
  await visit('full', { name: 'full' });
  await written();
  back();
  await visit('not full', { name: 'full' });
  await written();
  // What does not fit is not there.
  await visit('small', { name: 'small', most: 1000 });
  await written();
  say('small ' + (await stored('small', 'parts')).length);
  // The modules used last stay; other options are another key.
  const compiled = async (name, most, i) => {
    const made = createWebAssembly({ compiler: createKeptCompiler(compiler, { name, most }) });
    await made.compileStreaming(fetch('primes.wasm'), { importedStringConstants: 'strings' + i });
    await written();
  };
  await compiled('one', 1e9, 0);
  const [{ size }] = await stored('one', 'uses');
  for (let i = 0; i < 6; i++) await compiled('bound', size * 4.5, i);
  const kept = await stored('bound', 'uses');
  say('bound ' + kept.length + ' ' + (await stored('bound', 'parts')).length);
  say('end');
}
`;

describe('in pages', () => {
  const examples = join(repository, 'examples/primes');
  beforeAll(async () => {
    for (const file of ['primes.wasm', 'expected.txt'])
      copyFileSync(join(examples, file), join(folder, file));
    writeFileSync(join(folder, 'posting.js'), POSTING);
    writeFileSync(
      join(folder, 'page.html'),
      '<!doctype html><script src="posting.js"></script><script type="module" src="main.js"></script>',
    );
    writeFileSync(join(folder, 'visits.js'), MAIN);
    await build({
      entryPoints: { main: join(folder, 'visits.js'), register: join(dist, 'register.js') },
      outdir: folder,
      external: ['./register.js?force'],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'error',
    });
  });

  for (const browser of browsers)
    test.skipIf(!existsSync(browser.file))(
      `${browser.name} [needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`,
      async () => {
        const [lines] = await openPages(browser, folder, [
          { path: 'page.html', policy: undefined },
        ]);
        expect(lines).toEqual([
          'first: true 1 true',
          'parts 1',
          'second: true 0 false',
          'parts 1',
          'registered true: true 0 false',
          'parts 1',
          ...['nonsense', 'no functions', 'cut off', 'one letter'].flatMap((title) => [
            `${title}: true 1 true`,
            'mended: true 0 false',
          ]),
          'none: true 1 true',
          'forbidden: true 1 true',
          'silent: true 1 true',
          'full: true 1 true',
          'not full: true 1 true',
          'small: true 1 true',
          'small 0',
          'bound 4 4',
        ]);
      },
      100_000,
    );
});
