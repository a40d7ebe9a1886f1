/** The digest, the realm's map of modules that were built ahead, and the object over it. */
import { createHash } from 'node:crypto';
import { parse } from '@bytecodealliance/jco';
import { createWebAssembly } from '@wasm2js/webassembly';
import { createPrecompiled, precompiledKey } from '@wasm2js/webassembly/precompiled';
import { afterEach, describe, expect, test } from 'vitest';
import { text } from '../../codegen/test/building.js';
import { moduleDigest, moduleDigestLater, sha256 } from '../src/digest.js';

const none = { builtins: [], importedStringConstants: undefined };
const assemble = async (wat: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await parse(wat));

// biome-ignore lint/suspicious/noExplicitAny: what is registered
const map: Map<string, any> = ((globalThis as any)[Symbol.for('wasm2js.precompiled')] ??=
  new Map());
afterEach(() => map.clear());

test.each([0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 100_003])(
  'SHA-256 of %d bytes',
  async (length) => {
    const bytes = new Uint8Array(length).map((_, i) => i * 31 + length);
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(sha256(bytes)).toBe(digest);
    expect(sha256(new Uint8Array([9, ...bytes, 9]).subarray(1, -1))).toBe(digest);
    expect(moduleDigest(bytes)).toBe(`${length}-${digest}`);
    expect(await moduleDigestLater(bytes)).toBe(`${length}-${digest}`);
  },
);

describe('keys', () => {
  test('tell modules of different options apart, where the options matter', async () => {
    const plain = await assemble('(module (import "env" "x" (global externref)))');
    const strings = await assemble(`(module
      (import "wasm:js-string" "length" (func (param externref) (result i32)))
      (import "'" "x" (global (ref extern))))`);
    const options = { builtins: ['js-string'], importedStringConstants: "'" };
    expect(precompiledKey(plain, options)).toBe(moduleDigest(plain));
    expect(precompiledKey(plain, { ...none, importedStringConstants: 'env' })).toBe(
      `${moduleDigest(plain)}=env`,
    );
    expect(precompiledKey(strings, none)).toBe(moduleDigest(strings));
    expect(precompiledKey(strings, options)).toBe(`${moduleDigest(strings)}+js-string='`);
    expect(precompiledKey(strings, { ...none, builtins: ['other'] })).toBe(moduleDigest(strings));
  });
});

describe('the object', () => {
  const WAT = '(module (func (export "f") (result i32) i32.const 42))';
  const W = createWebAssembly({ precompiled: createPrecompiled() });
  const evaluated = async (wat: string) =>
    // biome-ignore lint/security/noGlobalEval: what a file of modules that were built ahead has in it
    globalThis.eval(await text(wat, { namedExports: false }));

  test('finds modules that are registered before or after it was made', async () => {
    const bytes = await assemble(WAT);
    expect(W.validate(bytes)).toBe(false);
    expect(() => new W.Module(bytes)).toThrow(W.CompileError);
    const code = await evaluated(WAT);
    map.set(precompiledKey(bytes, none), () => code);
    expect(W.validate(bytes)).toBe(true);
    const instance = new W.Instance(new W.Module(bytes));
    expect((instance.exports as { f(): number }).f()).toBe(42);
    const other = await assemble(WAT.replace('42', '43'));
    expect(other.length).toBe(bytes.length);
    expect(() => new W.Module(other)).toThrow(/not built ahead/);
  });

  test('waits for files that load later', async () => {
    const wat = WAT.replace('42', '7');
    const bytes = await assemble(wat);
    const code = await evaluated(wat);
    map.set(precompiledKey(bytes, none), async () => code);
    expect(() => new W.Module(bytes)).toThrow(/still loading: use compile or instantiate/);
    const { instance } = await W.instantiate(bytes);
    expect((instance.exports as { f(): number }).f()).toBe(7);
    // From now on it is there.
    expect(new W.Module(bytes)).toBeInstanceOf(W.Module);
  });

  test('passes on what a file fails with', async () => {
    const bytes = await assemble(WAT.replace('42', '8'));
    map.set(precompiledKey(bytes, none), async () => {
      throw new Error('gone');
    });
    await expect(W.compile(bytes)).rejects.toThrow(W.CompileError);
    await expect(W.compile(bytes)).rejects.toThrow(/gone/);
  });
});
