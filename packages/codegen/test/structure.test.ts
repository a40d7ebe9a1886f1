/** How the text of control flow is made: branches that go where their list ends need no label, loops have tests. */
import { expect, test } from 'vitest';
import { load, native, text } from './building.js';

const get = (i: number): string => `(local.get ${i})`;
/** A step that is told by its constant. */
const step = (n: number): string =>
  `(local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (i32.const ${n})))`;
const bit = (n: number): string => `(i32.and (local.get 0) (i32.const ${1 << n}))`;
const wat = (body: string): string =>
  `(module (func (export "f") (param i32) (result i32) (local i32 i32) ${body} ${get(1)}))`;

/** What is between the braces of the function. */
const inside = (source: string): string =>
  /function \$0\(a\)\{([\s\S]*?)return b\}/.exec(source)![1]!;
const LABEL = /(?<![?\w])[a-z]:/;

/** Control flow, and what its text has and has not. */
const SHAPES: Record<string, { body: string; has: RegExp[]; hasNot: RegExp[] }> = {
  'an exit behind statements': {
    body: `(block (if ${bit(0)} (then ${step(1)} (br 1))) ${step(2)} (br_if 0 ${bit(1)}) ${step(3)})`,
    has: [/else\{/],
    hasNot: [LABEL, /break/],
  },
  'one of two exits is far from the end': {
    body: `(block (block (br_if 0 ${bit(0)}) (br_if 1 ${bit(1)}) ${step(1)}) ${step(2)}
      (br_if 0 ${bit(2)}) ${step(3)})`,
    has: [/break a/],
    hasNot: [/b:/, /break b/],
  },
  'a block in an arm at the end of a block': {
    body: `(block (if ${bit(0)} (then (block (br_if 2 ${bit(1)}) ${step(1)} (br_if 0 ${bit(2)}) ${step(2)})
      (br 1)) (else ${step(3)})))`,
    has: [/else /],
    hasNot: [LABEL, /break/],
  },
  'a loop with its test in front': {
    body: `(local.set 2 ${get(0)}) (loop (if ${get(2)} (then ${step(1)}
      (local.set 2 (i32.shr_u ${get(2)} (i32.const 1))) (br 1))) ${step(2)})`,
    has: [/for\(;[ac];\)\{/, /\}b=[^\n]*2\|0\n$/],
    hasNot: [/break/, /continue/],
  },
  'a loop that a branch leaves': {
    body: `(local.set 2 ${get(0)}) (block (loop (br_if 1 (i32.eqz ${get(2)})) ${step(1)}
      (local.set 2 (i32.shr_u ${get(2)} (i32.const 1))) (br 0)))`,
    has: [/for\(;[ac];\)\{/],
    hasNot: [LABEL, /break/, /continue/],
  },
  'a loop with its test in the middle': {
    body: `(local.set 2 ${get(0)}) (loop (local.set 2 (i32.shr_u ${get(2)} (i32.const 1))) ${step(1)}
      (if ${get(2)} (then ${step(2)} (br_if 1 ${bit(0)}) ${step(3)} (br 1)) (else ${step(4)})))`,
    has: [/for\(;;\)\{/, /break\n/],
    hasNot: [LABEL],
  },
  'an arm that leaves a loop beside one that may': {
    body: `(local.set 2 ${get(0)}) (loop (local.set 2 (i32.shr_u ${get(2)} (i32.const 1)))
      (if ${bit(0)} (then ${step(1)}) (else (if ${get(2)} (then ${step(2)} (br 2))))))`,
    has: [/for\(;;\)\{/],
    hasNot: [LABEL],
  },
  'a loop that two branches leave': {
    body: `(local.set 2 ${get(0)}) (block (loop (br_if 1 (i32.eqz ${get(2)})) ${step(1)}
      (local.set 2 (i32.shr_u ${get(2)} (i32.const 1))) (br_if 1 (i32.eq ${get(2)} (i32.const 3))) ${step(2)} (br 0)))`,
    has: [/break\n/],
    hasNot: [LABEL, /continue/],
  },
  'a loop that never goes round': {
    body: `(block (loop (br_if 1 ${bit(0)}) ${step(1)}))`,
    has: [/if\(/],
    hasNot: [/for/, LABEL],
  },
};

test.each(Object.entries(SHAPES))('%s', async (_, { body, has, hasNot }) => {
  const source = inside(await text(wat(body), { optimizeFor: 'size' }));
  for (const pattern of has) expect(source).toMatch(pattern);
  for (const pattern of hasNot) expect(source).not.toMatch(pattern);
});

test.each(['jit', 'interpreter', 'size'] as const)(
  '%s: results are native ones',
  async (optimizeFor) => {
    for (const { body } of Object.values(SHAPES)) {
      const ours = (await load(wat(body), { optimizeFor })).instantiate();
      const theirs = await native(wat(body));
      for (let i = 0; i < 8; i++) expect(ours.f(i)).toBe(theirs.f(i));
      expect(ours.f(-5)).toBe(theirs.f(-5));
    }
  },
);

test('labels of 400 exits: no deeper than statements may nest', async () => {
  const exits = Array.from(
    { length: 400 },
    (_, i) => `(br_if 0 (i32.eq ${get(0)} (i32.const ${i}))) ${step(i)}`,
  );
  const source = await text(wat(`(block ${exits.join('\n')})`));
  const deepest = [...source].reduce(
    ({ depth, most }, c) => {
      const now = depth + (c === '{' ? 1 : c === '}' ? -1 : 0);
      return { depth: now, most: Math.max(most, now) };
    },
    { depth: 0, most: 0 },
  ).most;
  expect(deepest).toBeLessThan(100);
});
