/**
 * Every form of import with every bundler: each folder of bundlers/forms is built by each bundler that `npm run bundlers`
 * installs, and the bundle prints what is expected, by the host's WebAssembly, without it, and in mode `js`. The table of
 * all of it is bundlers/README.md's (npm run bless).
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, temporaryFolder } from '../../cli/test/cli.js';
import { browsers, openPages, POSTING, STRICT } from '../../cli/test/pages.js';
import {
  BUNDLERS,
  type Built,
  buildProjects,
  bundlersFolder,
  FORMS,
  type Job,
  prepareProjects,
} from './projects.js';

/** How a bundle is made and run, and what it tells of the way. */
const WAYS: { name: string; mode: string; env: Record<string, string>; used: boolean }[] = [
  { name: 'native', mode: 'hybrid', env: {}, used: true },
  { name: 'without WebAssembly', mode: 'hybrid', env: { NO_WEBASSEMBLY: '1' }, used: false },
  { name: 'mode js', mode: 'js', env: {}, used: false },
];

const folder = temporaryFolder();
const project = (form: string): string => join(folder, 'projects', form);

interface Ran {
  output: string;
  /** Did the host's WebAssembly make an instance? */
  native: boolean;
  error?: string;
}

/** Runs bundles in one process. */
function runAll(files: string[], env: Record<string, string>): Ran[] {
  const list = join(folder, 'run.json');
  writeFileSync(list, JSON.stringify(files));
  const args = ['--import', join(bundlersFolder, 'spy.mjs'), join(bundlersFolder, 'run.mjs'), list];
  const { code, stderr } = execute(process.execPath, args, { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(readFileSync(list, 'utf8')) as Ran[];
}

beforeAll(() => prepareProjects(folder));

for (const { name: bundler, there, command } of BUNDLERS) {
  describe.skipIf(!there)(`${bundler} [needs npm run bundlers]`, () => {
    const built = new Map<string, Built>();
    const ran = new Map<string, Ran>();
    const outOf = (form: string, mode: string): string => join(folder, 'out', bundler, mode, form);

    beforeAll(() => {
      const list = FORMS.flatMap(({ name, about: { options } }) =>
        ['hybrid', 'js'].map((mode) => ({ name, mode, options })),
      );
      const jobs = list.map(
        ({ name, mode, options }): Job => ({
          project: project(name),
          out: outOf(name, mode),
          target: 'node',
          options: { ...options, mode },
        }),
      );
      const results = buildProjects(folder, bundler, jobs, command);
      list.forEach(({ name, mode }, i) => {
        built.set(`${mode} ${name}`, results[i]!);
      });
      for (const { name: way, mode, env } of WAYS) {
        const there = FORMS.flatMap(({ name }) => {
          const { file } = built.get(`${mode} ${name}`)!;
          return file === undefined ? [] : [{ name, file }];
        });
        const all = runAll(
          there.map(({ file }) => file),
          env,
        );
        there.forEach(({ name }, i) => {
          ran.set(`${way} ${name}`, all[i]!);
        });
      }
    }, 180_000);

    for (const { name, about, expected } of FORMS) {
      const gap = about.gaps?.[bundler];
      test(`${about.title}${gap === undefined ? '' : ': a gap'}`, () => {
        // A gap fails to build, or gives something else: if not, it is none any more.
        if (gap !== undefined) {
          expect(ran.get(`native ${name}`)?.output).not.toBe(expected);
          return;
        }
        for (const way of WAYS) {
          expect(built.get(`${way.mode} ${name}`)!.error).toBeUndefined();
          // Nothing is made of a module that is only looked at, and Metro's are JavaScript.
          const native = way.used && name !== 'source-dynamic' && bundler !== 'metro';
          const found = ran.get(`${way.name} ${name}`);
          expect({ way: way.name, ...found }).toEqual({ way: way.name, output: expected, native });
        }
      });
    }
  });
}

describe('in pages', () => {
  const web = ['vite', 'webpack'];
  const site = join(folder, 'site');
  const cases = web.flatMap((bundler) =>
    FORMS.filter(({ about }) => about.gaps?.[bundler] === undefined).map((form) => ({
      bundler,
      ...form,
    })),
  );
  const there =
    BUNDLERS.every((one) => !web.includes(one.name) || one.there) &&
    browsers.some(({ file }) => existsSync(file));

  beforeAll(() => {
    if (!there) return;
    for (const bundler of web) {
      const mine = cases.filter((one) => one.bundler === bundler);
      const jobs = mine.map(
        ({ name, about: { options } }): Job => ({
          project: project(name),
          out: join(site, bundler, name),
          target: 'web',
          options: { ...options, mode: 'hybrid' },
        }),
      );
      for (const { error } of buildProjects(folder, bundler, jobs)) expect(error).toBeUndefined();
    }
    const files = cases.map(({ bundler, name }) => `./${bundler}/${name}/main.mjs`);
    const page = '<!doctype html><script type="module" src="page.js"></script>';
    writeFileSync(join(site, 'page.html'), page);
    writeFileSync(
      join(site, 'page.js'),
      `${POSTING}
      console.log = (...values) => say(values.join(' '));
      for (const file of ${JSON.stringify(files)}) await (await import(file)).done;
      say('end');`,
    );
  }, 120_000);

  for (const browser of browsers) {
    test.skipIf(!there || !existsSync(browser.file))(
      `${browser.name}, free and under a policy that forbids WebAssembly`,
      async () => {
        const pages = [undefined, STRICT].map((policy) => ({ path: 'page.html', policy }));
        const expected = cases.flatMap((one) => one.expected.trimEnd().split('\n'));
        const [free, strict] = await openPages(browser, site, pages);
        expect(free).toEqual(expected);
        expect(strict).toEqual(expected);
      },
      150_000,
    );
  }
});

test('the table', () => {
  const names = BUNDLERS.map(({ name }) => name);
  const notes: string[] = [];
  const note = (reason: string): string => {
    if (!notes.includes(reason)) notes.push(reason);
    return `– (${notes.indexOf(reason) + 1})`;
  };
  const rows = FORMS.map(({ name, about: { title, gaps, options } }) => {
    const cells = names.map((bundler) =>
      gaps?.[bundler] === undefined ? 'yes' : note(gaps[bundler]),
    );
    const given = options === undefined ? '' : ` with \`${JSON.stringify(options)}\``;
    return `| [${name}](forms/${name}) | ${title}${given} | ${cells.join(' | ')} |`;
  });
  const table = [
    `| | what is written | ${names.join(' | ')} |`,
    `|---|---|${names.map(() => '---|').join('')}`,
    ...rows,
    ...(notes.length === 0 ? [] : ['', ...notes.map((reason, i) => `(${i + 1}) ${reason}`)]),
  ].join('\n');
  const file = join(bundlersFolder, 'README.md');
  const text = readFileSync(file, 'utf8');
  const marks = /(<!-- table: made by npm run bless -->\n)[\s\S]*(<!-- end of table -->)/;
  const whole = text.replace(marks, `$1\n${table}\n\n$2`);
  if (process.env['WASM2JS_BLESS']) writeFileSync(file, whole);
  else expect(text).toBe(whole);
});
