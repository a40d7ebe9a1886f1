/** The bits of NaNs, by generated functions (nan-bits.ts), in every tier of every host that is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CompileOptions } from '@wasm2js/codegen';
import { expect, test } from 'vitest';
import { load, text, writeFiles } from './building.js';
import { caseText } from './cases.js';
import { nanModule } from './nan-bits.js';

const runner = fileURLToPath(new URL('nan-bits-run.mjs', import.meta.url));
const installed = (path: string): string =>
  fileURLToPath(new URL(`../../../hosts/node_modules/${path}`, import.meta.url));

/** Tiers: options of V8, and rounds of calls with each operand. */
type Tier = [name: string, options: string[], rounds: number];
const TIERS: Tier[] = [
  ['as it is', [], 40],
  ['without compilers', ['--jitless'], 1],
];
const SOON: Tier[] = [
  ['compiled soon', ['--invocation-count-for-turbofan=40', '--invocation-count-for-maglev=20'], 40],
  ['without the last tier', ['--no-turbofan'], 20],
];
const hosts: [name: string, file: string, before: string[], tiers: Tier[]][] = [
  [
    `Node ${process.versions.node}`,
    process.execPath,
    [],
    [...TIERS, ['compiled soon', ['--interrupt-budget=400'], 20]],
  ],
  ['Node 24', installed('node-24/bin/node'), [], [...TIERS, ...SOON]],
  ['Node 26', installed('node-26/bin/node'), [], [...TIERS, ...SOON]],
  ['Deno', installed('@deno/linux-x64-glibc/deno'), ['run', '-A', '--no-lock'], [TIERS[0]!]],
  ['JavaScriptCore', '/usr/bin/jsc', [], [TIERS[0]!, ['without compilers', ['--useJIT=0'], 1]]],
  ['GJS', '/usr/bin/gjs', [], [TIERS[0]!]],
  ['Bun', installed('@oven/bun-linux-x64/bin/bun'), ['run'], [TIERS[0]!]],
];

const { text: source, cases } = nanModule();

/** The compiled module and what runs it as one script, which any host takes. */
async function makeScript(options: Partial<CompileOptions> = {}): Promise<string> {
  const compiled = await text(source, { format: 'iife', globalName: 'compiled', ...options });
  return `${compiled}
    ${readFileSync(runner, 'utf8').replace('export function', 'function')}
    const wrong = run(compiled.instantiate(), ${JSON.stringify(cases)}, ROUNDS);
    const found = JSON.stringify({ count: wrong.length, first: wrong.slice(0, 30) });
    (typeof print === 'function' ? print : console.log)(found);`;
}

/** Runs a script on a host; nothing may be wrong. */
async function check(script: Promise<string>, file: string, args: string[], rounds: number) {
  const path = writeFiles({ 'nans.js': (await script).replace('ROUNDS', `${rounds}`) });
  const { stdout, stderr } = spawnSync(file, [...args, path], { encoding: 'utf8' });
  expect(stderr.replace(/^Warning: disabling flag.*\n/, '')).toBe('');
  expect(JSON.parse(stdout)).toEqual({ count: 0, first: [] });
}
let script: Promise<string> | undefined;

for (const [name, file, before, tiers] of hosts)
  for (const [tier, options, rounds] of tiers)
    test.skipIf(!existsSync(file))(`NaNs on ${name}, ${tier}`, { timeout: 120_000 }, () =>
      check((script ??= makeScript()), file, [...before, ...options], rounds),
    );

for (const optimizeFor of ['interpreter', 'size'] as const) {
  let other: Promise<string> | undefined;
  for (const [name, file, before, tiers] of hosts) {
    const [tier, options, rounds] = tiers[tiers.length - 1]!;
    test.skipIf(!existsSync(file))(
      `NaNs of code for ${optimizeFor} on ${name}, ${tier}`,
      { timeout: 120_000 },
      () => check((other ??= makeScript({ optimizeFor })), file, [...before, ...options], rounds),
    );
  }
}

test('the bits of NaNs that were wrong', async () => {
  const bits = (value: unknown): string => BigInt.asUintN(64, BigInt(value as bigint)).toString(16);
  const seen = async (name: string, exports: string[], args: unknown[]): Promise<string[]> => {
    const module = await load(caseText(name));
    const found = new Set<string>();
    for (let i = 0; i < 3000; i++)
      for (const key of exports) found.add(`${key} ${bits(module[key](...args))}`);
    return [...found];
  };
  for (const [name, exports] of [
    ['nan-nearest.wat', ['nearest64', 'nearest32', 'ceil64', 'floor64', 'trunc64']],
    ['nan-rounding.wat', ['floor64', 'trunc64', 'floor32', 'sqrt64']],
  ] as const)
    for (const item of await seen(name, [...exports], []))
      expect(item).toMatch(/ 7ff[89a-f]|f{0,8}7f[c-f]/);
  for (const item of await seen('nan-minmax.wat', ['min'], []))
    expect(item).toMatch(/ (7|f)ff80{12}$/);
  for (const item of await seen('nan-identity.wat', ['mul1', 'ceil'], [0x7ff4000000000001n]))
    expect(item).toMatch(/ [7f]ff[89a-f]/);
  for (const item of await seen('nan-identity.wat', ['dp'], [0x7fa00000]))
    expect(item).toMatch(/ f{0,8}[7f]f[c-f]/);
});

test('a constant is stored by its bits, without a look whether it is a NaN', async () => {
  const wat = `(module (memory (export "m") 1)
    (func (export "f") (f32.store (i32.const 1) (f32.const nan:0x200000)))
    (func (export "d") (f64.store (i32.const 9) (f64.const -nan:0x4000000000001))))`;
  expect(await text(wat)).not.toContain('NaN');
  const { f, d, m } = await load(wat).then(({ instantiate }) => instantiate());
  f();
  d();
  const view = new DataView(m.buffer);
  expect(view.getUint32(1, true)).toBe(0x7fa00000);
  expect(view.getBigUint64(9, true)).toBe(0xfff4000000000001n);
});

test('all operations, sources and what takes bits are there', () => {
  expect(cases.length).toBeGreaterThan(1500);
  expect(new Set(cases.map(({ op }) => op)).size).toBe(15);
  expect(new Set(cases.map(({ seen }) => seen)).size).toBe(12);
});
