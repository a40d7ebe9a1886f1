import { expect, test } from 'vitest';
import { lineCounter, ScriptError, scan } from '../src/script/scanner.js';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('lists, atoms and strings', () => {
  const [list] = scan('(invoke $m "a b" (i32.const -0x1))');
  expect(list).toMatchObject({
    kind: 'list',
    items: [
      { kind: 'atom', text: 'invoke' },
      { kind: 'atom', text: '$m' },
      { kind: 'string' },
      { kind: 'list', items: [{ text: 'i32.const' }, { text: '-0x1' }] },
    ],
  });
});

test('a string between atoms without space', () => {
  const [list] = scan('(a"b"c)');
  expect(list).toMatchObject({ items: [{ text: 'a' }, { kind: 'string' }, { text: 'c' }] });
});

test('escapes of strings', () => {
  const [string] = scan(String.raw`"\00\ff\n\t\r\\\"\'\u{1f600}é"`);
  const bytes = string!.kind === 'string' ? string.bytes : new Uint8Array();
  expect([...bytes.subarray(0, 2)]).toEqual([0, 255]);
  expect(text(bytes.subarray(2))).toBe('\n\t\r\\"\'😀é');
});

test('comments nest, and end at the end of the line', () => {
  const nodes = scan('(; a (; b ;) ( " ;) (x) ;; (y\n(z);;');
  expect(nodes.map((node) => node.kind === 'list' && node.items[0])).toMatchObject([
    { text: 'x' },
    { text: 'z' },
  ]);
});

test('annotations are left out', () => {
  const [list] = scan('((@a "x" (y)) module (@b) $m)');
  expect(list).toMatchObject({ items: [{ text: 'module' }, { text: '$m' }] });
});

test.each(['(', ')', '"', '"\\zz"', '(; ', '"a\nb"'])('%j is refused', (source) => {
  expect(() => scan(source)).toThrow(ScriptError);
});

test('lines are counted from 1', () => {
  const line = lineCounter('a\nb\n\nc');
  expect([0, 2, 5].map(line)).toEqual([1, 2, 4]);
});
