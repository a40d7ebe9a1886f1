/** The object behaves as the host's own, however its code is made. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco';
import { createWebAssembly } from '@wasm2js/webassembly';
import { createCompiler } from '@wasm2js/webassembly/compiler';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeFiles } from '../../codegen/test/building.js';
import { type Api, MODULES, KNOWN as REALM_KNOWN } from '../../codegen/test/js-api/modules.js';
import { outcomes as realmOutcomes } from '../../codegen/test/js-api/operations.js';
import { KNOWN, outcomes, WITHOUT_OPTIONS } from './namespace.js';

const assemble = async (wat: string): Promise<Uint8Array> => new Uint8Array(await parse(wat));
const WATS: Record<string, string> = {
  empty: '(module)',
  custom: '(module (@custom "a" "xyz") (func) (@custom "b" (after last) "") (@custom "a" "12"))',
  every: `(module (import "m" "f" (func (param i32))) (import "m" "t" (table 1 externref))
    (import "m" "m" (memory 1 2)) (import "m" "g" (global (mut i64))) (import "é" "\\f0\\9f\\98\\80" (tag))
    (export "f" (func 0)) (export "t" (table 0)) (export "m" (memory 0)) (export "" (global 0))
    (export "tag" (tag 0)))`,
  start:
    '(module (func $s) (start $s) (func (export "z")) (func (export "a") (param i64)) (global (export "m") f32 (f32.const 1)))',
  trap: '(module (func $s unreachable) (start $s))',
  builtin: '(module (import "wasm:js-string" "length" (func (param externref) (result i32))))',
  wrong: '(module (import "wasm:js-string" "length" (func (param i32) (result i32))))',
  constant: `(module (import "'" "hello" (global externref)) (import "" "x" (global externref)))`,
};

let modules: Record<string, Uint8Array>;
let expected: [string, string][];
let realmBytes: Record<string, Uint8Array>;
beforeAll(async () => {
  modules = {};
  for (const [name, wat] of Object.entries(WATS)) modules[name] = await assemble(wat);
  realmBytes = {};
  for (const [name, wat] of Object.entries(MODULES)) realmBytes[name] = await assemble(wat);
  expected = await outcomes(WebAssembly, modules);
});

const apiOf = (W: typeof WebAssembly): Api => {
  const compiled = new Map<string, WebAssembly.Module>();
  for (const [name, bytes] of Object.entries(realmBytes))
    compiled.set(name, new W.Module(bytes as Uint8Array<ArrayBuffer>));
  return {
    W,
    make: (name, ...imports) =>
      new W.Instance(compiled.get(name)!, ...(imports as [WebAssembly.Imports])).exports,
  };
};

const differences = (
  own: [string, string][],
  found: [string, string][],
  known: readonly RegExp[],
): string[] => {
  const theirs = new Map(own);
  expect(found.map(([name]) => name)).toEqual(own.map(([name]) => name));
  return found
    .filter(([name, outcome]) => outcome !== theirs.get(name))
    .map(([name, outcome]) => `${name}: ${theirs.get(name)}, here ${outcome}`)
    .filter((line) => !known.some((pattern) => pattern.test(line)));
};

describe.each([
  ['compiled at once', Infinity],
  ['compiled by function', 0],
])('%s', (_, lazyFrom) => {
  const W = createWebAssembly({ compiler: createCompiler({ lazyFrom }) });

  test('the namespace, modules and instances are as the host’s own', async () => {
    expect(expected.length).toBeGreaterThan(700);
    expect(differences(expected, await outcomes(W, modules), WITHOUT_OPTIONS)).toEqual([]);
  });

  test('imports, exports, memories, tables, globals as well', () => {
    const own = realmOutcomes(apiOf(WebAssembly));
    expect(differences(own, realmOutcomes(apiOf(W)), REALM_KNOWN.v8)).toEqual([]);
  });
});

/** On hosts that know compile options, without the host's own object where ours is asked. */
describe.each(['node-24', 'node-26'])('%s', (name) => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const host = `${root}hosts/node_modules/${name}/bin/node`;

  test.skipIf(!existsSync(host))('the namespace is as the host’s own', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { createWebAssembly } from './dist/index.js';
          import { createCompiler } from './dist/compiler.js';
          import { outcomes } from './test/namespace.ts';
          const modules = ${JSON.stringify(modules, (_, value) => (value instanceof Uint8Array ? [...value] : value))};
          for (const name in modules) modules[name] = new Uint8Array(modules[name]);
          const own = await outcomes(WebAssembly, modules);
          delete globalThis.WebAssembly;
          const ours = createWebAssembly({ compiler: createCompiler({ lazyFrom: 0 }) });
          globalThis.WebAssembly = ours;
          console.log(JSON.stringify([own, await outcomes(ours, modules)]));`,
        resolveDir: `${root}packages/webassembly`,
      },
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2022',
    });
    const script = writeFiles({ 'compare.mjs': outputFiles[0]!.text });
    const [own, found] = JSON.parse(execFileSync(host, [script], { encoding: 'utf8' }));
    expect(own.length).toBe(expected.length);
    expect(differences(own, found, KNOWN)).toEqual([]);
  });
});
