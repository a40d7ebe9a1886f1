/** All that a sequentially consistent machine may make of a small program: every order of its threads' steps. */
import { FREE } from './program.js';

/** The whole state of a program between two steps. */
export interface Machine {
  /** The first bytes of the memory. */
  memory: Uint8Array;
  /** Its size in pages. */
  pages: number;
  /** A word in its second page. */
  far: bigint;
}

/** What happens at once. A step that no other thread can tell from nothing is `alone`. */
export interface Step {
  run(machine: Machine): void;
  alone: boolean;
}

/**
 * The memories that a program may leave.
 * @param threads steps of each thread
 * @param pages the memory's size at the start
 * @param begin the step of the first thread that the others wait for
 */
export function outcomes(threads: Step[][], pages: number, begin = 0): Set<string> {
  const ends = new Set<string>();
  const seen = new Set<string>();
  const start: Machine = { memory: new Uint8Array(FREE), pages, far: 0n };
  const pending: [Machine, number[]][] = [[start, threads.map(() => 0)]];
  for (let item = pending.pop(); item; item = pending.pop()) {
    const [machine, at] = item;
    // One order of steps that nobody sees is enough.
    settle(machine, at, threads, begin);
    const bytes = keyOf(machine.memory);
    const key = [at, machine.pages, machine.far, bytes].join(' ');
    if (seen.has(key)) continue;
    seen.add(key);
    if (at.every((step, thread) => step === threads[thread]!.length)) ends.add(bytes);
    for (const [thread, steps] of threads.entries()) {
      if (at[thread] === steps.length || (thread > 0 && at[0]! < begin)) continue;
      const next = { ...machine, memory: machine.memory.slice() };
      steps[at[thread]!]!.run(next);
      pending.push([next, at.map((step, i) => (i === thread ? step + 1 : step))]);
    }
  }
  return ends;
}

function settle(machine: Machine, at: number[], threads: Step[][], begin: number): void {
  for (const [thread, steps] of threads.entries())
    while (steps[at[thread]!]?.alone && (thread === 0 || at[0]! >= begin))
      steps[at[thread]++]!.run(machine);
}

/** A memory as a key of a set. */
export const keyOf = (memory: Uint8Array): string =>
  String.fromCharCode(...memory.subarray(0, FREE)).replace(/\0+$/, '');
