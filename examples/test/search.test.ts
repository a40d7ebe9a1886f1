/**
 * A site with Pagefind's search (its own command makes the index and the scripts), adopted: the first result of a search, with
 * WebAssembly and where a policy forbids it. `npm run search` prints how long it takes either way, and `npm run examples` installs Pagefind.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { adopt } from '../../packages/cli/src/index.js';
import { repository, temporaryFolder } from '../../packages/cli/test/cli.js';
import { browsers, openPages, POSTING, STRICT } from '../../packages/cli/test/pages.js';

const pagefind = join(repository, 'examples/search/node_modules/pagefind/lib/runner/bin.cjs');
const folder = temporaryFolder();
const [site, adopted] = [join(folder, 'site'), join(folder, 'adopted')];
/** Pages opened for a figure, one way after the other. */
const ROUNDS = process.env['WASM2JS_MEASURE'] === undefined ? 1 : 7;

const SEARCH = `const { search } = await import('/pagefind/pagefind.js');
const { results } = await search('memory');
const first = await results[0].data();
const time = performance.now();
say(results.length + ' ' + first.url);
say(WebAssembly[Symbol.for('wasm2js.installed')] === true);
say(time);
say('end');
`;

/** The texts of the repository's documents as pages. */
function writeSite(): void {
  mkdirSync(site);
  const docs = join(repository, 'docs');
  const escaped = (text: string) => text.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&lt;'));
  for (const name of readdirSync(docs).filter((file) => file.endsWith('.md'))) {
    const text = readFileSync(join(docs, name), 'utf8');
    const html = `<!doctype html><html lang="en"><title>${name}</title><main><h1>${name}</h1><p>${escaped(text)}</p></main></html>`;
    writeFileSync(join(site, name.replace('.md', '.html')), html);
  }
  writeFileSync(join(site, 'posting.js'), POSTING);
  writeFileSync(join(site, 'search.js'), SEARCH);
  const scripts =
    '<script src="posting.js"></script><script type="module" src="search.js"></script>';
  writeFileSync(
    join(site, 'search.html'),
    `<!doctype html><html lang="en" data-pagefind-ignore="all">${scripts}</html>`,
  );
  execFileSync(process.execPath, [pagefind, '--site', site], { stdio: 'ignore' });
}

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]!;

describe.skipIf(!existsSync(pagefind))('a site with Pagefind [npm run examples]', () => {
  beforeAll(async () => {
    writeSite();
    await adopt({ input: site, output: adopted });
  });
  for (const browser of browsers) {
    const needs = `[needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`;
    test.skipIf(!existsSync(browser.file))(
      `finds the same in ${browser.name}, with WebAssembly and where a policy forbids it ${needs}`,
      async () => {
        const times: [number[], number[]] = [[], []];
        let found: string | undefined;
        for (let round = 0; round < ROUNDS; round++) {
          const pages = [undefined, STRICT].map((policy) => ({ path: 'search.html', policy }));
          const results = await openPages(browser, adopted, pages);
          results.forEach(([result, isOurs, time], way) => {
            found ??= result;
            expect(result).toMatch(/^[1-9]\d* \/.+\.html$/);
            expect([result, isOurs]).toEqual([found, String(way === 1)]);
            times[way]!.push(Number(time));
          });
        }
        const [own, ours] = times.map(median) as [number, number];
        if (ROUNDS > 1)
          console.log(
            `${browser.name}: first result after ${own.toFixed(0)} ms, in JavaScript ${ours.toFixed(0)} ms (${(ours / own).toFixed(2)})`,
          );
      },
      60_000 * ROUNDS,
    );
  }
});
