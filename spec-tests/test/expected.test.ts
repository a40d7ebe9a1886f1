import { expect, test } from 'vitest';
import {
  compareExpected,
  entriesOf,
  formatExpected,
  parseExpected,
  updateExpected,
} from '../src/report/expected.js';
import { Tally } from '../src/run/outcome.js';

function result(file: string, failing: number[], unsupported = 0) {
  const tally = new Tally();
  tally.add(1, 'module', 'passed');
  for (const line of failing) tally.add(line, 'assert_return', 'failed', `wrong at ${line}`);
  for (let i = 0; i < unsupported; i++) tally.add(9, 'assert_return', 'unsupported', 'v128');
  return tally.result(file, 0);
}

test('the text is read back as it was written', () => {
  const entries = new Map([
    ...entriesOf(result('b.wast', [10, 2, 2])),
    ...entriesOf(result('a.wast', [], 3)),
  ]);
  const text = formatExpected(entries);
  expect(parseExpected(text)).toEqual(entries);
  expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([
    'a.wast unsupported 3  # v128',
    'b.wast:2  # wrong at 2',
    'b.wast:2#2  # wrong at 2',
    'b.wast:10  # wrong at 10',
  ]);
});

test('a failure that is not listed, and a pass that is', () => {
  const expected = parseExpected('a.wast:1 # x\na.wast:2\nother.wast:1\n');
  const { grown, shrunk } = compareExpected(expected, [result('a.wast', [2, 3])]);
  expect(grown).toEqual(['a.wast:3  # wrong at 3']);
  expect(shrunk).toEqual(['a.wast:1']);
});

test('unsupported commands are counted', () => {
  const expected = parseExpected('a.wast unsupported 3 # v128\nb.wast unsupported 3\n');
  const results = [result('a.wast', [], 4), result('b.wast', [], 2)];
  const { grown, shrunk } = compareExpected(expected, results);
  expect(grown).toEqual(['a.wast unsupported 4 (listed: 3)  # v128']);
  expect(shrunk).toEqual(['b.wast unsupported 2 (listed: 3)']);
});

test('an update replaces only the files that ran', () => {
  const expected = parseExpected('a.wast:1\nother.wast unsupported 2 # y\n');
  const updated = updateExpected(expected, [result('a.wast', [5])]);
  expect([...updated.keys()]).toEqual(['other.wast unsupported', 'a.wast:5']);
});
