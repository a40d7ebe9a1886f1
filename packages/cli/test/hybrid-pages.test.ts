/** Hybrid builds in pages: natively, and under a policy that forbids WebAssembly. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { temporaryFolder, writeInputs } from './cli.js';
import { browsers, openPages, POSTING, STRICT } from './pages.js';
import { echo } from './programs.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const WAT = `(module (func (export "half") (param i64) (result i64) (i64.div_s (local.get 0) (i64.const 2)))
  (func (export "trap") unreachable))`;

const USE = `import { half, instantiate } from './file.mjs'; import * as inline from './inline.mjs';
import * as sync from './sync.mjs'; import { run } from './echo.mjs';
${POSTING}
for (const each of [{ half, instantiate, trap: instantiate().trap }, inline, sync, made]) {
  let trapped;
  try { each.trap(); } catch (error) { trapped = error instanceof each.instantiate.RuntimeError; }
  say([each.half(-7n), trapped, each.instantiate.native]);
}
let text = '';
run({ args: ['x', 'y'], files: {}, stdout: (bytes) => { text += new TextDecoder().decode(bytes); } });
say(JSON.stringify(text));
say(performance.getEntriesByType('resource').map(({ name }) => name.replace(/^.*\\//, '')).filter((name) => /fallback|wasm$/.test(name)).sort());
say('end');
`;

beforeAll(async () => {
  writeInputs(folder, { 'half.wat': WAT, 'echo.wat': echo, 'use.mjs': USE });
  const input = at('half.wat');
  await build({ input, output: at('file.mjs'), hybrid: true });
  await build({ input, output: at('inline.mjs'), hybrid: { bytes: 'inline' } });
  await build({ input, output: at('sync.mjs'), hybrid: { load: 'sync' } });
  await build({ input, output: at('script.js'), hybrid: true, format: 'iife', globalName: 'made' });
  await build({ input: at('echo.wat'), output: at('echo.mjs'), hybrid: true });
  writeFileSync(
    at('page.html'),
    '<!doctype html><script src="script.js"></script><script type="module" src="use.mjs"></script>',
  );
});

for (const browser of browsers) {
  const title = `hybrid modules in ${browser.name} [needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`;
  describe.skipIf(!existsSync(browser.file))(title, () => {
    test('by WebAssembly, and by JavaScript where the policy forbids that', async () => {
      const pages = [undefined, STRICT].map((policy) => ({ path: 'page.html', policy }));
      const [free, strict] = await openPages(browser, folder, pages);
      expect(free).toEqual([...Array(4).fill('-3,true,true'), '"x\\ny\\n"', 'echo.wasm,file.wasm']);
      // Nothing of WebAssembly is fetched where it may not be compiled.
      expect(strict).toEqual([
        ...Array(4).fill('-3,true,false'),
        '"x\\ny\\n"',
        'echo.fallback.mjs,file.fallback.mjs,inline.fallback.mjs',
      ]);
    }, 150_000);
  });
}
