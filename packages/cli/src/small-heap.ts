/**
 * Keeps the heap small where a large build takes most memory: while its largest functions are compiled, whose trees are far
 * larger than their code, and while functions are put in order. Gets how far the build is, gives V8 flags. Must hold: they
 * change only in a process that the command began with limits of the heap (`bin/wasm2js.js`), never in one that somebody
 * else has begun; the output does not depend on them.
 */
import { setFlagsFromString } from 'node:v8';
import type { Module } from '@wasm2js/decoder';

/** A function is large that is such a part of the module. */
const LARGE = 1 / 300;

/** What the command begins large builds with, among others, and what holds while a large function is compiled. */
const USUAL = '--heap-growing-percent=50';
const LESS = '--heap-growing-percent=20';
/** Pages are given back, not kept in a pool. While functions are compiled that takes two thirds of the time more. */
const SPARING = '--memory-saver-mode';
/** Versions of V8 that know it. */
const KNOWN = /^1[34]\./;

/** What is known of the process. */
interface Host {
  execArgv: readonly string[];
  v8: string;
  setFlag(flag: string): void;
}
const OWN: Host = {
  execArgv: process.execArgv,
  v8: process.versions.v8,
  setFlag: setFlagsFromString,
};

/**
 * Prepares to be told how far a build is.
 * @param size bytes of the module
 * @returns is called with the number of defined functions that are compiled, before the next one is: what follows the last
 *   one needs memory, too; undefined where the process has no limits
 */
export const smallHeap = (
  { funcs }: Pick<Module, 'funcs'>,
  size: number,
  { execArgv, v8, setFlag }: Host = OWN,
): ((done: number) => void) | undefined => {
  if (!KNOWN.test(v8) || !execArgv.includes(USUAL)) return undefined;
  let present = USUAL;
  return (done) => {
    const next = funcs[done]?.body;
    if (next === undefined) setFlag(SPARING);
    const wanted = next !== undefined && next.end - next.start > size * LARGE ? LESS : USUAL;
    if (wanted !== present) setFlag(wanted);
    present = wanted;
  };
};
