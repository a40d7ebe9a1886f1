/**
 * Which functions run often, as far as a module tells: what is called in a loop, by itself, through a table or reference, or
 * by such a function. What else there is runs as often as the host calls an export. Gets a module and what escapes; ahead
 * of time alone.
 */
import { InstructionReader, type Module, OPCODE_COUNT, opcodeId } from '@wasm2js/decoder';
import { spread } from './module-facts.js';

/** What an instruction tells, by opcode. */
const OPENS = 1;
const CLOSES = 2;
const CALLS = 3;

const telling = (): Uint8Array => {
  const tells = new Uint8Array(OPCODE_COUNT + 1);
  const mark = (names: readonly string[], what: number): void => {
    for (const name of names) tells[opcodeId(name)] = what;
  };
  mark(['loop', 'block', 'if', 'try', 'try_table'], OPENS);
  mark(['end', 'delegate'], CLOSES);
  mark(['call', 'return_call'], CALLS);
  return tells;
};

/**
 * @param module decoded and valid
 * @param escapes by function index: can it be called other than by a direct call (exported, referenced)?
 * @returns by function index: 1 where it runs often
 */
export function functionsThatRunOften(module: Module, escapes: Uint8Array): Uint8Array {
  const often = new Uint8Array(module.funcTypes.length);
  const tells = telling();
  const loop = opcodeId('loop');
  const callees: number[][] = [];
  const reader = new InstructionReader(module.bytes, 0, 0);
  module.funcs.forEach(({ body }, i) => {
    const index = module.importCounts.func + i;
    reader.reset(body.start, body.end, index);
    let depth = 0;
    /** How deep the outermost loop around is; 0 where there is none. */
    let looped = 0;
    while (reader.next()) {
      const tell = tells[reader.op];
      if (tell === OPENS) {
        depth++;
        if (reader.op === loop) looped ||= depth;
      } else if (tell === CLOSES) {
        if (depth-- === looped) looped = 0;
      } else if (tell === CALLS) {
        const callee = reader.x;
        if (looped > 0 || callee === index) often[callee] = 1;
        else (callees[index] ??= []).push(callee);
      }
    }
  });
  const exported = new Set(module.exports.map((item) => (item.kind === 'func' ? item.index : -1)));
  escapes.forEach((escapes, i) => {
    if (escapes && !exported.has(i)) often[i] = 1;
  });
  for (const { funcs } of module.elems) for (const func of funcs ?? []) often[func] = 1;
  spread(often, callees);
  return often;
}
