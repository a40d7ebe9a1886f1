/**
 * How aligned globals are: that of a stack pointer above all, which every function leaves a multiple of 16. Gets a module, and
 * how a function is built; gives for each global so many low bits that are always 0. Keeps: only globals that nothing
 * outside can write, of which every assignment keeps what is taken to hold before it.
 */
import { I32, InstructionReader, opcodeId } from '@wasm2js/decoder';
import type { ModuleContext } from '../../context.js';
import { plainConstant } from '../../plain-constant.js';
import { lowZeros } from '../analyses/elements.js';
import { constant } from '../ir/int.js';
import { Op, type Stmt } from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';

const GLOBAL_SET = opcodeId('global.set');

/** No more than that is aligned of a stack pointer; what is less tells nothing about words. */
const MOST = 4;
const LEAST = 2;
/** Bytes of bodies that are built for this, at most. */
const LOOKED_AT = 1 << 21;

/**
 * Finds the alignment of each global (its logarithm, 0 where nothing is known), and writes it down where building asks for it.
 * @param aligned by index of a global; building reads what is known so far
 * @param build gives the statements of a defined function, with `sets` of its variables, of which each has one use: a frame may be
 *   kept in a local, or a parameter, that was something else before
 * @throws UnsupportedError where a function cannot be built
 */
export function findAlignments(
  ctx: ModuleContext,
  aligned: number[],
  build: (index: number) => Stmt[],
): void {
  const { module } = ctx;
  const names = new Map<string, number>();
  const reader = new InstructionReader(module.bytes, 0, 0);
  module.globals.forEach(({ init }, i) => {
    const index = module.importCounts.global + i;
    const { kind, mutable, type, parts } = ctx.global(index);
    if (kind !== 'let' || !mutable || type !== I32) return;
    const first = plainConstant(module, init);
    if (first === undefined || first === 0) return;
    const known = Math.min(MOST, lowZeros(constant(first)));
    if (known < LEAST) return;
    aligned[index] = known;
    names.set(parts[0]!, index);
  });
  if (names.size === 0) return;
  const setters: { func: number; size: number }[] = [];
  let bytes = 0;
  module.funcs.forEach(({ body }, i) => {
    reader.reset(body.start, body.end);
    let sets = false;
    while (reader.next()) sets ||= reader.op === GLOBAL_SET && aligned[reader.x]! > 0;
    if (!sets) return;
    setters.push({ func: module.importCounts.func + i, size: body.end - body.start });
    bytes += body.end - body.start;
  });
  // What sets a global to what it is given is small: it is met before many are built in vain.
  setters.sort((a, b) => a.size - b.size);
  if (bytes > LOOKED_AT) {
    aligned.fill(0);
    return;
  }
  for (let settled = false; !settled && aligned.some((bits) => bits > 0); ) {
    settled = true;
    for (const { func } of setters) {
      if (!aligned.some((bits) => bits > 0)) return;
      eachStatement(build(func), ({ e }) => {
        const index = e?.op === Op.SetName ? names.get(e.name) : undefined;
        if (index === undefined || lowZeros(e!.a!) >= aligned[index]!) return;
        const kept = lowZeros(e!.a!);
        aligned[index] = kept < LEAST ? 0 : kept;
        settled = false;
      });
    }
  }
}
