/** The fuzzer of threads: that its expectations are right, and a few programs by our output. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { programOf } from '../src/threads/check.js';
import { keyOf, type Machine, outcomes, type Step } from '../src/threads/interleave.js';
import { litmus } from '../src/threads/litmus.js';
import { FREE, SNAPSHOT } from '../src/threads/program.js';

const put = (at: number, value: (machine: Machine) => number): Step => ({
  alone: false,
  run(machine) {
    machine.memory[at] = value(machine);
  },
});

describe('all orders of steps', () => {
  test('of two threads that each write and then read what the other writes', () => {
    const thread = (own: number, other: number): Step[] => [
      put(own, () => 1),
      put(own + 8, ({ memory }) => memory[other]! + 1),
    ];
    const ends = [...outcomes([thread(0, 1), thread(1, 0)], 1)].map((end) => {
      const memory = Buffer.from(end.padEnd(16, '\0'), 'latin1');
      return `${memory[8]! - 1}${memory[9]! - 1}`;
    });
    // Never 00: that is what a store buffer would show.
    expect(ends.sort()).toEqual(['01', '10', '11']);
  });

  test('begin where the first thread says so', () => {
    const first = [put(0, () => 1), put(0, () => 2), put(0, () => 3)];
    const second = [put(8, ({ memory }) => memory[0]!)];
    const seen = [...outcomes([first, second], 1, 2)].map((end) => end.charCodeAt(8));
    expect(seen.sort()).toEqual([2, 3]);
  });
});

test('a seed stands for one program', () => {
  for (const seed of [1, 2, 3, 6, 9])
    expect(programOf(seed, true).wat).toBe(programOf(seed, true).wat);
  expect(programOf(7, true).wat).not.toBe(programOf(8, true).wat);
});

test('what no order gives is told', () => {
  const program = litmus(1, true);
  const memory = new Uint8Array(SNAPSHOT).fill(0xaa, 0, 128);
  expect(program.check(memory)).toMatch(/no order of the steps gives/);
  expect(keyOf(new Uint8Array(FREE))).toBe('');
});

test('programs of several threads do what some order of their steps does', () => {
  const script = fileURLToPath(new URL('../dist/fuzz-threads.js', import.meta.url));
  const args = [script, '--count', '24', '--rounds', '4'];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(output).toContain('fuzz:threads: 24 passed, 0 failed');
});
