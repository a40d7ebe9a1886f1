/** Exceptions across frames of JavaScript: two emitted files do what two instances of the engine's own do. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco';
import type { CompileOptions } from '@wasm2js/codegen';
import { describe, expect, test } from 'vitest';
import { text, writeFiles } from './building.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const installed = (path: string): string => here(`../../../hosts/node_modules/${path}`);
/** What the engine's own WebAssembly of Node 26 writes. */
const expected = readFileSync(here('exception-frames.txt'), 'utf8');

const IMPORTS = `(type $v (func (param i32) (result i32)))
  (import "e" "js" (func $js (type $v)))
  (import "e" "t" (tag $t (param i32)))
  (import "e" "pair" (tag $pair (param i64 externref)))
  (import "e" "JSTag" (tag $any (param externref)))
  (func $plain (type $v) (i32.add (call $js (local.get 0)) (i32.const 1)))`;

const MODULE = `(module ${IMPORTS}
  (export "plain" (func $plain))
  (func (export "throw_t") (type $v) (throw $t (local.get 0)))
  (func (export "trap") (type $v) unreachable)
  (func (export "catch_t") (type $v)
    (block $t (result i32)
      (block $pair (result i64 externref)
        (return (try_table (result i32) (catch $t $t) (catch $pair $pair) (call $plain (local.get 0)))))
      (drop) (i32.wrap_i64) (i32.add (i32.const 3000)) (return))
    (i32.add (i32.const 1000)))
  (func (export "catch_all") (type $v)
    (block $all
      (return (try_table (result i32) (catch_all $all) (call $plain (local.get 0)))))
    (i32.const 7777))
  (func (export "catch_again") (type $v)
    (block $all (result exnref)
      (return (try_table (result i32) (catch_all_ref $all) (call $plain (local.get 0)))))
    (throw_ref))
  (func (export "nested") (type $v)
    (block $outer (result i32)
      (return (try_table (result i32) (catch $t $outer)
        (block $inner (result exnref)
          (return (try_table (result i32) (catch_all_ref $inner) (call $plain (local.get 0)))))
        (throw_ref))))
    (i32.add (i32.const 5000)))
  (func (export "catch_js") (param i32) (result externref)
    (block $js (result externref)
      (try_table (catch $any $js) (drop (call $plain (local.get 0))))
      (ref.null extern))))`;

/** The same by the older instructions, which engines take in modules of their own. */
const LEGACY = `(module ${IMPORTS}
  (func (export "legacy") (type $v)
    try (result i32) (call $plain (local.get 0))
    catch $t (i32.add (i32.const 2000))
    catch_all (i32.const 8888) end)
  (func (export "delegated") (type $v)
    try $outer (result i32)
      try (result i32)
        try (result i32) (call $plain (local.get 0)) delegate $outer
      catch_all (i32.const -1) end
    catch $t (i32.add (i32.const 4000)) end)
  (func (export "again_legacy") (type $v)
    try $out (result i32)
      try $in (result i32) (call $plain (local.get 0))
      catch $t (rethrow $in)
      catch_all (rethrow $in) end
    catch $pair (drop) (i32.wrap_i64) (rethrow $out) end))`;

const START = `import { run } from './run.mjs';
import * as a from './a.mjs';
import * as b from './b.mjs';
import * as c from './c.mjs';
import * as d from './d.mjs';
let count = 0;
const make = (imports) => {
  const [module, legacy] = count++ % 2 ? [b, d] : [a, c];
  return { ...module.instantiate(imports), ...legacy.instantiate(imports) };
};
const { Tag, Exception, JSTag, RuntimeError } = a.instantiate;
console.log((await run({ make, Tag, Exception, JSTag, RuntimeError })).join('\\n'));
`;
const NATIVE = (bytes: Uint8Array[]): string => `import { run } from './run.mjs';
const modules = ${JSON.stringify(bytes.map((one) => Buffer.from(one).toString('base64')))}
  .map((text) => new WebAssembly.Module(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))));
const make = (imports) =>
  Object.assign({}, ...modules.map((module) => new WebAssembly.Instance(module, imports).exports));
console.log((await run({ make, ...Object.fromEntries(
  ['Tag', 'Exception', 'JSTag', 'RuntimeError'].map((name) => [name, WebAssembly[name]])) })).join('\\n'));
`;

const script = readFileSync(here('exception-frames-run.mjs'), 'utf8');

const folderOf = (contents: Record<string, string>): string => dirname(writeFiles(contents));

/** The files of one form, in a folder. */
async function files(options: Partial<CompileOptions>): Promise<string> {
  const [main, old] = [MODULE, LEGACY].map((wat) => text(wat, { ...options, format: 'esm' }));
  return folderOf({
    'a.mjs': await main!,
    'b.mjs': await main!,
    'c.mjs': await old!,
    'd.mjs': await old!,
    'run.mjs': script,
    'start.mjs': START,
  });
}
const lines = (file: string, args: string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', timeout: 60_000 });

const hosts: [name: string, file: string, before: string[]][] = [
  [`Node ${process.versions.node}`, process.execPath, []],
  [`Node ${process.versions.node} without a JIT`, process.execPath, ['--jitless']],
  ['Node 26', installed('node-26/bin/node'), []],
  ['Deno', installed('@deno/linux-x64-glibc/deno'), ['run', '-A', '--no-lock']],
  ['Bun', installed('@oven/bun-linux-x64/bin/bun'), []],
];

describe.each(hosts)('%s [npm run hosts]', (_, file, before) => {
  test.skipIf(!existsSync(file))('does what the engine’s own does, whole and split', async () => {
    for (const options of [{}, { functionBudget: 60 }]) {
      const folder = await files(options);
      expect(lines(file, [...before, join(folder, 'start.mjs')])).toBe(expected);
    }
  });
});

const engine = installed('node-26/bin/node');
test.skipIf(!existsSync(engine))(
  'what is expected is what Node 26 does [npm run hosts]',
  async () => {
    const bytes = [new Uint8Array(await parse(MODULE)), new Uint8Array(await parse(LEGACY))];
    const folder = folderOf({ 'run.mjs': script, 'native.mjs': NATIVE(bytes) });
    expect(lines(engine, [join(folder, 'native.mjs')])).toBe(expected);
  },
);
