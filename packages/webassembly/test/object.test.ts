/** The object as a program uses it, with the compiler and without. */
import { parse } from '@bytecodealliance/jco';
import { createWebAssembly } from '@wasm2js/webassembly';
import { createCompiler } from '@wasm2js/webassembly/compiler';
import { describe, expect, test } from 'vitest';
import { load } from '../../codegen/test/building.js';

const W = createWebAssembly({ compiler: createCompiler() });
const assemble = async (wat: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await parse(wat));

// biome-ignore lint/suspicious/noExplicitAny: exports of any module
type Exports = any;

const ADD = `(module (func (export "add") (param i32 i32) (result i32)
  local.get 0 local.get 1 i32.add))`;

describe('modules', () => {
  test('are compiled at run time', async () => {
    const { module, instance } = await W.instantiate(await assemble(ADD));
    expect((instance.exports as Exports)['add'](2, 3)).toBe(5);
    expect(module).toBeInstanceOf(W.Module);
    expect(W.Module.exports(module)).toEqual([{ name: 'add', kind: 'function' }]);
    expect(new W.Instance(module)).toBeInstanceOf(W.Instance);
  });

  test('that are not valid are a CompileError', async () => {
    const bytes = await assemble('(module (func (result i32)))');
    expect(W.validate(bytes)).toBe(false);
    expect(() => new W.Module(bytes)).toThrow(W.CompileError);
    await expect(W.compile(bytes)).rejects.toThrow(W.CompileError);
  });

  test('whose names and counts say more than there is are refused at once', () => {
    const much = [255, 255, 255, 255, 15];
    const imported = [2, 6, 1, ...much];
    const exported = [7, 6, 1, ...much];
    for (const section of [imported, exported, [1, 5, ...much], [2, ...much, ...much], [1, 255]]) {
      const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...section]);
      for (const object of [W, createWebAssembly({ native: WebAssembly })]) {
        expect(object.validate(bytes)).toBe(false);
        expect(() => new object.Module(bytes)).toThrow(object.CompileError);
      }
    }
  });

  test('are made of the bytes as they were, whatever views say and options do', async () => {
    const bytes = await assemble(ADD);
    class Lying extends Uint8Array {
      override get byteLength() {
        return 8;
      }
      override get buffer() {
        return new ArrayBuffer(8);
      }
    }
    const changed = bytes.slice();
    const sent = bytes.slice();
    const detach = () => structuredClone(sent.buffer, { transfer: [sent.buffer] });
    const options = (change: () => unknown): object => ({
      get builtins() {
        change();
        return [];
      },
    });
    for (const object of [WebAssembly, W]) {
      expect(object.validate(new Lying(bytes) as BufferSource)).toBe(true);
    }
    const compile = W.compile as (source: BufferSource, options: object) => Promise<object>;
    const { Module } = W;
    await expect(
      compile(
        changed,
        options(() => changed.fill(0)),
      ),
    ).resolves.toBeInstanceOf(Module);
    await expect(compile(sent, options(detach))).resolves.toBeInstanceOf(Module);
  });

  test('of a detached buffer are empty, as for the host', async () => {
    const bytes = await assemble(ADD);
    const { buffer } = bytes;
    structuredClone(buffer, { transfer: [buffer] });
    for (const source of [bytes, buffer]) {
      for (const object of [WebAssembly, W]) {
        expect(object.validate(source)).toBe(false);
        await expect(object.compile(source)).rejects.toThrow(object.CompileError);
      }
    }
  });

  test('share memories with modules that were built ahead', async () => {
    const ahead = await load('(module (memory (export "memory") 1) (data (i32.const 3) "x"))');
    const { memory } = ahead.instantiate();
    expect(memory).toBeInstanceOf(W.Memory);
    const bytes = await assemble(
      '(module (import "" "m" (memory 1)) (func (export "get") (result i32) i32.const 3 i32.load8_u))',
    );
    const { instance } = await W.instantiate(bytes, { '': { m: memory } });
    expect((instance.exports as Exports)['get']()).toBe(120);
  });
});

