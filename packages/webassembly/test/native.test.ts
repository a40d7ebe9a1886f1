/** Modules that the host runs behind the object (`native`): nothing may tell them from compiled ones, or from the host's own. */
import { parse } from '@bytecodealliance/jco';
import { type CodeSource, createWebAssembly } from '@wasm2js/webassembly';
import { createCompiler } from '@wasm2js/webassembly/compiler';
import { expect, test } from 'vitest';

// biome-ignore lint/suspicious/noExplicitAny: any object, exports of any module
type Any = any;

let compiled = 0;
const compiler = createCompiler();
const counting: CodeSource = {
  ...compiler,
  find(bytes, options) {
    compiled++;
    return compiler.find(bytes, options);
  },
};
const native = createWebAssembly({ native: WebAssembly, compiler: counting });
const objects: [string, Any][] = [
  ['the host', WebAssembly],
  ['compiled', createWebAssembly({ compiler })],
  ['native', native],
];

const wasm = async (wat: string) => new Uint8Array(await parse(wat));
const modules = {
  plain: await wasm(`(module
    (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
    (func (export "long") (param i64) (result i64) local.get 0 i64.const 1 i64.add)
    (func (export "float") (param f32 f64) (result f64) local.get 0 f64.promote_f32 local.get 1 f64.add)
    (func $two (export "two") (param externref) (result externref i32) local.get 0 i32.const 7)
    (export "again" (func $two))
    (func (export "divide") (param i32) (result i32) i32.const 1 local.get 0 i32.div_s)
    (func $deep (export "deep") (call $deep)))`),
  caller: await wasm(`(module (import "e" "f" (func $f (param i32) (result i32)))
    (export "f" (func $f))
    (func (export "twice") (param i32) (result i32) local.get 0 call $f call $f))`),
  start: await wasm('(module (func $s unreachable) (start $s) (func (export "f")))'),
  catcher: await wasm(`(module (import "e" "f" (func $f (param i32) (result i32)))
    (table (export "t") 2 funcref)
    (type $t (func (param i32) (result i32)))
    (func (export "indirect") (param i32) (result i32) local.get 0 i32.const 0 call_indirect (type $t))
    (func (export "catch") (param i32) (result i32)
      try (result i32) local.get 0 call $f catch_all i32.const -1 end))`),
  deep: await wasm(
    '(module (func $f (export "f") (param i32) (result i32) (call $f (local.get 0))))',
  ),
  trapping:
    await wasm(`(module (memory (export "m") 1) (func (export "fail") (param i32) (result i32)
    i32.const -1 i32.load))`),
  handler: await wasm(`(module (import "e" "f" (func $f (param i32) (result i32)))
    (func (export "catch") (param i32) (result i32)
      try (result i32) local.get 0 call $f catch_all i32.const -1 end))`),
  memory: await wasm('(module (memory (export "m") 1) (func (export "f")))'),
};

