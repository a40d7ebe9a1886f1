/**
 * QuickJS of 2021, which many programs embed, takes `break` without a label for one that leaves the innermost labelled
 * statement, even where that is a plain block in a `switch` or a loop. So none stands there.
 */
import { readFileSync } from 'node:fs';
import { decodeModule } from '@wasm2js/decoder';
import { type BreakStatement, type Node, parse } from 'acorn';
import { expect, test } from 'vitest';
import { type CompileOptions, compile } from '../src/index.js';
import { text } from './building.js';

const TARGETS = new Set([
  'SwitchStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

/** The labelled statements that a `break` without a label is nearer to than to the `switch` or loop that it leaves. */
function misread(source: string): string[] {
  const found: string[] = [];
  const visit = (node: Node, nearest: Node | undefined): void => {
    const { type } = node;
    if (type === 'BreakStatement' && (node as BreakStatement).label == null) {
      if (nearest?.type === 'LabeledStatement')
        found.push(source.slice(nearest.start, nearest.start + 200));
    }
    const around = TARGETS.has(type) || type === 'LabeledStatement' ? node : nearest;
    for (const part of Object.values(node).flat())
      if (typeof part?.type === 'string') visit(part as Node, around);
  };
  visit(parse(source, { ecmaVersion: 2022 }), undefined);
  return found;
}

const inSwitch = `(module (func (export "f") (param i32 i32) (result i32) (local i32)
  (loop $again
    (block $end
      (block $b (block $a
        (br_table $a $b $end (local.get 0)))
        (block $inner
          (if (i32.lt_s (local.get 1) (i32.const 3)) (then
            (local.set 2 (i32.add (local.get 2) (i32.const 2)))
            (if (i32.eq (local.get 1) (i32.const 2)) (then
              (local.set 2 (i32.add (local.get 2) (i32.const 5))) (br $inner)))
            (local.set 2 (i32.add (local.get 2) (i32.const 4)))
            (br_if $end (i32.eq (local.get 1) (i32.const 1)))))
          (local.set 2 (i32.xor (local.get 2) (i32.const 9)))
          (br_if $end (i32.eq (local.get 1) (i32.const 5)))
          (local.set 2 (i32.add (local.get 2) (i32.const 4))))
        (local.set 2 (i32.add (local.get 2) (i32.const 8)))
        (br $end))
      (local.set 2 (i32.add (local.get 2) (i32.const 16))))
    (br_if $again (i32.lt_u (local.get 2) (i32.const 40))))
  (local.get 2)))`;

test.each(['jit', 'interpreter', 'size'] as const)('%s: none is misread', async (optimizeFor) => {
  expect(misread('a: for (;;) { h: { if (x) break; } }')).toHaveLength(1);
  const options: Partial<CompileOptions> = { optimizeFor };
  const sources = [await text(inSwitch, options)];
  for (const kernel of ['json', 'vm', 'regex', 'malloc', 'dtoa', 'lz']) {
    const file = new URL(`../../../bench/kernels/wasm/${kernel}.wasm`, import.meta.url);
    const module = decodeModule(new Uint8Array(readFileSync(file)));
    sources.push(
      compile(module, { format: 'iife', names: 'keep', data: 'inline', ...options }).chunks.join(
        '',
      ),
    );
  }
  for (const source of sources) expect(misread(source)).toEqual([]);
});
