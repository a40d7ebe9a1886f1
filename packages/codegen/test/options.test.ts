/** Whatever the options hold, JavaScript comes out that means it, or a TypeError says why not. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { bundleSource } from '@wasm2js/wasi-runtime/bundle';
import { type Node, parse } from 'acorn';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, checkGlobalName } from '../src/index.js';
import { parseLibrary, readSources } from '../src/support/files.js';
import { printHelpers } from '../src/support/library.js';
import { build, evaluate, importFile, text, writeFiles } from './building.js';

const MODULE = '(module (func (export "f") (result i32) i32.const 7))';
const COMMAND = `(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (func (export "_start")))`;
const DATA = '(module (memory (export "m") 1) (data (i32.const 0) "hello"))';
/** A runtime that hands back what a command was given. */
const RUNTIME = `export class WASI { constructor(options) { this.options = options; }
  getImportObject() { return { wasi_snapshot_preview1: { proc_exit() {} } }; }
  start() { return this.options; } }`;

describe('the name of a script', () => {
  const good = [
    ...['lib', '$', '_', 'a1', 'ünïcode', '名前', 'x\u200d', 'of', 'async', 'get', 'any', 'type'],
    ...[
      'a.b',
      'a.b.c',
      '$._.ü',
      'globalThis.lib',
      'window.lib',
      'self.a.b',
      'a.toString',
      'lib.lib',
    ],
    ...['instantiate', 'run', '_trap', '_e0', '_exports', 'imports', 'constructor', 'Memory'],
  ];
  test.each(good)('%s', async (globalName) => {
    const source = await text(MODULE, { globalName });
    const before = `var window = globalThis, self = globalThis;`;
    const found = evaluate(`(() => { ${before}\n${source}\nreturn ${globalName} })()`);
    expect([found.f(), found.instantiate().f()]).toEqual([7, 7]);
    new Script(`'use strict';\n${source}`);
  });

  const bad = [
    ...[
      '',
      ' ',
      'a b',
      ' a',
      'a ',
      '1',
      '1a',
      'a-b',
      'a.',
      '.a',
      'a..b',
      '.',
      '\\u0061',
      'a\n',
      'a\0',
      'constructor.prototype.x',
      'toString.x',
    ],
    ...[
      'a;b',
      'a=1;b',
      'a/*',
      '//',
      "'",
      '"',
      '`',
      'a[0]',
      'a()',
      '<!--',
      '</script>',
      'a\u2028',
      '#a',
    ],
    ...[
      'class',
      'let',
      'static',
      'yield',
      'await',
      'enum',
      'eval',
      'arguments',
      'this',
      'null',
      'true',
    ],
    ...[
      'implements',
      'package',
      'undefined',
      'a.class',
      'class.a',
      'interface',
      'with',
      'new.target',
    ],
    ...['__proto__', 'a.__proto__', 'a.__proto__.b', 'a.constructor.b', 'a.toString.b', '\ud800'],
    ...[
      'Object',
      'NaN',
      'Math',
      'globalThis',
      'WebAssembly',
      'process',
      'location',
      'globalThis.Map',
    ],
    ...['window.window', 'Math.lib', 'self.document.lib', '\u200da', '😀'],
  ];
  test.each(bad)('not %j', async (globalName) => {
    await expect(build(MODULE, { globalName })).rejects.toThrow(TypeError);
    await expect(build(MODULE, { globalName })).rejects.toThrow(/^globalName "[^\n]*$/);
  });

  test('what is there already is kept', async () => {
    const source = await text(MODULE, { globalName: 'a.b.c' });
    expect(
      evaluate(`(() => { var a = { b: { x: 1 } }; ${source}; return [a.b.x, a.b.c.f()] })()`),
    ).toEqual([1, 7]);
  });

  test('is no global variable that emitted code reads', () => {
    const all = new Set(parseLibrary(readSources()).declarations.map(({ name }) => name));
    for (const source of [printHelpers(all), bundleSource('node')]) {
      const free = freeNames(source);
      expect(free.size).toBeGreaterThan(10);
      for (const name of free) {
        if (/^_([hdr]\d+|owner|View|NewMemory)$/.test(name)) continue; // the emitter's own
        expect(() => checkGlobalName(name), name).toThrow();
      }
    }
  });
});

/** Names that a text refers to and nowhere declares. */
function freeNames(source: string): Set<string> {
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: unknown, role: 'use' | 'binding' | 'key'): void => {
    if (Array.isArray(node)) for (const one of node) visit(one, role);
    if (typeof (node as Node | undefined)?.type !== 'string') return;
    if ((node as Node).type === 'MetaProperty') return;
    const { type, ...rest } = node as Node & Record<string, unknown>;
    if (type === 'Identifier') {
      if (role === 'binding') declared.add(rest['name'] as string);
      if (role === 'use') used.add(rest['name'] as string);
      return;
    }
    for (const [key, child] of Object.entries(rest)) {
      const binds =
        (type === 'VariableDeclarator' && key === 'id') ||
        (/Function|Class/.test(type) && (key === 'id' || key === 'params')) ||
        (type === 'CatchClause' && key === 'param') ||
        (role === 'binding' && !(type === 'AssignmentPattern' && key === 'right'));
      const names =
        !rest['computed'] &&
        ((type === 'MemberExpression' && key === 'property') || key === 'key') &&
        !(rest['shorthand'] as boolean);
      const other = /^(?:Labeled|Break|Continue)/.test(type) && key === 'label';
      visit(child, names || other || /^Export/.test(type) ? 'key' : binds ? 'binding' : 'use');
    }
  };
  visit(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), 'use');
  return new Set([...used].filter((name) => !declared.has(name)));
}

