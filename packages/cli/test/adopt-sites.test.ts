/**
 * `wasm2js adopt` for sites that others have made: what wasm-pack writes for the web, as it is published, in pages that may
 * compile WebAssembly and in such that may not. Needs `npm run ecosystem:install`.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { adopt } from '../src/index.js';
import { repository, temporaryFolder } from './cli.js';
import { browsers, openPages, POSTING, STRICT } from './pages.js';

const snappy = join(repository, 'ecosystem/node_modules/snappy-wasm/es');
const folder = temporaryFolder();
const [site, adopted] = [join(folder, 'site'), join(folder, 'adopted')];

const MAIN = `import init, { compress_raw, decompress_raw } from './pkg/snappy.js';
await init();
const text = 'to compress, to compress, to compress '.repeat(100);
const small = compress_raw(new TextEncoder().encode(text));
say(small.length < 400);
say(new TextDecoder().decode(decompress_raw(small)) === text);
try { decompress_raw(Uint8Array.of(255, 255, 255)); } catch (error) { say(String(error)); }
say(WebAssembly[Symbol.for('wasm2js.installed')] === true);
say('end');
`;

describe.skipIf(!existsSync(snappy))(
  'a site with a package of wasm-pack [npm run ecosystem:install]',
  () => {
    beforeAll(async () => {
      await mkdir(site);
      await cp(snappy, join(site, 'pkg'), { recursive: true });
      await writeFile(join(site, 'posting.js'), POSTING);
      await writeFile(join(site, 'main.js'), MAIN);
      await writeFile(
        join(site, 'index.html'),
        '<!doctype html><script src="posting.js"></script><script type="module" src="main.js"></script>',
      );
      await adopt({ input: site, output: adopted });
    });
    for (const browser of browsers) {
      const needs = `[needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`;
      test.skipIf(!existsSync(browser.file))(
        `runs in ${browser.name}, with WebAssembly and where a policy forbids it ${needs}`,
        async () => {
          const pages = [undefined, STRICT].map((policy) => ({ path: 'index.html', policy }));
          const [before] = await openPages(browser, site, pages.slice(0, 1));
          expect(before!.slice(0, 2)).toEqual(['true', 'true']);
          const [free, strict] = await openPages(browser, adopted, pages);
          expect(free).toEqual([...before!.slice(0, -1), 'false']);
          expect(strict).toEqual([...before!.slice(0, -1), 'true']);
        },
        200_000,
      );
    }
  },
);
