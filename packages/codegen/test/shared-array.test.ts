/** Arrays that share what they have in common hold what plain ones would, whoever took over whose blocks. */
import { expect, test } from 'vitest';
import { SharedArray } from '../src/lower/analyses/shared-array.js';

const LENGTH = 2100;

const elements = (array: SharedArray): number[] =>
  Array.from({ length: LENGTH }, (_, i) => array.get(i));

test('copies, changes and unions in any order', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % below;
  };
  const shared = Array.from({ length: 6 }, () => SharedArray.zeros(LENGTH));
  const plain = shared.map(() => new Array<number>(LENGTH).fill(0));
  for (let step = 0; step < 4000; step++) {
    const a = random(6);
    const b = random(6);
    const kind = random(8);
    if (kind === 0) {
      shared[a] = shared[b]!.copy();
      plain[a] = plain[b]!.slice();
    } else if (kind === 1 && a !== b) {
      shared[a]!.assign(shared[b]!);
      plain[a] = plain[b]!.slice();
    } else if (kind < 5) {
      shared[a]!.or(shared[b]!);
      plain[a] = plain[a]!.map((value, i) => value | plain[b]![i]!);
    } else {
      // Close together, so that blocks differ in few elements.
      const index = random(2) === 0 ? random(40) : random(LENGTH);
      const value = random(3) === 0 ? 0 : 1 << random(5);
      shared[a]!.set(index, value);
      plain[a]![index] = value;
    }
    if (step % 16 === 0) expect(shared.map(elements)).toEqual(plain);
  }
});

test('a union with what has all of one’s own is that, so that the next one is nothing to do', () => {
  const all = SharedArray.zeros(LENGTH);
  const some = SharedArray.zeros(LENGTH);
  for (let i = 0; i < LENGTH; i++) {
    all.set(i, 3);
    if (i % 3 === 0) some.set(i, 1);
  }
  some.or(all);
  let visited = 0;
  some.differences(all, () => visited++);
  expect(visited).toBe(0);
  expect((some as unknown as { root: unknown }).root).toBe(
    (all as unknown as { root: unknown }).root,
  );
});
