/** A refusal says all that is in the way; and the README's status is what is lowered. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  decodeModule,
  detectFeatures,
  FEATURES,
  type Feature,
  InstructionReader,
  OPCODES,
  opcodeId,
  UnsupportedError,
} from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { describe, expect, test } from 'vitest';
import { compile, isLowered, refusals } from '../src/index.js';
import * as lowering from '../src/lower/index.js';
import { findRefusals, refuse } from '../src/refusals.js';
import { decode } from './building.js';

/** The lowering as if it had none for these instructions. */
const without = (...names: string[]): typeof lowering => {
  const missing = new Set(names.map(opcodeId));
  return { ...lowering, lowers: (op: number) => !missing.has(op) && lowering.lowers(op) };
};

const MODULE = `(module (memory 1)
  (global i32 (i32.add (i32.const 1) (i32.const 2)))
  (func $a (result i32) (i32.add (i32.add (i32.const 1) (i32.const 2)) (i32.const 3)))
  (func $b (memory.copy (i32.const 0) (i32.const 0) (i32.const 0)))
  (func $c (result i32) (i32.add (i32.const 1) (i32.const 2)))
  (func $d (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
  (func $e (block (return) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
    (block (if (i32.const 1) (then unreachable (block memory.size drop)) (else memory.size drop)) unreachable
      memory.size drop)))`;

describe('a refusal', () => {
  test('counts instructions that are reached by feature, with functions and the first place', async () => {
    const module = await decode(MODULE);
    const found = findRefusals(without('i32.add', 'memory.copy', 'memory.fill'), module);
    expect(
      found.map(({ first, ...counts }) => ({ ...counts, ...first, offset: undefined })),
    ).toEqual([
      { what: 'mvp', instructions: 4, functions: 2, instruction: 'i32.add' },
      { what: 'bulk-memory', instructions: 2, functions: 2, instruction: 'memory.copy', func: 1 },
    ]);
    for (const { first } of found) {
      const reader = new InstructionReader(module.bytes, first.offset!, module.bytes.length);
      reader.next();
      expect(OPCODES[reader.op]!.mnemonic).toBe(first.instruction);
    }
  });

  test('does not count what cannot be reached', async () => {
    const [sizes] = findRefusals(without('memory.size'), await decode(MODULE));
    expect([sizes!.instructions, sizes!.functions, sizes!.first.func]).toEqual([1, 1, 4]);
    expect(findRefusals(without(), await decode(MODULE))).toEqual([]);
  });

  test('is an UnsupportedError of one line that keeps the first place', async () => {
    const module = await decode(MODULE);
    const first = new UnsupportedError('unsupported instruction memory.copy', {
      offset: 7,
      func: 1,
    });
    const error = refuse(without('i32.add', 'memory.copy', 'memory.fill'), module, first);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect([error.offset, error.func]).toEqual([7, 1]);
    expect(error.refusals.length).toBe(2);
    expect(error.describe()).toMatch(
      /^not supported yet: mvp \(4 instructions in 2 functions, the first is i32\.add at offset 0x[0-9a-f]+\); bulk-memory \(2 instructions in 2 functions, the first is memory\.copy in function 1 at offset 0x[0-9a-f]+\)$/,
    );
  });

  test('says also what is beyond a limit and no instruction', async () => {
    const limit = new UnsupportedError('blocks are nested too deep', { offset: 16, func: 2 });
    const error = refuse(without('memory.copy'), await decode(MODULE), limit);
    expect(error.describe()).toMatch(
      /^not supported yet: bulk-memory \(1 instruction in .*; blocks are nested too deep \(in function 2 at offset 0x10\)$/,
    );
  });
});

/** For each feature a module that uses it; several where one part of it might be lowered alone. */
const PROBES: Record<Feature, (string | Uint8Array)[]> = {
  mvp: [
    '(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))))',
  ],
  'mutable-globals': ['(module (global (export "g") (mut i64) (i64.const 1)))'],
  'sign-extension': [
    '(module (func (export "f") (param i32) (result i32) (i32.extend8_s (local.get 0))))',
  ],
  'saturating-float-to-int': [
    '(module (func (export "f") (param f64) (result i64) (i64.trunc_sat_f64_s (local.get 0))))',
  ],
  'multi-value': ['(module (func (export "f") (result i32 i64) (i32.const 1) (i64.const 2)))'],
  'bulk-memory': [
    '(module (memory 1) (data "x") (func (export "f") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))))',
  ],
  'reference-types': [
    '(module (table (export "t") 1 externref) (func (export "f") (param externref)))',
  ],
  simd: [
    '(module (func (export "f") (param i32) (result i32) (i32x4.extract_lane 0 (i32x4.splat (local.get 0)))))',
    '(module (global (export "g") (mut v128) (v128.const i32x4 1 2 3 4)))',
    '(module (import "a" "b" (func (param v128))) (func (export "f") (param v128) (call 0 (local.get 0))))',
  ],
  'extended-const': ['(module (global (export "g") i32 (i32.add (i32.const 1) (i32.const 2))))'],
  'tail-call': ['(module (func $f (export "f") (return_call $f)))'],
  'function-references': [
    '(module (type $t (func)) (elem declare func $f) (func $f (export "f") (call_ref $t (ref.func $f))))',
  ],
  gc: [
    '(module (type $s (struct (field i32))) (func (export "f") (result i32) (struct.get $s 0 (struct.new $s (i32.const 1)))))',
    '(module (func (export "f") (param anyref) (result i31ref) (ref.i31 (i32.const 1))))',
  ],
  exceptions: [
    '(module (tag $e (export "e") (param i32)) (func (export "f") (throw $e (i32.const 1))))',
    '(module (tag $e) (func (export "f") (block $b (try_table (catch $e $b) (throw $e)))))',
  ],
  'multi-memory': [
    '(module (memory 1) (memory 1) (func (export "f") (result i32) (i32.load 1 (i32.const 0))))',
  ],
  memory64: [
    '(module (memory (export "m") i64 1) (func (export "f") (result i32) (i32.load (i64.const 0))))',
    '(module (table (export "t") i64 1 funcref))',
  ],
  'relaxed-simd': [
    '(module (func (export "f") (param i32) (result i32) (i32x4.extract_lane 0 (i8x16.relaxed_swizzle (i32x4.splat (local.get 0)) (i32x4.splat (local.get 0))))))',
  ],
  'branch-hinting': [
    '(module (func (export "f") (@metadata.code.branch_hint "\\01") (if (i32.const 1) (then))))',
  ],
  threads: [
    '(module (memory 1 1 shared) (func (export "f") (result i32) (i32.atomic.load (i32.const 0))))',
    '(module (memory (export "m") 1 1 shared))',
  ],
  // An empty `try` with a `catch_all`, which the text format no longer has.
  'legacy-exceptions': [
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0, 0, 0, 0x01, 4, 1, 0x60, 0, 0, 0x03, 2, 1, 0],
      ...[0x0a, 8, 1, 6, 0, 0x06, 0x40, 0x19, 0x0b, 0x0b],
    ]),
  ],
  'custom-page-sizes': ['(module (memory (export "m") 3 (pagesize 1)))'],
  'wide-arithmetic': [
    '(module (func (export "f") (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 2))))',
  ],
  'custom-descriptors': [
    '(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))) (func (export "f") (result i32) (ref.is_null (struct.new_desc $a (struct.new $b)))))',
  ],
};

