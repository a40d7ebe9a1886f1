/** Branch hints: what is seldom run is split off first, the arm that is mostly taken stands first; results stay the same. */
import { describe, expect, test } from 'vitest';
import { load, text } from './building.js';

const HINT = {
  likely: '(@metadata.code.branch_hint "\\01")',
  unlikely: '(@metadata.code.branch_hint "\\00")',
};

/** Work that is told by its constant. */
const work = (constant: number): string =>
  Array.from(
    { length: 40 },
    (_, i) => `(local.set 1 (i32.xor (i32.rotl (local.get 1) (i32.const ${1 + (i % 9)}))
      (i32.mul (local.get 0) (i32.const ${constant}))))
      (i32.store offset=${8 * i} (i32.const 0) (local.get 1))`,
  ).join('\n');
const A = 1111111;
const B = 2222222;

/** A loop with two arms of the same size. */
const arms = (hint: string): string => `(module (memory 1)
  (func (export "f") (param i32) (result i32) (local i32)
    (loop
      (i32.and (local.get 0) (i32.const 7)) ${hint} if ${work(A)} else ${work(B)} end
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`;
/** A block that a branch leaves before its rest. */
const exit = (hint: string): string => `(module (memory 1)
  (func (export "f") (param i32) (result i32) (local i32)
    (loop
      (block ${work(A)}
        (i32.and (local.get 0) (i32.const 7)) ${hint} br_if 0 ${work(B)})
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`;

const BUDGET = 5000;

/** Is the constant's work in the function itself, not in a part split off it? */
async function stays(wat: string, constant: number): Promise<boolean> {
  const source = await text(wat, { functionBudget: BUDGET, names: 'keep' });
  const [, body] = /function \$0\(([\s\S]*?)\nfunction /.exec(source) ?? [];
  return `${body}`.includes(`${constant}`);
}

describe('branch hints', () => {
  test('the unlikely arm is split off', async () => {
    expect(await stays(arms(HINT.likely), A)).toBe(true);
    expect(await stays(arms(HINT.likely), B)).toBe(false);
    expect(await stays(arms(HINT.unlikely), A)).toBe(false);
    expect(await stays(arms(HINT.unlikely), B)).toBe(true);
  });

  test('what is behind a likely exit is split off', async () => {
    expect(await stays(exit(HINT.likely), A)).toBe(true);
    expect(await stays(exit(HINT.likely), B)).toBe(false);
  });

  test('the arm that is mostly taken comes first', async () => {
    const first = (source: string): boolean => source.indexOf(`${A}`) < source.indexOf(`${B}`);
    expect(first(await text(arms(HINT.likely)))).toBe(true);
    expect(first(await text(arms('')))).toBe(true);
    expect(first(await text(arms(HINT.unlikely)))).toBe(false);
  });

  test.each(['', HINT.likely, HINT.unlikely])('results are the same with %j', async (hint) => {
    for (const make of [arms, exit])
      for (const options of [{}, { functionBudget: BUDGET }]) {
        const plain = await load(make(''));
        const hinted = await load(make(hint), options);
        expect(hinted['f'](1000)).toBe(plain['f'](1000));
      }
  });
});
