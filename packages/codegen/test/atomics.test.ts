/** Atomic instructions and shared memories: against the host's own, and between real threads. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { hosts } from '../../../hosts/src/table.js';
import { evaluateBare, type Loaded, load, native, text } from './building.js';

const OPERATIONS = ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'];
const WIDTHS = ['i32 ', 'i32 8', 'i32 16', 'i64 ', 'i64 8', 'i64 16', 'i64 32'];

/** A module with a function for each instruction. */
function everything(memory: string): string {
  const functions = WIDTHS.flatMap((width) => {
    const [type, narrow] = width.split(' ') as [string, string];
    const u = narrow === '' ? '' : '_u';
    return [
      `(func (export "load ${width}") (param i32) (result ${type})
        (${type}.atomic.load${narrow}${u} offset=8 (local.get 0)))`,
      `(func (export "store ${width}") (param i32 ${type})
        (${type}.atomic.store${narrow} offset=8 (local.get 0) (local.get 1)))`,
      ...OPERATIONS.map((name) => {
        const two = name === 'cmpxchg';
        return `(func (export "${name} ${width}") (param i32 ${type}${two ? ` ${type}` : ''}) (result ${type})
          (${type}.atomic.rmw${narrow}.${name}${u} offset=8
            (local.get 0) (local.get 1) ${two ? '(local.get 2)' : ''}))`;
      }),
    ];
  });
  return `(module (memory (export "m") ${memory}) ${functions.join('\n')}
    (func (export "notify") (param i32 i32) (result i32)
      (memory.atomic.notify offset=4 (local.get 0) (local.get 1)))
    (func (export "wait32") (param i32 i32 i64) (result i32)
      (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "wait64") (param i32 i64 i64) (result i32)
      (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "plain") (param i32 f64) (result i64)
      (f64.store offset=3 (local.get 0) (local.get 1))
      (i32.store16 offset=1 (local.get 0) (i32.const 0x8765))
      (i64.add (i64.load offset=1 (local.get 0)) (i64.load8_s offset=2 (local.get 0))))
    (func (export "order") (param i32) (result i32)
      (atomic.fence)
      (i32.store (i32.const 64) (local.get 0))
      (i32.add (i32.atomic.rmw.add (i32.const 64) (i32.load (i32.const 64)))
        (i32.mul (i32.atomic.load (i32.const 64)) (i32.const 100))))
    (func (export "size") (result i32) (memory.size))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;
}

const outcome = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    const { name, message } = error as Error;
    return `${name} ${/unaligned|bounds/.exec(message)?.[0] ?? /shared|Atomics.wait/.test(message)}`;
  }
};

const VALUES = [0, 1, -1, 0x7fffffff, -0x80000000, 0x12345678, 255, 256, 65535];

test.each([
  ['1 3', ''],
  ['1 3 shared', ''],
  ['1 3 shared', ', which another thread may have'],
])('memory %s%s: every instruction does what the host does', async (memory, escaped) => {
  const wat = everything(memory);
  const theirs = await native(wat);
  const ours = (await load(wat)).instantiate();
  const bare = evaluateBare(await text(wat)).instantiate();
  if (escaped !== '') for (const { m } of [ours, bare]) void m.buffer;
  let seed = 1;
  const random = (most: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed % most;
  };
  const value = (type: string): number | bigint => {
    const low = VALUES[random(VALUES.length)]!;
    if (type !== 'i64') return low;
    return BigInt.asIntN(64, (BigInt(VALUES[random(VALUES.length)]!) << 32n) | BigInt(low >>> 0));
  };
  for (const name of Object.keys(theirs)) {
    const [kind, type] = name.split(' ') as [string, string];
    if (type === undefined) continue;
    const count = kind === 'load' ? 0 : kind === 'cmpxchg' ? 2 : 1;
    for (let i = 0; i < 25; i++) {
      const at = [random(64) * 8, random(64), 65528, 65527, -8, -16][i % 6]!;
      const args = [at, ...Array.from({ length: count }, () => value(type))];
      const wanted = outcome(() => theirs[name](...args));
      expect([name, args, outcome(() => ours[name](...args))]).toEqual([name, args, wanted]);
      expect([name, args, outcome(() => bare[name](...args))]).toEqual([name, args, wanted]);
    }
  }
  const same = (name: string, ...args: unknown[]): void => {
    const wanted = outcome(() => theirs[name](...args));
    expect([name, ...args, outcome(() => ours[name](...args))]).toEqual([name, ...args, wanted]);
  };
  for (const at of [0, 2, 65536, -4]) same('notify', at, 1);
  for (const time of [0n, 1000n, 1_000_000n]) {
    theirs['store i32 '](0, 5);
    ours['store i32 '](0, 5);
    same('wait32', 8, 5, time);
    same('wait32', 8, 6, time);
    same('wait32', 6, 5, time);
    same('wait64', 8, 5n, time);
    same('wait64', 65536, 5n, time);
  }
  for (const at of [0, 5, 7, 40, 65520, 65525, 65526, 65530, -2]) same('plain', at, 1.5);
  same('order', 7);
  for (const delta of [0, 1, 5, 1, 1]) {
    same('grow', delta);
    same('size');
    same('load i32 ', 65536 + 16);
  }
  const bytes = (exports: Loaded): Uint8Array => new Uint8Array(exports.m.buffer);
  expect(bytes(ours)).toEqual(bytes(theirs));
});

test.each([32768, 40000])('a shared memory of %d pages is reached to its end', async (pages) => {
  const wat = everything(`${pages} ${pages} shared`);
  const [theirs, ours] = [await native(wat), (await load(wat)).instantiate()];
  const end = pages * 65536 - 8;
  for (const [i, width] of WIDTHS.entries())
    for (const at of [end - 64 - 8 * i, end - 8, end - 4, end, 2 ** 31 - 16]) {
      const value = width.startsWith('i64') ? 0x123456789abcdefn : 0x1234567;
      for (const [name, ...given] of [['store', value], ['add', value], ['load']] as const)
        expect([at, name, width, outcome(() => ours[`${name} ${width}`](at, ...given))]).toEqual([
          at,
          name,
          width,
          outcome(() => theirs[`${name} ${width}`](at, ...given)),
        ]);
    }
  for (const at of [end - 100, end - 8, end - 3])
    expect(outcome(() => ours.plain(at, 1.5))).toEqual(outcome(() => theirs.plain(at, 1.5)));
});

/** Calls every instruction on a memory and says what came of it, and the bytes in the end. */
const everyResult = `
  const exports = compiled.instantiate();
  if (escaped) exports.m.buffer;
  const lines = [];
  const call = (name, ...args) => {
    let result;
    try {
      result = exports[name](...args);
    } catch (error) {
      result = error.name;
    }
    lines.push([name, ...args, result].join(' '));
  };
  const values = [0x12345678, -2, 0x80ff];
  for (const name of Object.keys(exports)) {
    const [kind, type] = name.split(' ');
    if (type === undefined) continue;
    const given = type === 'i64' ? values.map((x) => (BigInt(x) << 33n) + BigInt(x)) : values;
    // The second comparison finds what the first one has written.
    for (const x of given)
      if (kind === 'load') call(name, 0);
      else if (kind !== 'cmpxchg') call(name, 0, x);
      else for (const old of [exports['load ' + name.slice(8)](0), x]) call(name, 0, old, given[0]);
  }
  exports['store i32 '](0, 5);
  exports['store i64 '](8, 0x123456789abcdefn);
  for (const expected of [5, 6]) call('wait32', 8, expected, 1000n);
  for (const expected of [0x123456789abcdefn, 6n]) call('wait64', 16, expected, 1000n);
  call('notify', 4, 1);
  for (const at of [0, 5, 40, 65530]) call('plain', at, 1.5);
  call('order', 7);
  lines.push(new Uint8Array(exports.m.buffer, 0, 96).join(' '));
  print(lines.join('\\n'));`;

const bigEndian = hosts().find(({ name }) => name.endsWith('s390x'))!;

test.skipIf(bigEndian.command === undefined).each([
  ['alone', false],
  ['which another thread may have', true],
])(
  `a shared memory, %s, on a machine that has the highest byte first${bigEndian.command ? '' : ` (needs ${bigEndian.from})`}`,
  async (_, escaped) => {
    const folder = mkdtempSync(join(tmpdir(), 'wasm2js-atomics-'));
    try {
      const made = (await text(everything('1 3 shared'))).replace(/;\s*$/, '');
      const file = join(folder, 'every.cjs');
      const before = `const escaped = ${escaped}, print = console.log;\nconst compiled = ${made};\n`;
      writeFileSync(file, `${before}{${everyResult}}`);
      const run = ([command, ...args]: readonly string[]) =>
        spawnSync(command!, [...args, file], { encoding: 'utf8', timeout: 60_000 });
      const [here, there] = [run([process.execPath]), run(bigEndian.command!)];
      expect(here.stdout.split('\n').length, here.stderr).toBeGreaterThan(150);
      expect(there.stdout, there.stderr).toBe(here.stdout);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);

test('several threads share a memory, wait for each other, and see it grow', async () => {
  const wat = `(module (memory (import "env" "m") 1 10 shared)
    (func (export "add") (param i32)
      (loop $l
        (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 0x100000001)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (drop (memory.grow (i32.const 1)))
      (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))
      (drop (memory.atomic.notify (i32.const 16) (i32.const 100))))
    (func (export "join") (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.atomic.load (i32.const 16)))
        (if (i32.ne (local.get 1) (local.get 0)) (then
          (drop (memory.atomic.wait32 (i32.const 16) (local.get 1) (i64.const 5000000000)))
          (br $l))))
      (i32.store (i32.const 262140) (i32.const 77))
      (memory.size))
    (func (export "sum") (result i32) (i32.load (i32.const 0)))
    (func (export "sum64") (result i64) (i64.load (i32.const 8))))`;
  const source = await text(wat);
  const { instantiate } = await load(wat);
  const memory = new instantiate.Memory({ initial: 1, maximum: 10, shared: true });
  expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  const exports = instantiate({ env: { m: memory } });
  const script = `const { workerData } = require('node:worker_threads');
    const { instantiate } = eval(workerData.source);
    const m = new instantiate.Memory({ initial: 1, maximum: 10, shared: true, ...workerData.shared });
    instantiate({ env: { m } }).add(workerData.count);`;
  const threads = [0, 1, 2].map(
    () =>
      new Worker(script, {
        eval: true,
        workerData: { source, count: 5000, shared: instantiate.shareMemory(memory) },
      }),
  );
  const ends = threads.map((thread) => once(thread, 'exit'));
  expect(exports.join(3)).toBe(4);
  expect(exports.sum()).toBe(15000);
  expect(exports.sum64()).toBe(15000n * 0x100000001n);
  expect((await Promise.all(ends)).flat()).toEqual([0, 0, 0]);
});

test('a shared memory needs a maximum, and is not one that is not shared', async () => {
  const { instantiate } = await load('(module (memory (import "env" "m") 1 10 shared))');
  const { Memory } = instantiate;
  expect(() => new Memory({ initial: 1, shared: true })).toThrow(TypeError);
  const plain = new Memory({ initial: 1, maximum: 10 });
  expect(() => instantiate({ env: { m: plain } })).toThrow(/shared/);
  const host = new WebAssembly.Memory({ initial: 1, maximum: 10, shared: true });
  expect(() => instantiate({ env: { m: host } })).not.toThrow();
});
