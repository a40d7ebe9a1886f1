/**
 * `wasm2js adopt` for what Vite and webpack write without any plugin of ours: each form of import that they know by themselves
 * (bundlers/forms), as a site, minified, with modules as files and inside of scripts; in pages that may compile WebAssembly
 * and in such that may not. Needs `npm run bundlers`.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BUNDLERS,
  buildProjects,
  FORMS,
  type Job,
  prepareProjects,
} from '../../unplugin/test/projects.js';
import { adopt } from '../src/index.js';
import { temporaryFolder } from './cli.js';
import { browsers, openPages, POSTING, STRICT } from './pages.js';

/** Forms that the bundler has by itself, and how modules come into the site. */
const SITES: { bundler: string; name: string; forms: string[]; options: object }[] = [
  {
    bundler: 'vite',
    name: 'files',
    forms: ['cycle', 'dynamic', 'init', 'named', 'namespace', 'new-url', 'url'],
    options: { assetsInlineLimit: 0 },
  },
  {
    bundler: 'vite',
    name: 'inlined',
    forms: ['cycle', 'dynamic', 'init', 'named', 'namespace', 'new-url', 'url'],
    options: {},
  },
  {
    bundler: 'webpack',
    name: 'files',
    forms: ['cycle', 'dynamic', 'named', 'namespace', 'new-url', 'source', 'source-dynamic'],
    options: {
      experiments: { asyncWebAssembly: true, sourceImport: true },
      devtool: 'source-map',
    },
  },
  {
    bundler: 'webpack',
    name: 'inlined',
    forms: ['new-url', 'url'],
    options: {
      module: {
        rules: [
          { dependency: 'url', type: 'asset/inline' },
          { resourceQuery: '?url', type: 'asset/inline' },
        ],
      },
    },
  },
];

const folder = temporaryFolder();
const [sites, adopted] = [join(folder, 'sites'), join(folder, 'adopted')];
const there = BUNDLERS.every(
  ({ name, there }) => there || !SITES.some(({ bundler }) => bundler === name),
);
const cases = SITES.flatMap(({ bundler, name, forms, options }) =>
  forms.map((form) => ({ bundler, path: `${bundler}/${name}/${form}`, form, options })),
);

/** What webpack's own imports print: a global is the object, not its value. */
const GLOBAL = '[object WebAssembly.Global]';
const WEBPACK: Record<string, string> = {
  dynamic: `9 ${GLOBAL}\n`,
  named: `42 ${GLOBAL} 36 ${GLOBAL}\n`,
  namespace: `add,answer,shared 5 ${GLOBAL} 36\n`,
};
const linesOf = (installed: boolean): string[] =>
  cases.flatMap(({ bundler, path, form }) => {
    const { expected } = FORMS.find(({ name }) => name === form)!;
    const text = (bundler === 'webpack' && WEBPACK[form]) || expected;
    return [path, ...text.trimEnd().split('\n'), `installed ${installed}`];
  });

/** Opens the sites of all forms one after the other, each in a frame of its own. */
const ALL = `${POSTING}
addEventListener('message', ({ data }) => {
  if (data !== 'end') say(data);
  else next();
});
const paths = ${JSON.stringify(cases.map(({ path }) => path))};
const frame = document.createElement('iframe');
document.body.append(frame);
const next = () => {
  const path = paths.shift();
  if (path === undefined) return say('end');
  say(path);
  frame.src = path + '/index.html';
};
next();
`;
const FRAME = `'use strict';
console.log = (...values) => parent.postMessage(values.join(' '), '*');
addEventListener('error', ({ message }) => { console.log('error: ' + message); console.log('end'); });
addEventListener('unhandledrejection', ({ reason }) => { console.log('error: ' + reason); console.log('end'); });
`;
const PAGE =
  '<!doctype html><script src="./frame.js"></script><script type="module" src="./site.js"></script>';
const ENTRY = `const { done } = await import('./main.js');
await done;
console.log('installed', WebAssembly[Symbol.for('wasm2js.installed')] === true);
console.log('end');
`;

describe.skipIf(!there)('what bundlers write without a plugin [npm run bundlers]', () => {
  beforeAll(async () => {
    await prepareProjects(folder);
    for (const { name } of FORMS) {
      const project = join(folder, 'projects', name);
      mkdirSync(join(project, 'public'));
      writeFileSync(join(project, 'public/frame.js'), FRAME);
      writeFileSync(join(project, 'site.js'), ENTRY);
      writeFileSync(join(project, 'index.html'), PAGE);
    }
    for (const bundler of new Set(cases.map((one) => one.bundler))) {
      const jobs = cases
        .filter((one) => one.bundler === bundler)
        .map(
          ({ path, form, options }): Job => ({
            project: join(folder, 'projects', form),
            out: join(sites, path),
            target: 'web',
            options,
          }),
        );
      for (const { error } of buildProjects(folder, `${bundler}-site`, jobs))
        expect(error).toBeUndefined();
    }
    writeFileSync(join(sites, 'all.js'), ALL);
    writeFileSync(join(sites, 'all.html'), '<!doctype html><body><script src="all.js"></script>');
    const { left, refused } = await adopt({ input: sites, output: adopted });
    expect({ left, refused }).toEqual({ left: [], refused: [] });
  }, 180_000);

  for (const browser of browsers) {
    const needs = `[needs Debian’s, or ${browser.name.toUpperCase()}=PATH]`;
    test.skipIf(!existsSync(browser.file))(
      `runs in ${browser.name}, with WebAssembly and where a policy forbids it ${needs}`,
      async () => {
        const policy = `${STRICT}; connect-src 'self' data:`;
        const pages = [undefined, policy].map((policy) => ({ path: 'all.html', policy }));
        const [before] = await openPages(browser, sites, pages.slice(0, 1));
        expect(before).toEqual(linesOf(false));
        const [free, strict] = await openPages(browser, adopted, pages);
        expect(free).toEqual(linesOf(false));
        expect(strict).toEqual(linesOf(true));
      },
      200_000,
    );
  }
});
