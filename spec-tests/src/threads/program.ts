/** What a program of several threads is to the fuzzer, and where in its memory things are. */
import type { Random } from '../mutate/random.js';

/** A module whose functions `t0`, `t1`... run at the same time over one shared memory, which is zero before. */
export interface Program {
  /** What it is about, for a message. */
  name: string;
  wat: string;
  threads: number;
  /** How often it is run. */
  rounds: number;
  /** Pages of the memory, and the most it grows to. */
  pages: [initial: number, maximum: number];
  /**
   * Each round has a memory of its own, which `t0` has for itself until it calls `$go`: the others begin then. Else all
   * threads begin together, and keep the memory.
   */
  late: boolean;
  /**
   * Is this a result? Gets the first {@link SNAPSHOT} bytes of the memory behind a round.
   * @returns what is wrong, or undefined
   */
  check(memory: Uint8Array): string | undefined;
}

/** Bytes of the memory that are looked at. */
export const SNAPSHOT = 4096;
/** Bytes from 0 on that threads share, in words of eight. */
export const SHARED = 128;
/** Most results of a thread. */
export const MOST_RESULTS = 12;
/** Where a thread leaves its results, eight bytes each. */
export const resultAt = (thread: number, index: number): number =>
  SHARED + (thread * MOST_RESULTS + index) * 8;
/** 128 bytes that are one thread's. */
export const privateAt = (thread: number): number => 512 + thread * 128;
/** What follows is the programs' own. */
export const FREE = 1024;

/** Widths of accesses in bits, with the type that has them and the suffix of their names. */
export const WIDTHS: readonly { bits: number; type: 'i32' | 'i64'; narrow: string }[] = [
  { bits: 32, type: 'i32', narrow: '' },
  { bits: 64, type: 'i64', narrow: '' },
  { bits: 8, type: 'i32', narrow: '8' },
  { bits: 16, type: 'i32', narrow: '16' },
  { bits: 8, type: 'i64', narrow: '8' },
  { bits: 16, type: 'i64', narrow: '16' },
  { bits: 32, type: 'i64', narrow: '32' },
];
export type Width = (typeof WIDTHS)[number];

/** The name of an atomic instruction: `load`, `store`, or one of `rmw` (`add`, `cmpxchg`...). */
export function mnemonic({ type, narrow }: Width, operation: string): string {
  const unsigned = narrow === '' ? '' : '_u';
  if (operation === 'load') return `${type}.atomic.load${narrow}${unsigned}`;
  if (operation === 'store') return `${type}.atomic.store${narrow}`;
  return `${type}.atomic.rmw${narrow}.${operation}${unsigned}`;
}

/** The operands of an access to a constant address, of which some may be in the offset. */
export function addressed(random: Random, address: number): string {
  const offset = random.below(3) === 0 ? random.below(address + 1) : 0;
  return `${offset > 0 ? `offset=${offset} ` : ''}(i32.const ${address - offset})`;
}

/** The little-endian integer of so many bits in a memory. */
export function integerAt(memory: Uint8Array, address: number, bits: number): bigint {
  let value = 0n;
  for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(memory[address + i]!);
  return value;
}

/** A module of the fuzzer around its functions. */
export function moduleOf(pages: [number, number], late: boolean, functions: string[]): string {
  const go = late ? '(import "e" "go" (func $go))' : '';
  return `(module (import "e" "m" (memory ${pages[0]} ${pages[1]} shared)) ${go}
${functions.join('\n')})`;
}
