/**
 * The grammar of function bodies (specification, section 5.4 "Instructions"): every byte belongs
 * to an instruction, blocks are balanced, and a data count section precedes the use of data
 * segments. Decoding leaves bodies unread; validation finds most of these faults on its way, but
 * a module with both kinds of faults is malformed, whichever comes first.
 */

import {
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

/**
 * Checks the grammar of all function bodies.
 * @param module the decoded module
 * @throws {MalformedError} at the first fault
 */
export function checkBodies(module: Module): void {
  const reader = new InstructionReader(module.bytes, 0, 0);
  const nesting = new Nesting();
  module.funcs.forEach(({ body }, i) => {
    const func = module.importCounts.func + i;
    reader.reset(body.start, body.end, func);
    nesting.depth = 0;
    nesting.open(Kind.func);
    while (nesting.depth > 0) {
      if (!reader.next()) throw unfinished(module, reader, func);
      checkInstruction(module, reader, nesting, func);
    }
    if (reader.pos !== reader.end) throw trailing(reader, func);
  });
}

function checkInstruction(
  module: Module,
  reader: InstructionReader,
  nesting: Nesting,
  func: number,
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
  } else if (module.dataCount === undefined && OPCODES[op]!.immediates.includes('data')) {
    throw new MalformedError('data count section required', { offset, func });
  }
}
