/**
 * The grammar of expressions (specification, section 5.4 "Instructions"): every byte belongs
 * to an instruction, blocks are balanced, and a data count section precedes the use of data
 * segments. Decoding leaves bodies unread; validation finds most of these faults on its way, but
 * a module with both kinds of faults is malformed, whichever comes first.
 */

import {
  type ExprRange,
  InstructionReader,
  MalformedError,
  type Module,
  OPCODES,
  opcodeId,
} from '@wasm2js/decoder';
import { trailing, unfinished } from './instructions.js';
import { Kind, Nesting } from './nesting.js';

const OPENERS = new Map<number, Kind>([
  [opcodeId('block'), Kind.block],
  [opcodeId('loop'), Kind.loop],
  [opcodeId('if'), Kind.if],
  [opcodeId('try_table'), Kind.tryTable],
  [opcodeId('try'), Kind.try],
]);
/** Instructions that close a construct and open the next. */
const TURNS = new Map<number, Kind>([
  [opcodeId('else'), Kind.else],
  [opcodeId('catch'), Kind.catch],
  [opcodeId('catch_all'), Kind.catchAll],
]);
const END = opcodeId('end');
const DELEGATE = opcodeId('delegate');

/** Every expression of a module; those of functions with the function index. */
function* expressions(module: Module): Generator<[ExprRange, number | undefined]> {
  for (const { init } of module.tables) if (init !== undefined) yield [init, undefined];
  for (const { init } of module.globals) yield [init, undefined];
  for (const { offsetExpr, exprs } of module.elems) {
    if (offsetExpr !== undefined) yield [offsetExpr, undefined];
    for (const expr of exprs ?? []) yield [expr, undefined];
  }
  for (const { offsetExpr } of module.datas)
    if (offsetExpr !== undefined) yield [offsetExpr, undefined];
  for (let i = 0; i < module.funcs.length; i++) {
    yield [module.funcs[i]!.body, module.importCounts.func + i];
  }
}

/**
 * Checks the grammar of all function bodies and constant expressions.
 * @param module the decoded module
 * @throws {MalformedError} at the first fault
 */
export function checkGrammar(module: Module): void {
  const reader = new InstructionReader(module.bytes, 0, 0);
  const nesting = new Nesting();
  for (const [{ start, end }, func] of expressions(module)) {
    reader.reset(start, end, func);
    nesting.depth = 0;
    nesting.open(Kind.func);
    while (nesting.depth > 0) {
      if (!reader.next()) throw unfinished(module, reader, func);
      checkInstruction(module, reader, nesting, func);
    }
    if (reader.pos !== reader.end) throw trailing(reader, func);
  }
}

/** Does an instruction name a data segment? */
const usesData = (op: number): boolean => OPCODES[op]!.immediates.includes('data');

function checkInstruction(
  module: Module,
  reader: InstructionReader,
  nesting: Nesting,
  func: number | undefined,
): void {
  const { op, offset } = reader;
  const opener = OPENERS.get(op);
  const turn = TURNS.get(op);
  if (opener !== undefined) {
    nesting.open(opener);
  } else if (turn !== undefined) {
    nesting.checkTurn(OPCODES[op]!.mnemonic, offset, func);
    nesting.close();
    nesting.open(turn);
  } else if (op === END) {
    nesting.close();
  } else if (op === DELEGATE) {
    nesting.checkTurn('delegate', offset, func);
    nesting.close();
  } else if (func !== undefined && module.dataCount === undefined && usesData(op)) {
    throw new MalformedError('data count section required', { offset, func });
  }
}
