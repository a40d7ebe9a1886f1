/**
 * Any UTF-8 text can be the name of an export or import. Modules with names of all kinds are loaded in
 * each format and compared with the host's own instance, and TypeScript reads their declarations.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  build,
  decode,
  evaluate,
  importFile,
  type Loaded,
  typeErrors,
  writeFiles,
} from './building.js';

const require = createRequire(import.meta.url);

/** Names that mean something to the language, to loaders, to TypeScript or to emitted code. */
const SPECIAL = [
  ...['', ' ', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'],
  ...['default', 'then', 'instantiate', 'run', 'exports', 'module', 'require', 'module.exports'],
  ...['__esModule', 'name', 'length', 'arguments', 'eval', 'caller', 'this', 'undefined', 'NaN'],
  ...[
    'Infinity',
    'globalThis',
    'Symbol',
    'Object',
    'Error',
    'Promise',
    'Uint8Array',
    'ArrayBuffer',
  ],
  ...['Memory', 'Table', 'Global', 'Tag', 'Imports', 'Exports', 'RunOptions', 'RuntimeError'],
  ...['Instantiate', 'imports', 'options', 'lib', '_exports', '_file', '_owner', '_View', '_trap'],
  ...['_e', '_e0', '_e1', '_e2', '__e0', '__e1', '___e0', 'e0', '_h0', 'M0', '$0', 'W0', 'f', '$f'],
  // Helpers are printed as letters.
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ...['if', 'class', 'await', 'yield', 'let', 'static', 'enum', 'implements', 'interface', 'async'],
  ...[
    'of',
    'as',
    'from',
    'type',
    'any',
    'string',
    'never',
    'declare',
    'namespace',
    'export ',
    'get',
  ],
  ...[
    'a b',
    'a-b',
    '1',
    '01',
    '-1',
    '0x10',
    '1e3',
    'a.b',
    '#a',
    '@a',
    'a:b',
    '*',
    '/',
    '\\',
    '`',
    '$' + '{x}',
  ],
  ...[
    '"',
    "'",
    '\n',
    '\r\n',
    '\t',
    '\0',
    '\b',
    '\x7f',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffd',
  ],
  ...[
    '</script>',
    '<!--',
    '-->',
    ']]>',
    '*/',
    '/*',
    '//',
    '\\u0061',
    '\\',
    '\\"',
    "'+x+'",
    '});',
    '%s',
  ],
  ...[
    'é',
    'e\u0301',
    'ünïcode',
    '名前',
    '😀',
    '\u200d',
    '\u202e',
    'ſ',
    'K',
    '\u{10ffff}',
    '𝒳',
    '$',
    '_',
  ],
];

/** A generator of numbers below a bound; the same for the same seed (mulberry32). */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

/** Names put together of special ones and of single characters. */
function generated(seed: number, count: number): string[] {
  const next = random(seed);
  const piece = (): string => {
    const kind = next(4);
    if (kind === 0) return SPECIAL[next(SPECIAL.length)]!;
    if (kind === 1) return String.fromCharCode(next(128));
    if (kind === 2) return '_e$"\'\\\n<>/*{}`;0'.charAt(next(15));
    const code = next(0x110000);
    return String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0x20 : code);
  };
  return Array.from({ length: count }, () => Array.from({ length: next(4) }, piece).join(''));
}

/** A string of the text format. */
const wat = (text: string): string =>
  `"${[...new TextEncoder().encode(text)].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join('')}"`;

/** Exports of every kind; functions and globals tell their number. */
function moduleOf(names: readonly string[]): string {
  const items = names.map((name, i) => {
    if (i % 7 === 3) return `(global (export ${wat(name)}) i32 (i32.const ${i}))`;
    if (i % 29 === 5) return `(export ${wat(name)} (memory 0))`;
    if (i % 29 === 9) return `(table (export ${wat(name)}) ${i} funcref)`;
    return `(func (export ${wat(name)}) (result i32) i32.const ${i})`;
  });
  return `(module (memory 1) ${items.join('\n')})`;
}

/** The exports of the host's instance. (Not as a promise's value: one may be called `then`.) */
const hostExports = ({ bytes }: { bytes: Uint8Array }, imports = {}): Loaded =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), imports).exports;

/** What an export says of itself. */
const told = (value: Loaded): unknown => {
  if (typeof value === 'function') return value();
  if ('buffer' in value) return value.buffer.byteLength;
  return 'length' in value ? value.length : value.value;
};

const RESERVED = ['default', 'instantiate', 'then', 'module.exports'];
const CJS_RESERVED = [...RESERVED, '__esModule'];

/** Does an object have these exports as its own, each as the host's instance has it? */
function compare(found: Loaded, host: Loaded, names: readonly string[]): void {
  for (const name of names) {
    expect([name, Object.hasOwn(found, name)]).toEqual([name, true]);
    expect([name, told(found[name])]).toEqual([name, told(host[name])]);
  }
}

const sets: [string, string[]][] = [
  ['special names', [...new Set(SPECIAL)]],
  ...[1, 2, 3, 4].map((seed): [string, string[]] => [
    `generated names ${seed}`,
    [...new Set(generated(seed, 150))],
  ]),
];