/** What comes of each operation. */
async function outcomes(W: Any): Promise<[string, unknown][]> {
  const list: [string, unknown][] = [];
  const check = (name: string, run: () => unknown): void => {
    try {
      list.push([name, run()]);
    } catch (error) {
      const kind = ['LinkError', 'RuntimeError'].find((one) => error instanceof W[one]);
      list.push([name, `throws ${kind ?? (error as Error)?.name ?? String(error)}`]);
    }
  };
  const make = (bytes: Uint8Array, imports?: unknown): Any =>
    new W.Instance(new W.Module(bytes), imports).exports;
  const plain = make(modules.plain);
  const thing = {};
  check('names', () => Object.entries(plain).map(([key, f]: Any) => [key, f.name, f.length]));
  check('frozen', () => [Object.isFrozen(plain), Object.getPrototypeOf(plain)]);
  check('add', () => [plain.add(2 ** 31, '3'), plain.add()]);
  check('long', () => plain.long(2n ** 63n - 1n));
  check('no bigint', () => plain.long(1));
  check('float', () => plain.float(0.1, 0.2));
  check('two', () => [plain.two(thing)[0] === thing, plain.two(3), plain.two === plain.again]);
  check('divide', () => plain.divide(0));
  check('start', () => make(modules.start));
  const { f, twice } = make(modules.caller, { e: { f: (x: number) => x + 0.6 } });
  check('calls', () => [twice(4), f(1), f.name, f.length]);
  for (const value of [undefined, null, 3, {}, plain.long, plain.deep, plain])
    check(`import of ${typeof value}`, () => make(modules.caller, { e: { f: value } }));
  check('no imports', () => make(modules.caller));
  check('no object', () => make(modules.caller, { e: 3 }));
  check(
    'exported again',
    () => make(modules.caller, { e: { f: plain.divide } }).f === plain.divide,
  );
  const reads: string[] = [];
  const traced = new Proxy({ f: plain.divide } as Any, {
    get(target, key) {
      reads.push(String(key));
      return target[key];
    },
  });
  check('reads', () => [make(modules.caller, { e: traced }).f.name, reads.join()]);
  const own = new Error('own');
  const throwing = (value: unknown) => () => {
    throw value;
  };
  const thrown = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  const made = (given: unknown) => make(modules.caller, { e: { f: given } });
  // Which error a full stack is, is the host's affair: here it is a trap.
  const full = thrown(() => plain.deep());
  check('deep', () => full instanceof RangeError || full instanceof W.RuntimeError);
  check('an error passes', () => thrown(() => made(throwing(own)).twice(1)) === own);
  check('a result that does not convert', () => made(() => Symbol('s')).twice(1));
  // Around and around: a module with a handler calls those that have none.
  const caught = (inner: unknown) => make(modules.catcher, { e: { f: inner } }).catch(0);
  check('a trap is not caught', () => caught(plain.divide));
  check('nor one that came through two', () => caught(made(plain.divide).twice));
  check('nor one beside it', () => caught(made((x: number) => x).twice));
  const alone = make(modules.deep);
  check('nor a full stack', () => {
    const error = thrown(() => caught(alone.f));
    return error instanceof RangeError || error instanceof W.RuntimeError;
  });
  // And the other way: the innermost code has a memory, so it is compiled, and the handler may be the host's.
  const { fail } = make(modules.trapping);
  const handler = (inner: unknown) => make(modules.handler, { e: { f: inner } }).catch(0);
  check('a trap of others is not caught', () => handler((x: number) => fail(x)));
  const passed = thrown(() => handler((x: number) => fail(x)));
  check('and is what comes out', () => passed instanceof W.RuntimeError);
  check('an error is caught', () => handler(throwing(own)));
  check('an error of JavaScript is', () => caught(made(throwing(own)).twice));
  check('a thrown value is', () => caught(made(throwing(7)).twice));
  check('a RuntimeError of JavaScript is', () =>
    caught(made(throwing(new W.RuntimeError('x'))).twice),
  );
  check('what does not convert is', () => caught(made(() => Symbol('s')).twice));
  const { t, indirect } = make(modules.catcher, { e: { f: plain.divide } });
  check('tables take it', () => [t.set(0, plain.divide), t.get(0) === plain.divide, indirect(1)]);
  check('of its own type', () => [t.set(0, plain.add), indirect(1)]);
  check('a trap through a table', () => [t.set(0, plain.divide), indirect(0)]);
  check('other tables', () => {
    const table = new W.Table({ element: 'anyfunc', initial: 1 }, plain.long);
    return [table.get(0) === plain.long, table.get(0)(1n)];
  });
  check('memories', () => make(modules.memory).m instanceof W.Memory);
  const { instance } = await W.instantiate(modules.plain);
  check('by a promise', () => instance.exports.add(1, 2));
  for (const [name, bytes] of Object.entries(modules)) check(name, () => W.validate(bytes));
  check('not valid', () => W.validate(modules.plain.slice(0, -1)));
  return list;
}

test('what a program sees is the same', async () => {
  const [host, ...others] = await Promise.all(objects.map(([, W]) => outcomes(W)));
  for (const list of others) expect(list).toEqual(host);
});

test('the host runs what meets others by numbers alone, the compiler makes the rest', () => {
  const compilations = (bytes: Uint8Array, imports?: Any): number => {
    const before = compiled;
    new native.Instance(new native.Module(bytes as BufferSource), imports);
    return compiled - before;
  };
  const { exports } = new native.Instance(new native.Module(modules.plain));
  expect(compilations(modules.plain)).toBe(0);
  expect(compilations(modules.caller, { e: { f: () => 1 } })).toBe(0);
  expect(compilations(modules.caller, { e: { f: exports['divide'] } })).toBe(0);
  expect(compilations(modules.memory)).toBe(1);
  const made = new native.Instance(new native.Module(modules.catcher), {
    e: { f: exports['divide'] },
  } as Any).exports;
  expect(compilations(modules.caller, { e: { f: made['catch'] } })).toBe(1);
  const bare = createWebAssembly({ native: WebAssembly });
  expect(bare.validate(modules.plain)).toBe(true);
  expect(bare.validate(modules.caller)).toBe(false);
});

test('imports that suspend are called by compiled code', async () => {
  const { Suspending, promising } = native as Any;
  const { exports } = new native.Instance(new native.Module(modules.caller), {
    e: { f: new Suspending(async (x: number) => x + 1) },
  } as Any);
  expect(await promising(exports['twice'])(1)).toBe(3);
});

test('a host that may not compile is passed by', () => {
  const refuse = function Module() {
    throw new WebAssembly.CompileError('forbidden');
  };
  const host = { ...WebAssembly, RuntimeError: WebAssembly.RuntimeError, Module: refuse } as Any;
  const own = createWebAssembly({ native: host, compiler });
  const { exports } = new own.Instance(new own.Module(modules.plain)) as Any;
  expect(exports.add(2, 3)).toBe(5);
});
