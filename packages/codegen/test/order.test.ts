/** The order of functions in the text: alike ones stand together, nothing else changes. */
import { gzipSync } from 'node:zlib';
import type { Module } from '@wasm2js/decoder';
import { expect, test } from 'vitest';
import { MARK, NOWHERE } from '../src/emit/marks.js';
import { alikeTogether } from '../src/emit/order.js';
import { compile, partCompiler } from '../src/index.js';
import { decode, load, native } from './building.js';

const OPTIONS = { format: 'esm', names: 'keep', data: 'inline' } as const;

/** A function whose text is about 2 KB of its kind's own. */
const declaration = (index: number, kind: number): string => {
  const lines = Array.from(
    { length: 130 },
    (_, i) => `a=b+${Math.imul(kind * 1000 + i, 0x9e3779b1) >>> 0}|0\n`,
  );
  return `function $${index}(a,b){\n${lines.join('')}return a}\n`;
};

test('functions of one kind become neighbours, in the place of the first', () => {
  const list = Array.from({ length: 60 }, (_, i) => declaration(i, i % 30));
  const texts = [list.slice(0, 25).join(''), list.slice(25).join('')];
  const { functions: ordered } = alikeTogether(texts);
  const expected = Array.from({ length: 30 }, (_, i) => [list[i], list[i + 30]]).flat();
  expect(ordered).toHaveLength(60);
  for (let i = 0; i < 60; i += 2)
    expect([...ordered.slice(i, i + 2)].sort()).toEqual(expected.slice(i, i + 2).sort());
  const size = (texts: string[]): number => gzipSync(texts.join('')).length;
  expect(size(ordered)).toBeLessThan(size(list) * 0.7);
});

test('marks move with the lines that they are of', () => {
  const list = Array.from({ length: 40 }, (_, i) => declaration(i, i % 20));
  const text = list.join('');
  const marks = [...text.matchAll(/^.*$/gm)].flatMap(({ 0: line }, i) =>
    line === '' ? [] : [i, line.length - 1, 7 * i, i, line.length, NOWHERE],
  );
  const before = text.split('\n');
  const ordered = alikeTogether([text], {
    lines: before.length - 1,
    marks: Int32Array.from(marks),
  });
  const after = ordered.functions.join('').split('\n');
  expect(after).not.toEqual(before);
  expect(ordered.marks).toMatchObject({ lines: before.length - 1 });
  const moved = ordered.marks!.marks;
  expect(moved).toHaveLength(marks.length);
  for (let i = 0; i < moved.length; i += MARK) {
    const line = Math.floor(i / MARK / 2);
    expect(moved[i]).toBe(line);
    const end = moved[i + 2] === NOWHERE ? after[line]!.length : after[line]!.length - 1;
    expect(moved[i + 1]).toBe(end);
    if (moved[i + 2] !== NOWHERE) expect(before[moved[i + 2]! / 7]).toBe(after[line]);
  }
});

test('text that compression sees at once stays as it is', () => {
  const list = Array.from({ length: 8 }, (_, i) => declaration(i, i % 2)).join('');
  expect(alikeTogether([list]).functions).toEqual([list]);
});

/** What a module is compiled to when its functions' text is kept elsewhere; each piece is spoilt by the next one. */
function throughStore(module: Module): string {
  const written: number[] = [];
  let given = new Uint8Array();
  const { chunks, text } = compile(module, {
    ...OPTIONS,
    textStore: {
      write: (bytes) => {
        for (const byte of bytes) written.push(byte);
      },
      read: (start, end) => {
        given.fill(0);
        given = Uint8Array.from(written.slice(start, end));
        return given;
      },
    },
  });
  expect(chunks).toEqual([]);
  const decoder = new TextDecoder();
  let all = '';
  for (const piece of text!) all += typeof piece === 'string' ? piece : decoder.decode(piece);
  expect(written.length).toBeGreaterThan(0);
  return all;
}

test('text of few functions that is kept elsewhere is the same', async () => {
  const module = await decode('(module (func (export "f") (result i32) (i32.const 1)) (func $g))');
  expect(throughStore(module)).toBe(compile(module, OPTIONS).chunks.join(''));
});

test('whether functions are compiled in parts, kept elsewhere or not, their order is the same, and calls find them', async () => {
  const body = (kind: number): string =>
    Array.from(
      { length: 60 },
      (_, i) =>
        `(i32.const ${Math.imul(kind * 1000 + i, 0x9e3779b1)}) (i32.${i % 2 ? 'xor' : 'add'})`,
    ).join(' ');
  const functions = Array.from(
    { length: 90 },
    (_, i) =>
      `(func $f${i} (param i32) (result i32) (i32.xor (i32.mul (local.get 0) (local.get 0)) (i32.load offset=${i} (i32.and (local.get 0) (i32.const 4095)))) ` +
      `${body(i % 45)} (i32.const 4095) (i32.and) (i32.load) ${body(i % 45)} ${i === 0 ? '' : `(call $f${i - 1})`})`,
  );
  const wat = `(module (memory 1) ${functions.join('')} (export "f" (func $f89)))`;
  const module = await decode(wat);
  const whole = compile(module, OPTIONS).chunks.join('');
  const compiler = partCompiler(module, OPTIONS);
  const parts = [compiler.part(0, 40), compiler.part(40, 90)];
  expect(compile(module, OPTIONS, parts).chunks.join('')).toBe(whole);
  expect(throughStore(module)).toBe(whole);
  const names = [...whole.matchAll(/^function (\$f\d+)\(/gm)].map(([, name]) => name!);
  expect(new Set(names).size).toBe(90);
  const apart = (name: string): number =>
    names.indexOf(name.replace(/\d+/, (n) => `${+n + 45}`)) - names.indexOf(name);
  expect(Math.abs(apart('$f7'))).toBe(1);
  const { f } = (await load(wat)).instantiate();
  expect(f(5)).toBe((await native(wat)).f(5));
});
