/**
 * All that keeps a valid module from being compiled. Gets the module, gives what is not lowered, feature by
 * feature, with counts and the first place of each. Derived from the opcode table, the registered lowerings
 * and the emitter itself, so that nothing is to be changed here when more is lowered. Runs where a module
 * is refused or inspected, never in a build that succeeds.
 */
import {
  InstructionReader,
  type Module,
  OPCODES,
  opcodeId,
  type Range,
  type Refusal,
  UnsupportedError,
} from '@wasm2js/decoder';
import { Boundary } from './emit/boundary.js';
import { inlineData } from './emit/data.js';
import { contextOf } from './emit/functions.js';
import { InstanceEmitter } from './emit/instance.js';
import type { Lowering } from './emit/lowering.js';
import type { CompileOptions } from './options.js';

const ids = (...names: string[]): ReadonlySet<number> => new Set(names.map(opcodeId));
const OPENS = ids('block', 'loop', 'if', 'try', 'try_table');
const CLOSES = ids('end', 'delegate');
/** A new arm of the present block; it can be reached where the block can. */
const ARMS = ids('else', 'catch', 'catch_all');
/** Nothing behind them is reached, up to the end of the block; so it needs no lowering. */
const LEAVES = ids(
  ...['unreachable', 'br', 'br_table', 'return', 'return_call', 'return_call_indirect'],
  ...['return_call_ref', 'throw', 'throw_ref', 'rethrow'],
);

/** Collects refusals by what is refused. */
class Refusals {
  private readonly found = new Map<string, Refusal>();
  private readonly functions = new Map<string, Set<number>>();

  /** An instruction without a lowering. */
  instruction(op: number, offset: number, func: number | undefined): void {
    const { feature, mnemonic } = OPCODES[op]!;
    const item = this.item(feature, { offset, func, instruction: mnemonic });
    item.instructions++;
    if (func === undefined) return;
    const functions = this.functions.get(feature) ?? new Set();
    this.functions.set(feature, functions.add(func));
    item.functions = functions.size;
  }

  /** What something other than the table refuses. */
  error({ message, offset, func }: UnsupportedError): void {
    this.item(message, { offset, func });
  }

  /** Is the place of this error that of an instruction which is counted? */
  covers({ message }: UnsupportedError): boolean {
    return [...this.found.values()].some(
      ({ what, instructions }) =>
        what === message ||
        (instructions > 0 &&
          OPCODES.some((row) => row?.feature === what && message.endsWith(` ${row.mnemonic}`))),
    );
  }

  private item(what: string, first: Refusal['first']): Refusal {
    const item = this.found.get(what) ?? { what, instructions: 0, functions: 0, first };
    this.found.set(what, item);
    return item;
  }

  get all(): Refusal[] {
    return [...this.found.values()];
  }
}

/** Counts instructions that can be reached and have no lowering. */
function scan(
  module: Module,
  range: Range,
  lowering: Lowering,
  refusals: Refusals,
  func?: number,
): void {
  const reader = new InstructionReader(module.bytes, range.start, range.end, func);
  let dead = 0;
  while (reader.next()) {
    const { op } = reader;
    if (dead > 0) {
      if (OPENS.has(op)) dead++;
      else if (CLOSES.has(op)) dead--;
      else if (dead === 1 && ARMS.has(op)) dead = 0;
      if (dead > 0) continue;
    }
    if (!lowering.lowers(op)) refusals.instruction(op, reader.offset, func);
    if (LEAVES.has(op)) dead = 1;
  }
}

/** What the emitter refuses around the functions. */
function scanDefinitions(module: Module, lowering: Lowering, refusals: Refusals): void {
  const options: CompileOptions = { format: 'esm', names: 'minify', data: 'inline' };
  const ctx = contextOf(module, options);
  const emitter = new InstanceEmitter(ctx, lowering, new Boundary(ctx, false), inlineData(ctx));
  for (const error of emitter.refusedDefinitions()) refusals.error(error);
}

/**
 * All that is not lowered of a module.
 * @param lowering knows which instructions have one
 * @param module decoded and valid
 * @returns the features in the way, as they are met; empty where the module is compiled
 *   (unless a function is beyond a limit)
 */
export function findRefusals(lowering: Lowering, module: Module): Refusal[] {
  return collect(lowering, module).all;
}

function collect(lowering: Lowering, module: Module): Refusals {
  const refusals = new Refusals();
  const constant = (range: Range | undefined): void => {
    if (range !== undefined) scan(module, range, lowering, refusals);
  };
  for (const { init } of module.tables) constant(init);
  for (const { init } of module.globals) constant(init);
  for (const { offsetExpr, exprs } of module.elems) {
    constant(offsetExpr);
    for (const range of exprs ?? []) constant(range);
  }
  module.funcs.forEach(({ body }, i) => {
    scan(module, body, lowering, refusals, module.importCounts.func + i);
  });
  for (const { offsetExpr } of module.datas) constant(offsetExpr);
  scanDefinitions(module, lowering, refusals);
  return refusals;
}

/** The error of a refused module that says everything which is in the way, not only what came first. */
export function refuse(
  lowering: Lowering,
  module: Module,
  error: UnsupportedError,
): UnsupportedError {
  const refusals = collect(lowering, module);
  if (!refusals.covers(error)) refusals.error(error);
  const { offset, func } = error;
  const message = `not supported yet: ${refusals.all.map(describeRefusal).join('; ')}`;
  const all = new UnsupportedError(message, { offset, func }, refusals.all);
  all.cause = error;
  return all;
}

/** One refusal in words: `simd (12 instructions in 3 functions, the first is v128.load in …)`. */
export function describeRefusal({ what, instructions, functions, first }: Refusal): string {
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  const where = [
    ...(first.func === undefined ? [] : [`in function ${first.func}`]),
    ...(first.offset === undefined ? [] : [`at offset 0x${first.offset.toString(16)}`]),
  ].join(' ');
  if (instructions === 0) return where === '' ? what : `${what} (${where})`;
  const inside = functions === 0 ? 'constants' : count(functions, 'function');
  return `${what} (${count(instructions, 'instruction')} in ${inside}, the first is ${first.instruction} ${where})`;
}