describe.each(sets)('%s', (_, names) => {
  test('are the exports of every format', async () => {
    const source = moduleOf(names);
    const host = hostExports(await decode(source));
    const esm = (await build(source, { format: 'esm' })).chunks.join('');
    const cjs = (await build(source, { format: 'cjs' })).chunks.join('');
    const script = (await build(source, { globalName: 'lib' })).chunks.join('');
    const folder = dirname(writeFiles({ 'x.mjs': esm, 'x.cjs': cjs }));
    const loaded: [Loaded, string[]][] = [
      [await importFile(join(folder, 'x.mjs')), RESERVED],
      [require(join(folder, 'x.cjs')), CJS_RESERVED],
      [evaluate(`${script};lib`), RESERVED],
    ];
    for (const [module, reserved] of loaded) {
      const own = names.filter((name) => !reserved.includes(name));
      compare(module, host, own);
      const keys = Object.keys(module).filter((key) => key !== 'module.exports');
      expect(keys.sort()).toEqual([...own, 'default', 'instantiate'].sort());
      const instance = module.instantiate();
      expect(Object.keys(instance)).toEqual(Object.keys(host));
      compare(instance, host, names);
    }
    // What Node finds in the text of a CommonJS module for those who import it.
    const ask = `import * as x from './x.cjs'; const own = x.default;
      if (own.default !== own.instantiate) throw new Error('default');
      for (const key of Object.keys(x)) if (key !== 'default' && key !== 'module.exports' && x[key] !== own[key]) throw new Error(key);
      console.log(JSON.stringify(Object.keys(own).filter((key) => !Object.hasOwn(x, key))));`;
    const args = ['--input-type=module', '-e', ask];
    const missing = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    // Node's scanner drops some names beyond ASCII.
    const unseen = (JSON.parse(missing) as string[]).filter((name) => /^[ -~]*$/.test(name));
    expect(unseen).toEqual([]);
  });

  test('can be those of imports', async () => {
    const fields = names.filter((_, i) => i % 2 === 0);
    const from = (i: number): string => names[(i * 7) % names.length]!;
    const source = `(module ${fields
      .map((name, i) => `(import ${wat(from(i))} ${wat(name)} (func $f${i} (result i32)))`)
      .join(
        '\n',
      )} ${fields.map((_, i) => `(func (export "${i}") (result i32) call $f${i})`).join('\n')})`;
    const imports = Object.create(null);
    fields.forEach((name, i) => {
      const set = (object: object, key: string, value: unknown): void => {
        Object.defineProperty(object, key, { value, configurable: true, enumerable: true });
      };
      if (!Object.hasOwn(imports, from(i))) set(imports, from(i), Object.create(null));
      set(imports[from(i)], name, () => i);
    });
    const host = hostExports(await decode(source), imports);
    const { chunks } = await build(source);
    compare(evaluate(chunks.join('')).instantiate(imports), host, Object.keys(host));
  });
});

test('TypeScript accepts the declarations of every format, and finds each name', async () => {
  const files: Record<string, string> = {};
  for (const [set, [, names]] of sets.entries()) {
    const source = moduleOf(names);
    const key = JSON.stringify;
    const uses = (from: string, reserved: readonly string[]): string =>
      names
        .map((name, i) => {
          const value = i % 7 === 3 || i % 29 === 5 || i % 29 === 9 ? '' : '()';
          const type = value === '' ? 'object' : 'number';
          const lines = [
            `{ const x: ${type} = ${from}.instantiate()[${key(name)}]${value}; void x; }`,
          ];
          if (!reserved.includes(name)) {
            lines.push(`{ const x: ${type} = ${from}[${key(name)}]${value}; void x; }`);
          }
          return lines.join('\n');
        })
        .join('\n');
    files[`m${set}.d.mts`] = (await build(source, { format: 'esm' })).dts;
    files[`c${set}.d.cts`] = (await build(source, { format: 'cjs' })).dts;
    const globalName = ['lib', 'lib1.lib1', 'globalThis.lib2', 'ünï.$', 'Memory.Exports'][set]!;
    files[`s${set}.d.ts`] = (await build(source, { globalName })).dts;
    const global = globalName.replace('globalThis.', '');
    files[`use-m${set}.mts`] = `import * as m from './m${set}.mjs';\n${uses('m', RESERVED)}`;
    files[`use-c${set}.cts`] = `import c = require('./c${set}.cjs');\n${uses('c', CJS_RESERVED)}`;
    files[`use-s${set}.mts`] =
      `let e: ${global}.Exports = ${global}.instantiate(); void e;\n${uses(global, RESERVED)}`;
    const imports = `(module ${names.map((name, i) => `(import ${wat(names[i - 1] ?? '')} ${wat(name)} (func (param i64)))`).join('')}
      (import "twice" "x" (func (param i32))) (import "twice" "x" (func (param i64))))`;
    files[`i${set}.d.mts`] = (await build(imports, { format: 'esm' })).dts;
    files[`use-i${set}.mts`] = `import type { Imports } from './i${set}.mjs';
      declare const imports: Imports; imports.twice.x(1); imports.twice.x(1n);
      ${names.map((name, i) => `imports[${key(names[i - 1] ?? '')}][${key(name)}](1n);`).join('\n')}`;
  }
  expect(typeErrors(files)).toBe('');
});

test('declarations name every parameter once', async () => {
  const { dts } = await build(
    '(module (func (export "f") (param $p1 i32) (param i32) (param $_p1 i32) (param $this i32)))',
  );
  expect(dts).toContain('readonly f: (p1: number, _p1: number, p2: number, p3: number) => void;');
});
