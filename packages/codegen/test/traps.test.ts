import { expect, test } from 'vitest';
import { evaluateBare, load, text } from './building.js';

const TRAPS = `(module (import "e" "host" (func $host)) (memory 1)
  (func (export "unreachable") unreachable)
  (func (export "load") (result i32) i32.const -4 i32.load)
  (func $deep (export "deep") call $deep)
  (func (export "host") call $host))`;

test('traps are the RuntimeError of the host', async () => {
  const { instantiate } = await load(TRAPS);
  const x = instantiate({ e: { host() {} } });
  expect(instantiate.RuntimeError).toBe(WebAssembly.RuntimeError);
  expect(() => x.unreachable()).toThrow(new WebAssembly.RuntimeError('unreachable'));
  expect(() => x.load()).toThrow(new WebAssembly.RuntimeError('out of bounds memory access'));
  expect(() => x.deep()).toThrow(new WebAssembly.RuntimeError('call stack exhausted'));
});

test('a trap of the engine keeps the stack of where it happened', async () => {
  const { instantiate } =
    await load(`(module (memory 1) (func $inner (result i32) i32.const -4 i32.load)
    (func $outer (export "f") (result i32) call $inner))`);
  try {
    instantiate().f();
    expect.unreachable();
  } catch (error) {
    expect((error as Error).stack).toMatch(
      /^RuntimeError: out of bounds memory access\n\s+at[^\n]*\n?/,
    );
    expect((error as Error).stack).toContain('$inner');
  }
});

test('errors of host functions pass unchanged', async () => {
  const { instantiate } = await load(TRAPS);
  for (const error of [
    new RangeError('a'),
    new TypeError('b'),
    new Error('c'),
    'd',
    undefined,
    5,
  ]) {
    const x = instantiate({
      e: {
        host() {
          throw error;
        },
      },
    });
    let caught: unknown = 'nothing';
    try {
      x.host();
    } catch (thrown) {
      caught = thrown;
    }
    expect(caught).toBe(error);
  }
});

test('nested boundaries: a trap stays a trap, a host error a host error', async () => {
  const { instantiate } = await load(TRAPS);
  const inner = instantiate({
    e: {
      host() {
        throw new RangeError('host');
      },
    },
  });
  const outer = (host: () => void) => instantiate({ e: { host } });
  expect(() => outer(() => inner.load()).host()).toThrow(
    new WebAssembly.RuntimeError('out of bounds memory access'),
  );
  expect(() => outer(() => inner.host()).host()).toThrow(new RangeError('host'));
  expect(() => outer(inner.unreachable).host()).toThrow('unreachable');
  expect(() => outer(inner.deep).host()).toThrow('call stack exhausted');
});

test('recursion through the host ends with an error, not worse', async () => {
  const { instantiate } = await load(TRAPS);
  const x = instantiate({ e: { host: () => x.host() } });
  expect(() => x.host()).toThrow(/call stack/);
});

test('a start function that traps', async () => {
  const { instantiate } = await load(`(module (import "e" "g" (global $g (mut i32))) (memory 1)
    (func $start i32.const 5 global.set $g i32.const -1 i32.load drop) (start $start))`);
  const g = new instantiate.Global({ value: 'i32', mutable: true }, 0);
  expect(() => instantiate({ e: { g } })).toThrow(
    new WebAssembly.RuntimeError('out of bounds memory access'),
  );
  expect(g.value).toBe(5);
});

test('hosts without WebAssembly have our own classes', async () => {
  const { instantiate } = evaluateBare(await text(TRAPS));
  const x = instantiate({ e: { host() {} } });
  let caught: Error | undefined;
  try {
    x.unreachable();
  } catch (error) {
    caught = error as Error;
  }
  expect(caught).toBeInstanceOf(instantiate.RuntimeError);
  expect(String(caught)).toBe('RuntimeError: unreachable');
  expect(instantiate.RuntimeError.name).toBe('RuntimeError');
  expect(() => instantiate({ e: {} })).toThrow(instantiate.LinkError);
});
