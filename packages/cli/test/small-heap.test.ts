/** What V8 is told while a large module is compiled, and that nobody else's process is told anything. */
import { expect, test } from 'vitest';
import { smallHeap } from '../src/small-heap.js';

/** Functions with bodies of so many bytes. */
const functions = (...sizes: number[]): { funcs: Parameters<typeof smallHeap>[0]['funcs'] } => ({
  funcs: sizes.map((size) => ({ type: 0, locals: [], body: { start: 8, end: 8 + size } })) as never,
});
const LIMITS = ['--heap-growing-percent=50', '--min-semi-space-size=8'];

/** The flags that are set before each function of a module of 300,000 bytes, and behind the last one. */
const flagsOf = (
  sizes: number[],
  { execArgv = LIMITS, v8 = '13.6.233' }: { execArgv?: string[]; v8?: string } = {},
): string[][] | undefined => {
  let present: string[] = [];
  const tell = smallHeap(functions(...sizes), 300_000, {
    execArgv,
    v8,
    setFlag: (flag) => present.push(flag),
  });
  return (
    tell &&
    [...sizes.keys(), sizes.length].map((done) => {
      present = [];
      tell(done);
      return present;
    })
  );
};

test('the heap grows less while a large function is compiled, and gives pages back when all are', () => {
  expect(flagsOf([20, 1001, 2000, 1000, 4000])).toEqual([
    [],
    ['--heap-growing-percent=20'],
    [],
    ['--heap-growing-percent=50'],
    ['--heap-growing-percent=20'],
    ['--memory-saver-mode', '--heap-growing-percent=50'],
  ]);
});

test('a process without limits, and a version that does not know the flags, stay as they are', () => {
  expect(flagsOf([4000], { execArgv: [] })).toBeUndefined();
  expect(flagsOf([4000], { v8: '12.4.254.21-node.57' })).toBeUndefined();
  expect(flagsOf([4000], { v8: '14.6.202' })).toHaveLength(2);
});
