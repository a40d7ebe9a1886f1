/**
 * Looks for state that a full stack has torn: recursion through instructions that change tables,
 * memories and globals, from callers of every depth, then everything that can be seen is compared.
 */
import { text } from './building.js';
import { caseText } from './cases.js';

/** All instructions on tables, two views of different types, two tables, and a passive segment. */
const TABLES = `(module
  (type $i (func (result i32))) (type $l (func (result i64)))
  (table $t (export "t") 12 funcref) (table $u (export "u") 12 funcref)
  (elem $e funcref (ref.func $a) (ref.func $b) (ref.func $c) (ref.null func) (ref.func $b) (ref.func $a))
  (func $a (result i32) (i32.const 1)) (func $b (result i32) (i32.const 2)) (func $c (result i64) (i64.const 3))
  (func $pick (param i32) (result funcref)
    (if (result funcref) (i32.and (local.get 0) (i32.const 1)) (then (ref.func $a))
      (else (if (result funcref) (i32.and (local.get 0) (i32.const 2)) (then (ref.func $c)) (else (ref.null func))))))
  (func $r (export "r") (param $n i32) (result i32)
    (table.set $t (i32.and (local.get $n) (i32.const 7)) (call $pick (local.get $n)))
    (table.fill $u (i32.and (local.get $n) (i32.const 3)) (call $pick (i32.shr_u (local.get $n) (i32.const 1))) (i32.const 5))
    (table.copy $t $u (i32.const 2) (i32.const 1) (i32.const 7))
    (table.init $t $e (i32.and (local.get $n) (i32.const 3)) (i32.const 1) (i32.const 4))
    (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 9))
    (drop (table.grow $u (call $pick (local.get $n)) (i32.and (local.get $n) (i32.const 1))))
    (i32.add (call $r (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))
  (func (export "ci") (param i32) (result i32) (call_indirect $t (type $i) (local.get 0)))
  (func (export "cl") (param i32) (result i64) (call_indirect $t (type $l) (local.get 0)))
  (func (export "di") (param i32) (result i32) (call_indirect $u (type $i) (local.get 0)))
  (func (export "dl") (param i32) (result i64) (call_indirect $u (type $l) (local.get 0)))
  (func (export "ts") (result i32) (table.size $t)) (func (export "us") (result i32) (table.size $u)))`;

/** Growth of a memory that JavaScript looks at. */
const MEMORY = `(module (import "e" "look" (func $look)) (memory (export "m") 1 20000)
  (func $s (export "s") (param i32) (result i32)
    (if (i32.eqz (i32.and (local.get 0) (i32.const 31))) (then (drop (memory.grow (i32.const 1)))))
    (if (i32.eq (i32.and (local.get 0) (i32.const 15)) (i32.const 3)) (then (call $look)))
    (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
    (i32.add (call $s (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "ms") (result i32) (memory.size))
  (func (export "counted") (result i32) (i32.load (i32.const 4)))
  (func (export "ld") (param i32) (result i32) (i32.load (local.get 0))))`;

/**
 * The text of a script's expression: a list of what is torn, empty where all is well.
 * @param seconds for how long depths of the caller are tried; at least eight are
 */
export async function tornText(seconds: number): Promise<string> {
  const modules = {
    set: await text(caseText('exhaust-torn-table.wat'), { namedExports: false }),
    grow: await text(caseText('exhaust-torn-grow.wat'), { namedExports: false }),
    tables: await text(TABLES, { namedExports: false }),
    memory: await text(MEMORY, { namedExports: false }),
  };
  const entries = Object.entries(modules).map(([name, source]) => `${name}:${source}.instantiate`);
  return `(${torn})({${entries}}, ${seconds})`;
}

// biome-ignore lint/suspicious/noExplicitAny: modules by name
function torn(modules: any, seconds: number): string[] {
  // biome-ignore lint/suspicious/noExplicitAny: exports of any module
  type Any = any;
  const found: string[] = [];
  const attempt = (f: () => unknown): string => {
    try {
      return String(f());
    } catch (error) {
      return `throws ${(error as Error).message}`;
    }
  };
  const at = (depth: number, f: () => unknown): unknown => (depth === 0 ? f() : at(depth - 1, f));
  const exhaust = (depth: number, f: () => unknown): void => {
    try {
      at(depth, f);
      found.push('returned');
    } catch (error) {
      // The caller itself may be what has no room.
      if (!/call stack|recursion|stack overflow/.test((error as Error).message))
        found.push(`${depth}: ${error}`);
    }
  };
  const same = (name: string, a: unknown, b: unknown): void => {
    if (a !== b && found.length < 20) found.push(`${name}: ${String(a)} and ${String(b)}`);
  };
  /** Is what an indirect call does what the table's entry says? */
  const views = (name: string, t: Any, calls: Record<string, (i: number) => unknown>): void => {
    for (let i = 0; i < t.length; i++) {
      const entry = t.get(i);
      for (const type of Object.keys(calls)) {
        const value = entry === null ? 'null' : entry();
        const expected =
          entry === null
            ? 'throws uninitialized element'
            : typeof value === type
              ? String(value)
              : 'throws indirect call type mismatch';
        same(
          `${name} ${i}`,
          attempt(() => calls[type]!(i)),
          expected,
        );
      }
    }
    same(
      `${name} end`,
      attempt(() => Object.values(calls)[0]!(t.length)),
      'throws undefined element',
    );
  };

  const set = modules.set();
  const tables = modules.tables();
  const end = Date.now() + seconds * 1000;
  for (let depth = 0; depth < 8 || Date.now() < end; depth++) {
    exhaust(depth, () => set.r(depth));
    views(`set at ${depth}`, set.t, { number: set.ci });
    exhaust(depth, () => tables.r(depth));
    if (depth % 7 === 0) {
      const grow = modules.grow();
      exhaust(depth, () => grow.r(1));
      views(`grow at ${depth}`, grow.t, { number: grow.ci });
      same('table.size', grow.ts(), grow.t.length);
      const both = grow.h();
      same('halves', both >> 32n, both & 0xffffffffn);
      same('global', grow.g.value >> 32n, grow.g.value & 0xffffffffn);
      same(
        'global and memory',
        grow.g.value - both === 0n || grow.g.value - both === 0x100000001n,
        true,
      );
      exhaust(depth, () => grow.s(1));
      same('memory.size', grow.ms() * 65536, grow.m.buffer.byteLength);
    }
    views(`t at ${depth}`, tables.t, { number: tables.ci, bigint: tables.cl });
    same('size of t', tables.ts(), tables.t.length);
    same('size of u', tables.us(), tables.u.length);
    if (tables.u.length < 5000 || depth % 50 === 0)
      views(`u at ${depth}`, tables.u, { number: tables.di, bigint: tables.dl });
    if (depth % 7 !== 1) continue;
    const seen: ArrayBuffer[] = [];
    const memory: Any = modules.memory({ e: { look: () => seen.push(memory.m.buffer) } });
    exhaust(depth, () => memory.s(depth));
    const pages = memory.ms();
    const { buffer } = memory.m;
    same('length of the buffer', buffer.byteLength, pages * 65536);
    same('what is counted', new Int32Array(buffer)[1], memory.counted());
    same(
      'last word',
      attempt(() => memory.ld(pages * 65536 - 4)),
      '0',
    );
    same(
      'past the end',
      attempt(() => memory.ld(pages * 65536 - 3)),
      'throws out of bounds memory access',
    );
    for (const one of seen) if (one !== buffer) same('an old buffer', one.byteLength, 0);
  }
  return found;
}
