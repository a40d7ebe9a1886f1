/** A change of a `.wasm` reaches who imports it, by each bundler's own mechanism. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanEnv, execute, temporaryFolder } from '../../cli/test/cli.js';
import { browsers, start, stop } from '../../cli/test/pages.js';
import { BUNDLERS, bundlersFolder, writeModules } from './projects.js';

/** Bundlers that bundlers/watch.mjs lets watch. */
const WATCHING = ['rollup', 'rolldown', 'webpack', 'rspack', 'esbuild'];

const folder = temporaryFolder();

/** Writes the module: a function that gives a number. */
const writeModule = async (project: string, value: number): Promise<void> => {
  const wat = `(module (func (export "value") (result i32) (i32.const ${value})))`;
  writeFileSync(join(project, 'value.wasm'), new Uint8Array(await parse(wat)));
};

/** A project that imports the module. */
const makeProject = async (name: string, main: string): Promise<string> => {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(project, 'main.js'), main);
  await writeModule(project, 1);
  return project;
};

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts bundlers/watch.mjs; gives a function that waits for its next line. */
const watch = (bundler: string, project: string): (() => Promise<string>) => {
  const args = [join(bundlersFolder, 'watch.mjs'), bundler, project, join(project, 'out')];
  const child = spawn(process.execPath, args, {
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const lines: string[] = [];
  let rest = '';
  let wake = (): void => {};
  let noise = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (noise += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  return async () => {
    const limit = Date.now() + 30_000;
    while (lines.length === 0) {
      if (Date.now() > limit || child.exitCode !== null) throw new Error(`nothing came: ${noise}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 1000);
      });
    }
    return lines.shift()!;
  };
};

describe('a watching bundler', () => {
  for (const { name, there } of BUNDLERS) {
    if (!WATCHING.includes(name)) continue;
    test.skipIf(!there)(
      `${name} builds anew [needs npm run bundlers]`,
      async () => {
        const main = `import { value } from './value.wasm'; console.log(value());`;
        const project = await makeProject(name, main);
        const next = watch(name, project);
        const run = () => execute(process.execPath, [join(project, 'out/main.mjs')]);
        expect(await next()).toBe('built');
        expect(run().stdout).toBe('1\n');
        await new Promise((resolve) => setTimeout(resolve, 300));
        await writeModule(project, 2);
        expect(await next()).toBe('built');
        // A build can begin before the file is written to its end.
        for (let i = 0; i < 20 && run().stdout !== '2\n'; i++)
          await new Promise((resolve) => setTimeout(resolve, 200));
        expect(run()).toEqual({ code: 0, stderr: '', stdout: '2\n' });
      },
      60_000,
    );
  }
});

describe('the development server of Vite', () => {
  const [chromium] = browsers;
  const there = BUNDLERS[0]!.there && existsSync(chromium!.file);
  test.skipIf(!there)(
    'reloads a module in place [needs npm run bundlers, chromium]',
    async () => {
      const main = `import { value } from './value.wasm';
      import module from './value.wasm?module';
      const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
      fetch('/line', { method: 'POST', body: [value(), exports, performance.timeOrigin].join(' ') });
      import.meta.hot.accept();`;
      const project = await makeProject('vite', main);
      const page = '<!doctype html><script type="module" src="/main.js"></script>';
      writeFileSync(join(project, 'index.html'), page);
      const next = watch('vite', project);
      const profile = mkdtempSync(join(tmpdir(), 'wasm2js-profile-'));
      const browser = start(chromium!, profile, await next());
      try {
        const [value, names, origin] = (await next()).split(' ');
        expect([value, names]).toEqual(['1', 'value']);
        await writeModule(project, 2);
        let line = await next();
        if (line.startsWith('1 ')) line = await next();
        // The same page: nothing was loaded anew but the module.
        expect(line).toBe(`2 value ${origin}`);
      } finally {
        await stop(browser, profile);
      }
    },
    90_000,
  );

  test.skipIf(!there)(
    'packages that it bundles ahead [needs npm run bundlers, chromium]',
    async () => {
      const main = `import { hello } from 'glue'; import { twice } from 'address';
      fetch('/line', { method: 'POST', body: [hello(7), await twice(21)].join(' ') });`;
      const project = await makeProject('ahead', main);
      const page = '<!doctype html><script type="module" src="/main.js"></script>';
      writeFileSync(join(project, 'index.html'), page);
      for (const name of ['glue', 'address']) {
        const folder = join(project, 'node_modules', name);
        await writeModules(folder);
        writeFileSync(
          join(folder, 'package.json'),
          `{ "name": "${name}", "type": "module", "exports": "./index.js" }`,
        );
      }
      writeFileSync(
        join(project, 'node_modules/glue/glue_bg.js'),
        `let wasm; export const __wbg_set_wasm = (value) => { wasm = value; };
      export const log = () => {}; export const hello = (value) => wasm.run(value);`,
      );
      writeFileSync(
        join(project, 'node_modules/glue/index.js'),
        `import * as wasm from './glue_bg.wasm'; import { __wbg_set_wasm } from './glue_bg.js';
      __wbg_set_wasm(wasm); wasm.__wbindgen_start(); export * from './glue_bg.js';`,
      );
      writeFileSync(
        join(project, 'node_modules/address/index.js'),
        `export const twice = async (value) => {
        const { instance } = await WebAssembly.instantiateStreaming(fetch(new URL('plain.wasm', import.meta.url)));
        return instance.exports.twice(value);
      };`,
      );
      const next = watch('vite', project);
      const profile = mkdtempSync(join(tmpdir(), 'wasm2js-profile-'));
      const browser = start(chromium!, profile, await next());
      try {
        expect(await next()).toBe('42 42');
      } finally {
        await stop(browser, profile);
      }
    },
    90_000,
  );
});
