/** Loops over many vectors, whose lanes are calculated one after the other, against the engine's own vectors. */
import { expect, test } from 'vitest';
import { load, native, text } from './building.js';
import { numbersBelow } from './words.js';

const OPERATIONS = ['i32x4.add', 'i32x4.sub', 'i32x4.mul', 'v128.xor', 'v128.and', 'v128.or'];

/** A tree of operations on vectors in locals, so many levels high: its lanes are calculated side by side where it is wide. */
function tree(random: (below: number) => number, words: number, height: number): string {
  const leaf = `(local.get $v${random(words)})`;
  if (height === 0)
    return random(8) === 0 ? `(v128.load offset=${16 * random(4)} (local.get $p))` : leaf;
  const operation = OPERATIONS[random(OPERATIONS.length)]!;
  return `(${operation} ${tree(random, words, height - 1)} ${tree(random, words, height - 1)})`;
}

/** A loop that carries so many vectors; what its rounds do, and what of it goes to memory, which they read as well. */
function looping(words: number, statements: string): string {
  const each = (write: (i: number) => string): string =>
    Array.from({ length: words }, (_, i) => write(i)).join('\n');
  return `(module (memory (export "memory") 1)
    (func (export "run") (param $n i32) (local $p i32) (local $t v128) ${each((i) => `(local $v${i} v128)`)}
      ${each((i) => `(local.set $v${i} (v128.load offset=${16 * i} (i32.const 1024)))`)}
      (loop $l (local.set $p (i32.and (i32.shl (local.get $n) (i32.const 6)) (i32.const 4095)))
        ${statements}
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      ${each((i) => `(v128.store offset=${16 * i} (i32.const 8192) (local.get $v${i}))`)}))`;
}

/** A round of a hash: vectors move along, and the first of them is made of all. */
function round(words: number, value: string): string {
  const moves = Array.from({ length: words - 1 }, (_, i) => words - 1 - i).map(
    (i) => `(local.set $v${i} (local.get $v${i - 1}))`,
  );
  return `(local.set $t ${value})
    ${moves.join('\n')}
    (local.set $v0 (local.get $t))`;
}
const hash = looping(8, round(8, tree(numbersBelow(5), 8, 4)));

/** Which lanes are written, in the order of the text. */
const fences = (js: string): string =>
  [...js.matchAll(/_lane_fence\[(\d)\]=/g)].map(([, lane]) => lane).join('');

function outcome(exports: { memory: WebAssembly.Memory; run(n: number): void }): number[] {
  const words = new Uint32Array(exports.memory.buffer);
  const random = numbersBelow(77);
  for (let i = 0; i < words.length; i++) words[i] = random(2 ** 28) * 31;
  exports.run(57);
  return [...new Uint32Array(exports.memory.buffer).subarray(0, 4096)];
}

test('lanes of a loop that carries many vectors are apart, where an engine compiles', async () => {
  expect(fences(await text(hash))).toBe('0123');
  expect(fences(await text(hash, { optimizeFor: 'interpreter' }))).toBe('');
  expect(fences(await text(hash, { optimizeFor: 'size' }))).toBe('');
  expect(outcome(await load(hash))).toEqual(outcome(await native(hash)));
});

test('lanes of few vectors, and of operations that wait for each other, stay together', async () => {
  const few = looping(4, `(local.set $v0 ${tree(numbersBelow(5), 4, 4)})`);
  expect(fences(await text(few))).toBe('');
  const chain = Array.from({ length: 8 }, (_, i) => i).reduce(
    (before, i) => `(i32x4.mul (local.get $v${i}) (v128.xor ${before} (local.get $v${i})))`,
    '(local.get $v1)',
  );
  const waiting = looping(8, round(8, chain));
  expect(fences(await text(waiting))).toBe('');
});

test('rounds of any order of assignments, loads and stores do the same', async () => {
  let fenced = 0;
  for (let seed = 1; seed <= 24; seed++) {
    const random = numbersBelow(seed * 977);
    const words = 7 + random(4);
    const statements = Array.from({ length: 3 + random(9) }, () => {
      const to = random(words);
      const kind = random(8);
      if (kind === 0)
        return `(v128.store offset=${16 * random(4)} (local.get $p) (local.get $v${to}))`;
      if (kind === 1) return `(local.set $v${to} (local.get $v${random(words)}))`;
      if (kind === 2) {
        const lanes = Array.from({ length: 4 }, () => random(8)).flatMap((lane) =>
          [0, 1, 2, 3].map((i) => 4 * lane + i),
        );
        return `(local.set $v${to} (i8x16.shuffle ${lanes.join(' ')} (local.get $v${random(words)}) (local.get $v${random(words)})))`;
      }
      return `(local.set $v${to} ${tree(random, words, 1 + random(4))})`;
    });
    statements.push(round(words, tree(random, words, 4)));
    const wat = looping(words, statements.join('\n'));
    if (fences(await text(wat)) !== '') fenced++;
    expect(outcome(await load(wat)), wat).toEqual(outcome(await native(wat)));
  }
  expect(fenced).toBeGreaterThan(12);
});
