/**
 * A function is one object, by whichever way it came into a table, global or reference, and by whichever way it
 * comes out, across modules and instances: as with the engine's own WebAssembly, which runs the same modules.
 */
import { parse } from '@bytecodealliance/jco';
import { describe, expect, test } from 'vitest';
import { type Loaded, load, native } from './building.js';

/** Where functions come from: of nothing that others meet but functions, and with references and a table of its own. */
const SOURCES = {
  'a module of plain exports': `(module
    (func $f (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (export "g" (func $f)) (func (export "h") (result i64) (i64.const 7)))`,
  'a module with references': `(module
    (func $f (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (export "g" (func $f)) (func (export "h") (result i64) (i64.const 7))
    (table (export "own") 1 funcref) (elem (i32.const 0) $f)
    (global (export "ref") funcref (ref.func $f)) (func (export "same") (result funcref) (ref.func $f)))`,
};

const INITIALISED = '(table $full (export "full") 2 funcref (ref.func $f))';
const FILLED =
  '(table $full (export "full") 2 funcref) (elem (table $full) (i32.const 0) func $f $f)';

/** What puts functions into the table that is imported, by index, and takes them out. */
const USER = `(module
  (import "p" "f" (func $f (param i32) (result i32))) (import "p" "h" (func $h (result i64)))
  (import "e" "t" (table $t 32 funcref)) (import "e" "r" (global $r funcref))
  (import "e" "w" (global $w (mut funcref)))
  (import "e" "take" (func $take (param funcref)))
  (tag $tag (export "tag") (param funcref))
  (table $own (export "own") 8 funcref) ${INITIALISED}
  (global $g (export "global") funcref (ref.func $f)) (global (export "again") funcref (global.get $r))
  (global $v (export "variable") (mut funcref) (ref.null func))
  (export "f" (func $f)) (func $l (export "l") (result f64) (f64.const 2))
  (elem (table $t) (i32.const 0) func $f $h)
  (elem (table $t) (i32.const 2) funcref (ref.func $f) (global.get $r) (ref.null func))
  (elem $passive func $f $h) (elem $refs funcref (global.get $r) (ref.func $l)) (elem declare func $f $l)
  (elem (table $own) (i32.const 0) func $f $h $l)
  (func (export "fill-in")
    (table.init $t $passive (i32.const 5) (i32.const 0) (i32.const 2))
    (table.init $t $refs (i32.const 7) (i32.const 0) (i32.const 2))
    (table.set $t (i32.const 9) (ref.func $f))
    (table.fill $t (i32.const 10) (ref.func $f) (i32.const 2))
    (table.copy $t $own (i32.const 12) (i32.const 0) (i32.const 3))
    (table.set $t (i32.const 15) (global.get $r)) (table.set $t (i32.const 16) (global.get $g))
    (table.copy $t $t (i32.const 17) (i32.const 0) (i32.const 2))
    (table.set $t (i32.const 19) (table.get $full (i32.const 1)))
    (drop (table.grow $own (ref.func $f) (i32.const 1)))
    (drop (table.grow $t (ref.func $f) (i32.const 1))))
  (func (export "get") (param i32) (result funcref) (table.get $t (local.get 0)))
  (func (export "hand") (param i32) (call $take (table.get $t (local.get 0))))
  (func (export "throw") (param i32) (throw $tag (table.get $t (local.get 0))))
  (func (export "store") (param i32) (global.set $v (table.get $t (local.get 0))) (global.set $w (global.get $v)))
  (func (export "read") (result funcref) (global.get $w))
  (func (export "pass") (param funcref) (result funcref) (local.get 0)))`;

type Classes = {
  Table: typeof WebAssembly.Table;
  Global: typeof WebAssembly.Global;
  Cell: typeof WebAssembly.Global;
};

/**
 * Which of the known functions each of these is; anything else by its kind.
 * @param payloads are those of exceptions read? V8 before version 13 gives a symbol for a function.
 */
function trace(
  p: Loaded,
  make: (imports: Loaded) => Loaded,
  { Table, Global, Cell }: Classes,
  payloads: boolean,
): unknown[] {
  const t = new Table({ element: 'anyfunc', initial: 32 });
  const r = new Global({ value: 'anyfunc' } as WebAssembly.GlobalDescriptor, p.f);
  const w = new Cell({ value: 'anyfunc', mutable: true } as WebAssembly.GlobalDescriptor, null);
  const taken: unknown[] = [];
  const imports = { p, e: { t, r, w, take: (f: unknown) => taken.push(f) } };
  const q = make(imports);
  // A second instance of the same module, with the same table.
  const q2 = make({ ...imports, p: q.f === undefined ? p : { ...p, f: q.f } });
  q['fill-in']();
  t.set(20, p.f);
  t.set(21, q.l);
  t.set(22, q.f);
  const name = (f: unknown): unknown => {
    if (typeof f !== 'function') return f === null ? null : typeof f;
    if (f === p.f) return 'p.f';
    if (f === p.h) return 'p.h';
    if (f === q.l) return 'q.l';
    if (f === q2.l) return 'q2.l';
    return 'another function';
  };
  const out: unknown[] = [name(p.g), name(q.f), name(q2.f), name(r.value)];
  for (const x of [q, q2]) out.push(name(x.global.value), name(x.again.value), x.own.length);
  for (const x of [q, q2]) for (let i = 0; i < x.own.length; i++) out.push(name(x.own.get(i)));
  out.push(name(q.full.get(0)), name(q.full.get(1)), t.length);
  for (let i = 0; i < t.length; i++) {
    q.hand(i);
    q.store(i);
    let thrown: Loaded;
    try {
      q2.throw(i);
    } catch (error) {
      thrown = error;
    }
    const ways = [t.get(i), q.get(i), q2.get(i), taken.pop(), q.variable.value];
    ways.push(q.pass(t.get(i)), w.value, q2.read());
    w.value = t.get(i);
    ways.push(q2.read());
    ways.push(payloads ? thrown.getArg(q2.tag, 0) : t.get(i));
    out.push(`${i}: ${ways.map(name).join(', ')}`);
  }
  return out;
}

describe.each(Object.entries(SOURCES))('functions of %s', (_, source) => {
  /** What the engine makes of it; Node 20 has no table with an initialiser. */
  const expected = async () => {
    const plain = USER.replace(INITIALISED, FILLED);
    const module = new WebAssembly.Module(new Uint8Array(await parse(plain)));
    const p = await native(source);
    return trace(
      p,
      (imports) => new WebAssembly.Instance(module, imports).exports,
      { Table: WebAssembly.Table, Global: WebAssembly.Global, Cell: WebAssembly.Global },
      false,
    );
  };

  test.each(['this realm’s own', 'the host’s'])('tables and globals are %s', async (whose) => {
    const want = await expected();
    expect(want).not.toContain('another function');
    const p = (await load(source)).instantiate();
    const { instantiate } = await load(USER);
    const { Table, Global: Cell } = whose === 'the host’s' ? WebAssembly : instantiate;
    const got = trace(p, instantiate, { Table, Global: instantiate.Global, Cell }, true);
    expect(got).toEqual(want);
  });
});