const strange = [
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\u2028',
  '\u2029',
  '`$' + '{x}`',
  '</script>',
  '<!--',
  '*/',
  ';',
];

test('the environment and folders of a command are kept letter by letter', async () => {
  const names = [...strange, '__proto__', 'constructor', '', '\ud800', 'é😀'];
  const env = Object.fromEntries(names.map((name) => [`N${name}`, name]));
  Object.defineProperty(env, '__proto__', { value: 'x', enumerable: true });
  const preopens = Object.fromEntries(
    names.map((name, i) => [
      `/${name}`,
      i % 2 === 0 ? name : { directory: name, readonly: i % 4 === 1 },
    ]),
  );
  const wasi = { mode: 'bundle', source: RUNTIME, env, preopens } as const;
  const sourceName = `dir/${strange.filter((one) => !/[\\/]/.test(one)).join('')}.wasm`;
  const script = await text(COMMAND, { wasi, sourceName });
  for (const part of ['</script', '<!--', '\u2028', '\u2029']) expect(script).not.toContain(part);
  const found = evaluate(script).run();
  expect(Object.entries(found.env)).toEqual(Object.entries(env));
  expect(found.preopens).toEqual(preopens);
  expect(found.args).toEqual([sourceName.slice(4)]);
});

test('any name of the input leaves a comment a comment', async () => {
  for (const sourceName of [...strange, '*/ throw 1 /*', '\u202e', '\0', '\ud800', '-->']) {
    const script = await text(MODULE, { sourceName });
    expect(evaluate(script).f()).toBe(7);
    expect(script.split('\n')[0]).toMatch(/^\/\* Generated by wasm2js from [^\n]*\. \*\/$/);
    expect(script.slice(0, script.indexOf('\n'))).not.toMatch(
      /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|<[!/]/u,
    );
  }
});

describe('any name of the data file is found', () => {
  const names = [
    'a b',
    'a#b',
    'a?b',
    '50%',
    '%41',
    'a:b',
    'http:x',
    "'",
    '"',
    '\\',
    '\n',
    'é😀',
    '&',
    '..a',
  ];
  test.each(names)('%j', async (name) => {
    for (const format of ['esm', 'cjs'] as const) {
      const { chunks, dataFile } = await build(DATA, { format, data: 'file', dataFileName: name });
      const script = format === 'esm' ? 'x.mjs' : 'x.cjs';
      const path = writeFiles({ [script]: chunks.join('') });
      writeFileSync(join(dirname(path), name), dataFile!);
      const { instantiate } = await importFile(path);
      expect(instantiate.dataFile).toBe(name);
      expect(new TextDecoder().decode(new Uint8Array(instantiate().m.buffer, 0, 5))).toBe('hello');
    }
  });
});

describe('what no JavaScript can be made of is a TypeError that names the option', () => {
  const wasi = { mode: 'bundle', source: RUNTIME } as const;
  const cases: [string, object][] = [
    ['format', { format: 'amd' }],
    ['names', { names: '' }],
    ['data', { data: 'inlined' }],
    ['namedExports', { namedExports: 'no' }],
    ['keepData', { keepData: 1 }],
    ['keepData', { keepData: true, data: 'file', dataFileName: 'a' }],
    ['largeMemory', { largeMemory: 1 }],
    ['suspendable', { suspendable: 'yes' }],
    ['functionBudget', { functionBudget: Number.NaN }],
    ['sourceName', { sourceName: 7 }],
    ['globalName', { format: 'esm', globalName: 'a' }],
    ['globalName', { globalName: 7 }],
    ['dataFileName', { data: 'file' }],
    ['dataFileName', { data: 'file', dataFileName: '' }],
    ['dataFileName', { data: 'file', dataFileName: '/a' }],
    ['dataFileName', { data: 'file', dataFileName: 'https://a/b' }],
    ['dataFileName', { data: 'file', dataFileName: 'a\0' }],
    ['dataFileName', { data: 'file', dataFileName: '\udc00' }],
    ['wasi.mode', { wasi: { mode: 'none' } }],
    ['wasi.source', { wasi: { mode: 'bundle' } }],
    ['wasi.specifier', { wasi: { mode: 'import', specifier: '' } }],
    ['wasi.env', { wasi: { ...wasi, env: { 'A=B': '' } } }],
    ['wasi.env', { wasi: { ...wasi, env: { '': '' } } }],
    ['wasi.env.A', { wasi: { ...wasi, env: { A: '\0' } } }],
    ['wasi.env.A', { wasi: { ...wasi, env: { A: 1 } } }],
    ['wasi.preopens', { wasi: { ...wasi, preopens: { '/': 1 } } }],
    ['wasi.preopens', { wasi: { ...wasi, preopens: { '/\0': '.' } } }],
    ['wasi.preopens', { wasi: { ...wasi, preopens: { '/': { directory: '.', readonly: 'x' } } } }],
  ];
  test.each(cases)('%s: %j', async (option, options) => {
    const building = build(COMMAND, options as Partial<CompileOptions>);
    await expect(building).rejects.toThrow(TypeError);
    await expect(building).rejects.toThrow(new RegExp(option.replace('.', '\\.')));
  });
});