describe('without a compiler', () => {
  const bare = createWebAssembly();

  test('an unknown module is a CompileError that says so', async () => {
    const bytes = await assemble(ADD);
    expect(() => new bare.Module(bytes)).toThrow(/not built ahead/);
    expect(bare.validate(bytes)).toBe(false);
  });

  test('the empty module is known', async () => {
    const bytes = await assemble('(module)');
    expect(bare.validate(bytes)).toBe(true);
    expect(new bare.Instance(new bare.Module(bytes)).exports).toEqual({});
  });

  test('a function of JavaScript becomes one that tables take', async () => {
    const bytes = await assemble(`(module (import "e" "f" (func (param i32 i64) (result f32)))
      (export "f" (func 0)))`);
    const seen: unknown[] = [];
    const given = (...args: unknown[]) => {
      seen.push(args);
      return 1.1;
    };
    const { f } = new bare.Instance(new bare.Module(bytes), { e: { f: given } }).exports as Exports;
    expect([f.name, f.length, f(2 ** 32 + 1, 2n ** 64n + 5n)]).toEqual(['0', 2, Math.fround(1.1)]);
    expect(seen).toEqual([[1, 5n]]);
    const table = new bare.Table({ element: 'anyfunc', initial: 1 });
    table.set(0, f);
    expect(table.get(0)).toBe(f);
    // An exported function is imported as itself.
    expect(new bare.Instance(new bare.Module(bytes), { e: { f } }).exports['f']).toBe(f);
  });

  test('what is built ahead is asked for by its bytes', async () => {
    const bytes = await assemble(ADD);
    const ahead = await load(ADD);
    const precompiled = {
      find: (asked: Uint8Array) => (asked.length === bytes.length ? ahead : undefined),
    };
    const object = createWebAssembly({ precompiled });
    const { instance } = await object.instantiate(bytes);
    expect((instance.exports as Exports)['add'](1, 2)).toBe(3);
    expect(object.validate(bytes)).toBe(true);
  });
});

describe('functions that are compiled on first call', () => {
  test('bring the tables of bytes that they look up', async () => {
    const own = createWebAssembly({ compiler: createCompiler({ lazyFrom: 0 }) });
    const upper = (name: string) => `(func (export "${name}") (local v128 v128)
      (local.set 0 (v128.load (i32.const 0)))
      (local.set 1 (v128.and (i8x16.gt_u (local.get 0) (v128.const i8x16 ${'96 '.repeat(16)}))
        (i8x16.lt_u (local.get 0) (v128.const i8x16 ${'123 '.repeat(16)}))))
      (v128.store (i32.const 16) (i8x16.sub (local.get 0)
        (v128.and (local.get 1) (v128.const i8x16 ${'32 '.repeat(16)})))))`;
    const bytes = await assemble(`(module (memory (export "m") 1) ${upper('f')} ${upper('g')})`);
    const { f, g, m } = new own.Instance(new own.Module(bytes)).exports as Exports;
    const memory = new Uint8Array(m.buffer);
    for (const run of [f, g, f]) {
      memory.fill(0);
      memory.set(new TextEncoder().encode('aZ9{`z \u007f~m MNop!'));
      run();
      expect(new TextDecoder().decode(memory.slice(16, 32))).toBe('AZ9{`Z \u007f~M MNOP!');
    }
  });
});

describe('promises (JavaScript Promise Integration)', () => {
  interface Suspendable {
    Suspending: new (f: (...args: number[]) => unknown) => object;
    promising(f: unknown): (...args: number[]) => Promise<number>;
    SuspendError: new () => Error;
  }
  const { Suspending, promising, SuspendError } = W as unknown as Suspendable;
  const WAT = `(module (import "e" "f" (func $f (param i32) (result i32)))
    (func $twice (export "twice") (param i32) (result i32) local.get 0 call $f call $f))`;

  for (const [name, lazyFrom] of [
    ['at once', 1 << 20],
    ['on first call', 0],
  ] as const) {
    test(`suspend what is compiled ${name}, also where the module was compiled before`, async () => {
      const own = createWebAssembly({ compiler: createCompiler({ lazyFrom }) });
      const module = new own.Module(await assemble(WAT));
      const f = new Suspending(async (x = 0) => x + 1);
      const { twice } = new own.Instance(module, { e: { f } } as never).exports as Exports;
      expect(await Promise.all([1, 2, 3].map((x) => promising(twice)(x)))).toEqual([3, 4, 5]);
      expect(() => twice(1)).toThrow(SuspendError);
    });
  }
});
