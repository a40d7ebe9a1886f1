/** What the plugin does besides forms of imports, with esbuild, which the repository has. */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from '@bytecodealliance/jco';

import { type BuildOptions, build } from 'esbuild';
import { expect, test } from 'vitest';
import { execute, temporaryFolder } from '../../cli/test/cli.js';
import { type Options, wasm2js } from '../src/index.js';

const folder = temporaryFolder();
let count = 0;

const MATH = `(module (global (export "answer") i32 (i32.const 42))
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $sub (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func $odd (export "an odd-name") (result i32) (i32.const 3)))`;

/** Writes a project; files that end in `.wasm` are given as text. */
const makeProject = async (files: Record<string, string>): Promise<string> => {
  const project = join(folder, `project${count++}`);
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name.endsWith('.wasm') ? new Uint8Array(await parse(text)) : text);
  }
  return project;
};

/** Builds `main.js`; gives all that was written, and what it prints. */
const bundle = async (project: string, options: Options = {}, more: BuildOptions = {}) => {
  const out = join(project, `out${count++}`);
  await build({
    entryPoints: [join(project, 'main.js')],
    absWorkingDir: project,
    bundle: true,
    format: 'esm',
    outdir: out,
    splitting: (more.format ?? 'esm') === 'esm',
    outExtension: { '.js': more.format === 'iife' ? '.cjs' : '.mjs' },
    logLevel: 'silent',
    plugins: [wasm2js.esbuild(options)],
    ...more,
  });
  const files = readdirSync(out);
  const text = files.map((file) => readFileSync(join(out, file), 'latin1')).join('\n');
  const main = files.find((file) => /^main\.[mc]js$/.test(file))!;
  const run = (...flags: string[]) => execute(process.execPath, [...flags, join(out, main)]);
  return { files, text, run, out };
};

const main = (text: string): Record<string, string> => ({ 'main.js': text, 'math.wasm': MATH });

test('exports that nobody imports are left out', async () => {
  const project = await makeProject(
    main(`import { add } from './math.wasm'; console.log(add(1, 2));`),
  );
  const { text, run } = await bundle(project, { mode: 'js' });
  expect(run().stdout).toBe('3\n');
  expect(text).toContain('$add');
  expect(text).not.toContain('$sub');
  expect((await bundle(project, { mode: 'js', prune: false })).text).toContain('$sub');
});

test('members of a namespace count, and what other files and modules import', async () => {
  const project = await makeProject({
    ...main(
      `import * as math from './math.wasm'; import './other.js'; console.log(math.add(1, 2));`,
    ),
    'other.js': `import { both } from './user.wasm'; console.log(both());`,
    'user.wasm': `(module (import "./math.wasm" "sub" (func $sub (param i32 i32) (result i32)))
      (func (export "both") (result i32) (call $sub (i32.const 9) (i32.const 4))))`,
  });
  const { text, run } = await bundle(project, { mode: 'js' });
  expect(run().stdout).toBe('5\n3\n');
  expect(text).toContain('$sub');
  expect(text).not.toContain('$odd');
});

test('a namespace that goes elsewhere keeps all', async () => {
  const code = `import * as math from './math.wasm'; console.log(Object.keys(math).sort().join(), math['an odd-name']());`;
  const { run } = await bundle(await makeProject(main(code)), { mode: 'js' });
  expect(run().stdout).toBe('add,an odd-name,answer,sub 3\n');
});

test('an importer outside of the project that wants more is told', async () => {
  const outside = await makeProject({ 'outside.js': '' });
  const code = `import { add } from './math.wasm'; import '${outside}/outside.js'; console.log(add(1, 2));`;
  const project = await makeProject(main(code));
  writeFileSync(
    join(outside, 'outside.js'),
    `import { sub } from '${project}/math.wasm'; console.log(sub(1, 2));`,
  );
  await expect(bundle(project)).rejects.toThrow(
    /math\.wasm: sub is imported by .*outside\.js, .* prune: false/,
  );
  expect((await bundle(project, { prune: false })).run().stdout).toBe('-1\n3\n');
});

test('a module of a package, and one whose file is found by exports', async () => {
  const project = await makeProject({
    'main.js': `import { add } from 'pkg/math.wasm'; console.log(add(20, 22));`,
    'node_modules/pkg/package.json':
      '{ "name": "pkg", "exports": { "./math.wasm": "./lib/m.wasm" } }',
    'node_modules/pkg/lib/m.wasm': MATH,
  });
  expect((await bundle(project)).run().stdout).toBe('42\n');
});

test('who speaks of WebAssembly has it, and nobody else is given the object', async () => {
  const code = `import { add } from './math.wasm'; console.log(add(1, 2));`;
  const small = await bundle(await makeProject(main(code)), { mode: 'js' });
  expect(small.text.length).toBeLessThan(20_000);
  const glue = `import * as wasm from './math.wasm';
    console.log(wasm instanceof WebAssembly.Module, wasm.add(1, 2));`;
  for (const mode of ['js', 'hybrid'] as const) {
    const { run } = await bundle(await makeProject(main(glue)), { mode });
    expect(run().stdout).toBe('false 3\n');
    expect(run('--jitless').stdout).toBe('false 3\n');
  }
});

test('glue that the module imports has WebAssembly, too', async () => {
  const project = await makeProject({
    'main.js': `import { run } from './glue.wasm'; console.log(run());`,
    'glue.js': `const known = new WebAssembly.Memory({ initial: 2 }); export const pages = () => known.buffer.byteLength / 65536;`,
    'glue.wasm': `(module (import "./glue.js" "pages" (func $pages (result i32)))
      (func (export "run") (result i32) (call $pages)))`,
  });
  const { run } = await bundle(project);
  expect(run().stdout).toBe('2\n');
  expect(run('--jitless').stdout).toBe('2\n');
});

