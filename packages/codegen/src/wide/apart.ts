/**
 * Which loops of a function become functions of their own in its form on 64-bit words, what these hand over, and where a long
 * function goes on in another one. V8
 * enters a function again in its last tier, but never leaves the middle one in the midst of a loop; so a loop is entered
 * anew after some rounds.
 */
import { I32, type ValType } from '@wasm2js/decoder';
import type { Item } from './read.js';

/** Rounds after which a loop is entered anew. @param often for tests */
export const roundsOf = (often: boolean): number => (often ? 2 : 1000);

/**
 * Instructions after which a function goes on in another one, where half as many are left: 28 KB of bytecode, of which V8
 * optimises 60. @param often for tests
 */
export const longestPart = (often: boolean): number => (often ? 20 : 1500);

/** What a loop's function returns. Behind these, one for each label outside that it leads to. */
export enum Ending {
  /** It ended. */
  Done,
  /** It is to be entered anew. */
  Again,
  /** The function's result is in the first of `_halves`. */
  Returned,
  Left,
}

/** The locals of 32 bits that a loop names, and those of them that it assigns; those of 64 bits that it only reads. */
export interface Locals {
  used: number[];
  assigned: number[];
  constant: number[];
}

/** Calls back for each item within, constructs included. @param depth how many labels are between it and these items */
function eachItem(
  items: readonly Item[],
  visit: (item: Item, depth: number) => void,
  depth = 0,
): void {
  for (const item of items) {
    visit(item, depth);
    eachItem(item.body, visit, depth + 1);
    eachItem(item.alt, visit, depth + 1);
  }
}

/**
 * Can a loop be a function of its own? Not where it hands on values.
 * @param results how many values each label around it takes, innermost first
 */
export function standsAlone(loop: Item, results: readonly number[]): boolean {
  let alone = loop.results.length === 0;
  eachItem(loop.body, ({ name, x }, depth) => {
    // The loop's own label is behind those within.
    if (name.startsWith('br') && x > depth && (results[x - depth - 1] ?? 0) > 0) alone = false;
  });
  return alone;
}

/** The locals of 32 bits that instructions name. */
export function intsOf(items: readonly Item[], types: readonly ValType[]): number[] {
  const used = new Set<number>();
  eachItem(items, ({ name, x }) => {
    if (name.startsWith('local.') && types[x] === I32) used.add(x);
  });
  return [...used];
}

/** The locals that a loop names. */
export function localsOf(loop: Item, types: readonly ValType[]): Locals {
  const assigned = new Set<number>();
  const constant = new Set<number>();
  eachItem(loop.body, ({ name, x }) => {
    if (!name.startsWith('local.')) return;
    if (types[x] !== I32) {
      if (!loop.assigned.has(x)) constant.add(x);
    } else if (name !== 'local.get') assigned.add(x);
  });
  return { used: intsOf(loop.body, types), assigned: [...assigned], constant: [...constant] };
}
