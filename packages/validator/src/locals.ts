/**
 * The locals of a function: their types, and which of those without a default value are set
 * (specification, section 3.4, "Variable Instructions").
 */

import type { FuncDef, ValType } from '@wasm2js/decoder';
import { isDefaultable } from './subtyping.js';

/**
 * Locals are declared in runs, and a few bytes can declare four thousand million of them. The
 * first ones are spread out to one entry each, as many as the function's own size pays for; the
 * rest is searched by run.
 */
const SPREAD_MINIMUM = 256;

export class Locals {
  /** Number of parameters and locals. */
  count = 0;

  private paramCount = 0;
  private spread = new Int32Array(SPREAD_MINIMUM);
  private spreadCount = 0;
  /** First local index after each run, and the run's type. */
  private runEnds: number[] = [];
  private runTypes: ValType[] = [];
  private allDefaultable = true;
  private readonly initialized = new Set<number>();
  /** Initialised locals in the order of their initialisation, to undo it at the end of a block. */
  private readonly history: number[] = [];

  /**
   * Takes over the parameters and locals of a function.
   * @param params the parameter types
   * @param def the function
   */
  reset(params: readonly ValType[], def: Pick<FuncDef, 'locals' | 'localCount' | 'body'>): void {
    this.paramCount = params.length;
    this.count = params.length + def.localCount;
    this.runEnds = [];
    this.runTypes = [];
    this.allDefaultable = true;
    this.initialized.clear();
    this.history.length = 0;

    const affordable = SPREAD_MINIMUM + params.length + def.body.end - def.body.start;
    this.spreadCount = Math.min(this.count, affordable);
    if (this.spread.length < this.spreadCount) this.spread = new Int32Array(this.spreadCount * 2);
    this.spread.set(params);
    let index = params.length;
    for (const { count, type } of def.locals) {
      if (count === 0) continue;
      if (!isDefaultable(type)) this.allDefaultable = false;
      const end = index + count;
      if (index < this.spreadCount) this.spread.fill(type, index, Math.min(end, this.spreadCount));
      index = end;
      this.runEnds.push(end);
      this.runTypes.push(type);
    }
  }

  /** The type of a local; the index must be below `count`. */
  typeOf(index: number): ValType {
    if (index < this.spreadCount) return this.spread[index]!;
    let low = 0;
    let high = this.runEnds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index < this.runEnds[middle]!) high = middle;
      else low = middle + 1;
    }
    return this.runTypes[low]!;
  }

  /** May a local be read here: has it a default, is it a parameter, or was it set? */
  isSet(index: number): boolean {
    return (
      this.allDefaultable ||
      index < this.paramCount ||
      isDefaultable(this.typeOf(index)) ||
      this.initialized.has(index)
    );
  }

  /** Notes that a local is set from here to the end of the innermost block. */
  markSet(index: number): void {
    if (this.isSet(index)) return;
    this.initialized.add(index);
    this.history.push(index);
  }

  /** A mark for `restore`: the state at the start of a block. */
  get mark(): number {
    return this.history.length;
  }

  /** Forgets what was set since the mark was taken. */
  restore(mark: number): void {
    while (this.history.length > mark) this.initialized.delete(this.history.pop()!);
  }
}
