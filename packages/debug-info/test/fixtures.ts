/** Programs that trap in known lines; test/fixtures/build.sh makes them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a fixture. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** The line of a source that holds a text, from 1 on. */
export function lineOf(source: string, text: string): number {
  const lines = readFileSync(fixture(source), 'utf8').split('\n');
  const found = lines.findIndex((line) => line.includes(text));
  if (found < 0) throw new Error(`${source} has no "${text}"`);
  return found + 1;
}

/** Calls that trap: exports of ledger.c with the place where, and the message. */
export const TRAPS: readonly {
  call: string;
  args: readonly number[];
  message: string;
  frames: readonly [source: string, text: string][];
}[] = [
  {
    call: 'sum',
    args: [1 << 28],
    message: 'out of bounds memory access',
    frames: [['ledger.h', 'an inlined load']],
  },
  {
    call: 'share',
    args: [1, 0],
    message: 'integer divide by zero',
    frames: [['ledger.h', 'an inlined division']],
  },
  { call: 'check', args: [0], message: 'unreachable', frames: [['ledger.c', '__builtin_trap']] },
  {
    call: 'apply',
    args: [2, 1],
    message: 'uninitialized element',
    frames: [['ledger.c', 'which 2: a null function']],
  },
  {
    call: 'deep',
    // Of no levels: LLVM has compiled its call of itself to a loop at -O2.
    args: [0],
    message: 'unreachable',
    frames: [
      ['ledger.c', '__builtin_trap'],
      ['ledger.c', 'check(0)'],
    ],
  },
];
