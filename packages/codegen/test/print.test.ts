/** Short text that means the same. */
import { parse } from 'acorn';
import type { FunctionDeclaration, Statement } from 'estree';
import { expect, test } from 'vitest';
import { printFunction, printStatement } from '../src/emit/print.js';
import { Text } from '../src/emit/text.js';

const tree = (source: string): Statement =>
  parse(source, { ecmaVersion: 2022, allowReturnOutsideFunction: true }).body[0] as Statement;
/** The text that a function appends. */
function appended(append: (text: Text) => void): string {
  const text = new Text();
  append(text);
  return text.pieces().join('');
}
const short = (source: string): string =>
  appended((text) => printFunction(text, tree(source) as FunctionDeclaration));
const statement = (node: Statement): string => appended((text) => printStatement(text, node));

/** Both texts have the same tree. */
function same(source: string): string {
  const printed = statement(tree(source));
  const positions = (key: string, value: unknown) =>
    ['start', 'end', 'raw'].includes(key) ? undefined : value;
  expect(JSON.stringify(tree(printed), positions)).toBe(JSON.stringify(tree(source), positions));
  return printed;
}

test('parentheses stand where they are needed', () => {
  expect(same('x = (a + b | 0) * c - (d - e);')).toBe('x=(a+b|0)*c-(d-e)');
  expect(same('x = a - -b - -c * d - (-e >> 1);')).toBe('x=a- -b- -c*d- (-e>>1)');
  expect(same('x = -(-a);')).toBe('x=- -a');
  expect(same('x = (a, b) ? (c = d) : (e, f);')).toBe('x=(a,b)?c=d:(e,f)');
  expect(same('x = (a ? b : c) ? d : e;')).toBe('x=(a?b:c)?d:e');
  expect(same('(a ? b : c)(d, (e, f));')).toBe('(a?b:c)(d,(e,f))');
  expect(same('x = !(a && b) || c === (d < e);')).toBe('x=!(a&&b)||c===d<e');
  expect(same('x = () => (y.b ?? y)(z);')).toBe('x=()=>(y.b??y)(z)');
  expect(same('x = (a >>> 0) / (b % c);')).toBe('x=(a>>>0)/(b%c)');
});

test('operands are grouped as is shortest where the result is the same', () => {
  expect(statement(tree('x = a | (b | (c & d));'))).toBe('x=a|b|c&d');
  expect(statement(tree('x = a + (b + c);'))).toBe('x=a+(b+c)');
});

test('numbers are short and exact', () => {
  for (const value of [0, 0.5, 1e6, 12e3, 4294967296, 1e21, 5e-324, 0.1, 1.7976931348623157e308]) {
    const printed = same(`x = ${value};`).slice(2);
    expect(Number(printed)).toBe(value);
    expect(printed.length).toBeLessThanOrEqual(String(value).length);
  }
});

test('a line ends a statement, unless the next could continue it', () => {
  expect(same('{ a = b; c = d; }')).toBe('{a=b\nc=d}');
  expect(same('{ a = b; (c ? d : e)(); -f; }')).toBe('{a=b;(c?d:e)();-f}');
  expect(same('if (a) b(); else if (c) d(); else { e(); f(); }')).toBe(
    'if(a)b()\nelse if(c)d()\nelse{e()\nf()}',
  );
  expect(same('if (a) { if (b) c(); } else d();')).toBe('if(a){if(b)c()}else d()');
  expect(same('do { a(); } while (b);')).toBe('do{a()}while(b)');
  expect(same('switch (a) { case 1: case 2: b(); break; default: c(); }')).toBe(
    'switch(a){case 1:case 2:b()\nbreak\ndefault:c()}',
  );
  expect(short('function f() { if (a) return; return -b; }')).toBe(
    'function f(){if(a)return\nreturn-b}',
  );
  expect(same('if (a) throw b(c); else return d;')).toBe('if(a)throw b(c)\nelse return d');
});

test('local variables and labels have short names, in order; others stay', () => {
  expect(
    short('function $f(p0, p0h) { var m = M0.v, l3 = 0; L7: { break L7; } return l3 + p0h + g0; }'),
  ).toBe('function $f(a,b){var m=M0.v,c=0\na:{break a}return c+b+g0}');
  expect(short('function f() { L1: for (;;) { L2: for (;;) { continue L1; } } }')).toBe(
    'function f(){a:for(;;){b:for(;;){continue a}}}',
  );
  const names = Array.from({ length: 3000 }, (_, i) => `t${i}`);
  const printed = short(`function f() { var ${names.join(', ')}; }`)
    .match(/[a-zA-Z]+/g)!
    .slice(3);
  expect(new Set(printed).size).toBe(3000);
  expect(() => tree(`var ${printed.join()};`)).not.toThrow();
  for (const word of ['m', 'NaN']) expect(printed).not.toContain(word);
});

test('an assignment that repeats its variable is a compound one', () => {
  expect(
    short('function f(p0) { p0 = p0 | 0; p0 = 1 - p0; p0 = p0 < 1; p0 = p0 >>> (1, 2); }'),
  ).toBe('function f(a){a|=0\na=1-a\na=a<1\na>>>=(1,2)}');
});

test('text is cut where functions end, whatever its characters', () => {
  const text = new Text();
  const long = 'x'.repeat(700_000);
  for (const piece of [long, long, '\u00e4\u{1f600}', long]) {
    text.add(piece);
    text.end();
  }
  expect(text.pieces().map((piece) => piece.length)).toEqual([1_400_000, 700_003]);
  expect(text.pieces().join('')).toBe(`${long}${long}\u00e4\u{1f600}${long}`);
});