test('an address of a module whose features the host lacks', async () => {
  // Node 20 and 22 have no memories of 64-bit addresses.
  const project = await makeProject({
    'main.js': `const bytes = await process.getBuiltinModule('node:fs/promises').readFile(new URL('./large.wasm', import.meta.url));
      const { instance } = await WebAssembly.instantiate(bytes);
      console.log(instance.exports.size());`,
    'large.wasm': '(module (memory i64 3) (func (export "size") (result i64) (memory.size)))',
  });
  const { run } = await bundle(project);
  expect(run()).toEqual({ code: 0, stdout: '3n\n', stderr: '' });
});

test('bundles that are no ES modules have all in one file', async () => {
  const project = await makeProject({
    ...main(`import { add } from './math.wasm'; import init from './math.wasm?init';
      init().then(({ exports }) => console.log(add(1, 2), exports.sub(5, 1)));`),
  });
  const { files, run } = await bundle(project, {}, { format: 'iife' });
  expect(files).toEqual(['main.cjs']);
  expect(run()).toEqual({ code: 0, stdout: '3 4\n', stderr: '' });
  expect(run('--jitless', '--no-warnings').stdout).toBe('3 4\n');
});

test('bytes in the bundle', async () => {
  const project = await makeProject(
    main(`import { add } from './math.wasm'; console.log(add(1, 2));`),
  );
  const { files, run } = await bundle(project, { bytes: 'inline' });
  expect(files.filter((name) => name.endsWith('.wasm'))).toEqual([]);
  expect(run().stdout).toBe('3\n');
});

test('the JavaScript is a file of its own, loaded where it is needed', async () => {
  const project = await makeProject(
    main(`import { add } from './math.wasm'; console.log(add(1, 2));`),
  );
  const { files, out, run } = await bundle(project);
  const [fallback] = files.filter((name) => /^math\.fallback/.test(name));
  writeFileSync(join(out, fallback!), 'throw new Error("loaded")');
  expect(run().stdout).toBe('3\n');
  expect(run('--jitless').stderr).toMatch(/Error: loaded/);
});

test('compiled modules are kept by content', async () => {
  const project = await makeProject(
    main(`import { add } from './math.wasm'; console.log(add(1, 2));`),
  );
  await bundle(project);
  const cache = join(project, 'node_modules/.cache/wasm2js');
  const about = (): string[] =>
    readdirSync(cache, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('about.json'))
      .map((name) => `${name} ${statSync(join(cache, name)).mtimeMs}`);
  const before = about();
  expect(before).toHaveLength(1);
  writeFileSync(join(project, 'math.wasm'), readFileSync(join(project, 'math.wasm')));
  await bundle(project);
  expect(about()).toEqual(before);
  await bundle(project, { largeMemory: true });
  expect(about()).toHaveLength(2);
});

test('declarations', async () => {
  const project = await makeProject(
    main(`import { add } from './math.wasm'; console.log(add(1, 2));`),
  );
  await bundle(project, { dts: 'beside' });
  const declared = readFileSync(join(project, 'math.wasm.d.ts'), 'utf8');
  // Also what is left out of the bundle.
  expect(declared).toMatch(/^export declare const sub: Exports\["sub"\];$/m);
  expect(declared).toMatch(/^export declare const answer: Exports\["answer"\]\["value"\];$/m);
  expect(declared).toMatch(/_e3 as "an odd-name"/);
  await bundle(project, { dts: 'arbitrary' });
  expect(readFileSync(join(project, 'math.d.wasm.ts'), 'utf8')).toBe(declared);
  writeFileSync(join(project, 'math.wasm.d.ts'), '// mine\n');
  await bundle(project, { dts: 'beside' });
  expect(readFileSync(join(project, 'math.wasm.d.ts'), 'utf8')).toBe('// mine\n');
});

test('source maps of rewritten importers', async () => {
  const code = `import source math from './math.wasm';\nconst here = () => { throw new Error(String(math)); };\nhere();`;
  const project = await makeProject(main(code));
  const { run } = await bundle(project, {}, { sourcemap: 'inline' });
  expect(run('--enable-source-maps').stderr).toMatch(/main\.js:2:\d+/);
});

test('source maps of modules go through the bundler', async () => {
  const wat = `(module (func $trap (export "trap") (param i32) (result i32)
    (i32.div_s (i32.const 1) (local.get 0))))`;
  const project = await makeProject({
    'main.js': `import { trap } from './trap.wasm'; trap(0);`,
    'trap.wasm': wat,
  });
  for (const mode of ['js', 'hybrid'] as const) {
    const { run } = await bundle(project, { mode, sourceMap: true }, { sourcemap: 'inline' });
    const { stderr } = run('--enable-source-maps', ...(mode === 'js' ? [] : ['--jitless']));
    expect(stderr).toMatch(/integer divide by zero/);
    expect(stderr).toMatch(/trap\.(fallback\.)?mjs\.wat:\d+/);
  }
});

test('what is no module, is not there, or is a wrong option', async () => {
  const broken = await makeProject({ 'main.js': `import './x.wasm'`, 'x.wasm': '(module)' });
  writeFileSync(join(broken, 'x.wasm'), 'not a module');
  await expect(bundle(broken)).rejects.toThrow(/x\.wasm: this is text, and no WebAssembly/);
  const missing = await makeProject({ 'main.js': `import './y.wasm'` });
  await expect(bundle(missing)).rejects.toThrow(/Could not resolve "\.\/y\.wasm"/);
  expect(() => wasm2js.esbuild({ mode: 'both' as 'js' }).setup).toThrow(
    'wasm2js: mode is one of hybrid, js, not "both"',
  );
});
