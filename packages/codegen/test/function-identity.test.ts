/**
 * A function is one object, by whichever way it came into a table, global or reference, and by whichever way it
 * comes out, across modules and instances: as with the engine's own WebAssembly, which runs the same modules.
 */
import { parse } from '@bytecodealliance/jco';
import { describe, expect, test } from 'vitest';
import { evaluateBare, type Loaded, load, native, text } from './building.js';

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

describe('tables of the host that are unlike others', () => {
  const WAT = `(module (import "e" "t" (table $t 3 funcref)) (type $v (func (result i32)))
    (func $f (export "f") (result i32) (i32.const 42)) (elem (i32.const 1) $f)
    (func (export "call") (param i32) (result i32) (call_indirect (type $v) (local.get 0)))
    (func (export "grow") (result i32) (table.grow (ref.func $f) (i32.const 2))))`;
  const make = () => new WebAssembly.Table({ element: 'anyfunc', initial: 3 });
  const nothing = { value: () => null, configurable: true };
  class Heir extends WebAssembly.Table {
    override get(): null {
      return null;
    }
    override get length(): number {
      return 0;
    }
  }
  const KINDS: Record<string, () => WebAssembly.Table> = {
    'with methods of its own': () =>
      Object.defineProperties(make(), { get: nothing, set: nothing }),
    'of a class of the program': () => new Heir({ element: 'anyfunc', initial: 3 }),
    'without a prototype': () => Object.setPrototypeOf(make(), null) as WebAssembly.Table,
    'that are frozen': () => Object.freeze(make()),
  };
  test.each(Object.keys(KINDS))('%s', async (kind) => {
    const outcomes: unknown[] = [];
    for (const engine of [true, false]) {
      const t = KINDS[kind]!();
      const own = t.get;
      const imports = { e: { t } };
      const exports: Loaded = engine
        ? await native(WAT, imports)
        : (await load(WAT)).instantiate(imports);
      const { get, set } = WebAssembly.Table.prototype;
      const before = [exports.call(1), exports.grow(), exports.call(4), get.call(t, 3)()];
      set.call(t, 0, get.call(t, 1));
      outcomes.push([...before, exports.call(0), kind === 'without a prototype' || t.get === own]);
    }
    if (kind !== 'without a prototype') expect(outcomes[0]).toEqual([42, 3, 42, 42, 42, true]);
    expect(outcomes[1]).toEqual(outcomes[0]);
  });

  test('undefined is an element as any other from the beginning', async () => {
    const wat = `(module (import "e" "t" (table $t 2 externref))
      (func (export "get") (param i32) (result externref) (table.get (local.get 0))))`;
    for (const engine of [true, false]) {
      const imports = { e: { t: new WebAssembly.Table({ element: 'externref', initial: 2 }) } };
      const exports: Loaded = engine
        ? await native(wat, imports)
        : (await load(wat)).instantiate(imports);
      expect(exports.get(1)).toBe(undefined);
      imports.e.t.set(1, null);
      expect(exports.get(1)).toBe(null);
    }
  });
});

/** Functions in a table, called by what a name section says, of which one is the index of another. */
const NAMED = `(module
  (import "e" "f" (func $imported (param i32) (result i32)))
  (func $"5" (param i32) (result i32) (i32.const 1))
  (func $plain (param i32) (result i32) (call $imported (local.get 0)))
  (func (param i32) (result i32) (i32.const 2))
  (func $"a b" (result f64) (f64.const 3)) (func (result f64) (f64.const 4))
  (table (export "t") funcref (elem 5 4 3 2 1 0 5)))`;

describe('references keep their index', () => {
  for (const names of ['keep', 'minify'] as const)
    for (const optimizeFor of ['jit', 'size'] as const)
      test(`${names}, ${optimizeFor}`, async () => {
        const source = await text(NAMED, { names, optimizeFor, format: 'iife' });
        const imports = { e: { f: (x: number) => x } };
        const x = await native(NAMED, imports);
        const y = evaluateBare(source)['instantiate'](imports);
        for (let i = 0; i < 7; i++) {
          const [f, g] = [x.t.get(i), y.t.get(i)];
          expect([g.name, g.length]).toEqual([f.name, f.length]);
          expect(g(7)).toBe(f(7));
        }
      });
});