/** Is this module compiled? `refusals` and `compile` must agree. */
async function accepted(feature: Feature, probe: string | Uint8Array): Promise<boolean> {
  const module = typeof probe === 'string' ? await decode(probe) : decodeModule(probe);
  validateModule(module);
  expect(detectFeatures(module)).toContain(feature);
  const found = refusals(module);
  let thrown: unknown;
  try {
    compile(module, { format: 'esm', names: 'keep', data: 'inline' });
  } catch (error) {
    thrown = error;
  }
  if (thrown === undefined) {
    expect(found).toEqual([]);
    return true;
  }
  expect(thrown).toBeInstanceOf(UnsupportedError);
  expect((thrown as UnsupportedError).refusals.length).toBeGreaterThan(0);
  expect(found.length).toBeGreaterThan(0);
  return false;
}

/** The row of the README's status table for a feature. */
async function statusRow(feature: Feature): Promise<string> {
  const rows = OPCODES.filter((row) => row?.feature === feature);
  const lowered = rows.filter((row) => isLowered(row!.id)).length;
  const probes: boolean[] = [];
  for (const probe of PROBES[feature]) probes.push(await accepted(feature, probe));
  const all = lowered === rows.length && probes.every(Boolean);
  const some = lowered > 0 || probes.some(Boolean);
  const count = rows.length === 0 ? '' : `${lowered} of ${rows.length}`;
  return `| ${feature} | ${count} | ${all ? 'compiled' : some ? 'in part' : 'refused'} |`;
}

const START = '<!-- status: made by npm run bless -->\n';
const END = '<!-- end of status -->';

test("the README's status is what the code generator accepts", async () => {
  const lines: string[] = [];
  for (const feature of FEATURES) lines.push(await statusRow(feature));
  const table = `| feature | instructions lowered | status |\n|---|---|---|\n${lines.join('\n')}\n`;
  const path = new URL('../../../README.md', import.meta.url);
  const readme = readFileSync(path, 'utf8');
  const [before, rest] = readme.split(START);
  const [status, after] = rest!.split(END);
  if (process.env['WASM2JS_BLESS'] === '1') {
    writeFileSync(path, `${before}${START}${table}${END}${after}`);
  } else expect(status, 'npm run bless rewrites it').toBe(table);
});
