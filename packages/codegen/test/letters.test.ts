/** Letters of variables: those that repeat what stands before, each variable with one of its own, nothing else changed. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Letters } from '../src/emit/letters.js';
import { alikeTogether } from '../src/emit/order.js';
import { numbersBelow } from './words.js';

/** The texts of functions, their variables named one function after the other. */
function named(...functions: string[]): string[] {
  const letters = new Letters(0);
  return functions.map((text) => {
    const bytes = new TextEncoder().encode(text);
    letters.rename(bytes, 0, bytes.length);
    return new TextDecoder().decode(bytes);
  });
}

const LOOP = (p: string, i: string, sum: string): string =>
  `for(;;){${sum}=m.i(${p}+${i}*12>>>0,!0)+${sum}|0\n${i}=${i}+1|0\nif(${i}>>>0>=1024)break}`;

test('a function that does what another one does has the same letters', () => {
  const first = `function $1(a,b){var m=M0.v,c=0\n${LOOP('a', 'b', 'c')}return c}\n`;
  const second = `function $2(a,b,c){var m=M0.v,d=0,e\ne=$9(a)\n${LOOP('b', 'c', 'd')}return d+e|0}\n`;
  const [same, other] = named(first, second);
  expect(same).toBe(first);
  expect(other).toBe(
    `function $2(d,a,b){var m=M0.v,c=0,e\ne=$9(d)\n${LOOP('a', 'b', 'c')}return c+e|0}\n`,
  );
});

test('labels, properties, numbers, texts, names of others and what is declared nowhere stay', () => {
  const before = `function $1(b,a){var c,d=0\n${LOOP('b', 'a', 'c')}return d}\n`;
  const body = (a: string, b: string): string =>
    `a:b:for(;;){if(${a}.a<1e3)break a\n${a}.b=${b}?${a}:${b}\nswitch(${a}){case 1:a:{if(${b})break a\ncontinue b}default:` +
    `b:{${a}="a\\"b"+'b'\nbreak b}}${a}=.5+1e-7-${b}*5n\n$a(${b},a$,_a,Z)}try{${a}=K(${b})}catch(z){throw z}`;
  const text = (a: string, b: string): string =>
    `function $2(${a},${b}){var c,d=0\n${LOOP(a, b, 'c')}${body(a, b)}return()=>${a}?${b}:${a}}\n`;
  expect(named(before, text('a', 'b'))[1]).toBe(text('b', 'a'));
});

test('lists are in the order of letters: more than integers stands in front, or keeps all in place', () => {
  const before = `function $1(a){var b,c=0\n${LOOP('a', 'c', 'b')}}\n`;
  const text = `function $2(d){var m=M0.v,a,c=10,b\n${LOOP('d', 'c', 'b')}}\n`;
  expect(named(before, text)[1]).toBe(
    `function $2(a){var m=M0.v,b,c=10,d\n${LOOP('a', 'c', 'b')}}\n`,
  );
  const kept = `function $3(a){var b,c=$5()\n${LOOP('a', 'c', 'b')}}\n`;
  expect(named(before, kept)[1]).toBe(kept);
});

/** Functions in the grammar of the printer, of twenty kinds: those of one do the same with other variables. */
function randomFunctions(seed: number, count: number): string[] {
  const statements = [
    (x: string, y: string, z: string) => `${x}=m.i(${y}+${z}>>>0,!0)`,
    (x: string, y: string, z: string) => `m.I((${x}>>>0)+4,${y}^${z}<<8,!0)`,
    (x: string, y: string, z: string) => `if(${x}===${y}){${z}=$7(${x},${y},${z})|0}`,
    (x: string, y: string, z: string) => `a:{if(${x}<${y})break a\n${z}=${x}-${y}|0}`,
    (x: string, y: string) => `${x}=${y}?${y}.a:M0.a`,
  ];
  const order = numbersBelow(seed);
  return Array.from({ length: count }, (_, n) => {
    const below = numbersBelow(seed + (n % 20));
    const size = 3 + below(10);
    const declared = [...'abcdefghijklnop'].slice(0, size);
    const own = [...declared];
    for (let i = 1; i < size; i++) {
      const j = order(i + 1);
      [own[i], own[j]] = [own[j]!, own[i]!];
    }
    const params = below(size);
    const any = (): string => own[below(size)]!;
    const body = Array.from({ length: 20 }, () =>
      statements[below(statements.length)]!(any(), any(), any()),
    );
    return `function $${n}(${declared.slice(0, params)}){var m=M0.v,${declared.slice(params)}\n${body.join('\n')}\nreturn a}\n`;
  });
}

/** A text with variables numbered by where they stand first behind the declarations, and which those are, in no order. */
function withNumbers(text: string): string {
  const numbers = new Map<string, number>();
  const declared = /\((.*?)\)\{var m=M0\.v,(.*)/.exec(text)!.slice(1).join().split(',');
  const body = text.slice(text.indexOf('\n'));
  const numbered = body.replace(/(?<![.$\w]|break )[a-z](?![\w]|:\{)/g, (name) => {
    if (!declared.includes(name)) return name;
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return `#${numbers.get(name)}`;
  });
  return numbered + declared.sort().join();
}

test('variables are exchanged, none is merged, and compression gains', () => {
  const functions = randomFunctions(7, 400);
  const after = named(...functions);
  expect(after.map(withNumbers)).toEqual(functions.map(withNumbers));
  expect(after.map(({ length }) => length)).toEqual(functions.map(({ length }) => length));
  expect(gzipSync(after.join('')).length).toBeLessThan(gzipSync(functions.join('')).length * 0.8);
  expect(named(...functions)).toEqual(after);
});

test('functions that differ in names of variables alone are neighbours', () => {
  const kinds = Array.from({ length: 40 }, (_, kind) =>
    Array.from({ length: 60 }, (_, i) => Math.imul(kind * 1000 + i, 0x9e3779b1) >>> 0),
  );
  const text = (n: number, kind: number, [x, y]: [string, string]): string =>
    `function $${n}(a,b){\n${kinds[kind]!.map((value) => `${x}=${y}^${value}\n`).join('')}return a}\n`;
  const list = [
    ...kinds.map((_, kind) => text(kind, kind, ['a', 'b'])),
    ...kinds.map((_, kind) => text(kind + 40, kind, ['b', 'a'])),
  ];
  const { functions } = alikeTogether(list);
  const numbers = functions.map((one) => Number(/\$(\d+)/.exec(one)![1]) % 40);
  for (let i = 0; i < 80; i += 2) expect(numbers[i]).toBe(numbers[i + 1]);
});
