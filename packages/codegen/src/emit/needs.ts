/**
 * What of the machinery around functions a module needs, asked when its functions have been lowered.
 * Most small modules export functions of numbers and nothing else: no reference of theirs can be seen
 * but the exported functions, no code of the host runs inside.
 */
import { type FuncType, InstructionReader, isRef, opcodeId } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { reachableHelpers } from '../support/library.js';
import { crossing } from './values.js';

const CALLS = new Set(
  ['call', 'call_indirect', 'call_ref'].flatMap((name) => [
    opcodeId(name),
    opcodeId(`return_${name}`),
  ]),
);

/**
 * Are the exported functions all that other modules can meet, and their types without reference to
 * others? Then these types need no descriptors until another module asks for one, and no error of the
 * host is ever among those that leave.
 */
export function hasPlainExports(ctx: ModuleContext): boolean {
  const { module } = ctx;
  // What functions need is not known yet.
  if (ctx.lazy) return false;
  const special = (type: number) => isRef(type) && crossing(ctx, type) !== 'extern';
  return (
    module.importCounts.func + module.tableTypes.length + module.tagTypes.length === 0 &&
    module.elems.length + ctx.usedTypes.size + ctx.escaping.size === 0 &&
    module.types.every(({ comp }) => comp.kind === 'func') &&
    module.globalTypes.every(({ type }) => !special(type)) &&
    module.exports.every(({ kind, index }) => {
      if (kind !== 'func') return true;
      const type = module.funcTypes[index]!;
      const { params, results } = module.types[type]!.comp as FuncType;
      const { members, refs } = ctx.types.group(ctx.types.canonical(type));
      return members.length + refs.length === 1 && ![...params, ...results].some(special);
    })
  );
}

/** Can no function of the module trap, but for a stack that is full when it is called? */
export function neverTraps(ctx: ModuleContext): boolean {
  const { module } = ctx;
  if (!hasPlainExports(ctx) || module.memoryTypes.length + module.datas.length > 0) return false;
  if (reachableHelpers(ctx.helpers).has('_trap')) return false;
  const reader = new InstructionReader(module.bytes, 0, 0);
  return module.funcs.every(({ body }, i) => {
    reader.reset(body.start, body.end, i);
    while (reader.next()) if (CALLS.has(reader.op)) return false;
    return true;
  });
}
