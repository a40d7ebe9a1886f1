/**
 * Functions of the instance by which bodies read and write integers of memories, where the cost model wants the fewest
 * bytes: `L(a,8)` for `m.i((a>>>0)+8,!0)`. They take any number as a base, so no address is converted, and use one view that
 * follows the memory, so no body keeps one. None for floats: where such a function is not inlined, engines make an object
 * of what it returns. Keeps: base, then value; traps as the view does.
 */
import type { Expression } from 'estree';
import type { ModuleContext } from './context.js';
import { call, id, num } from './estree.js';

/** By method of a view: the functions that call it, without and with an offset. Variables seldom come to capitals. */
const LETTERS: Record<string, string> = {
  getInt8: 'CO',
  getUint8: 'UV',
  getInt16: 'ST',
  getUint16: 'GJ',
  getInt32: 'KL',
  setInt8: 'BW',
  setInt16: 'HP',
  setInt32: 'IY',
};

const TAKEN: ReadonlySet<string> = new Set(Object.values(LETTERS).join(''));

/** Are integers of a memory read and written by such functions? Not where the view changes unseen. */
export const hasAccessors = (ctx: ModuleContext, memory: number): boolean =>
  ctx.costs.accessors && ctx.shortMethods && !ctx.memory(memory).shared;

/** Do floats alone take a view, whatever the memory? */
export const floatsAlone = (ctx: ModuleContext): boolean =>
  ctx.module.memoryTypes.every((_, memory) => hasAccessors(ctx, memory));

/** The identifier of the function that calls a method of a memory's view; undefined where bodies call it themselves. */
export function accessorOf(
  ctx: ModuleContext,
  memory: number,
  method: string,
  offset: number,
): string | undefined {
  const letters = hasAccessors(ctx, memory) ? LETTERS[method] : undefined;
  if (letters === undefined) return undefined;
  const letter = letters.charAt(offset === 0 ? 0 : 1);
  const name = memory === 0 ? letter : `_${memory}${letter}`;
  ctx.memoryAccessors.set(name, { memory, method, offset: offset !== 0 });
  return name;
}

/** A call of one. */
export function accessorCall(
  name: string,
  [base, value]: readonly [Expression, Expression | null],
  offset: number,
): Expression {
  const args = value === null ? [base] : [base, value];
  if (offset !== 0) args.push(num(offset));
  return call(id(name), args);
}

/** Short names that no variable of a function may have; undefined: none. */
export const takenNames = (ctx: ModuleContext): ReadonlySet<string> | undefined =>
  ctx.costs.accessors ? TAKEN : undefined;

/** The statements that make the functions which were asked for: each short enough (27 bytes of bytecode) for V8 to inline. */
export function accessorStatements(ctx: ModuleContext): string[] {
  const { memoryAccessors } = ctx;
  const statements: string[] = [];
  for (const memory of new Set([...memoryAccessors.values()].map((of) => of.memory).sort())) {
    const view = `_v${memory}`;
    statements.push(`var ${view}=M${memory}.v;`);
    if (ctx.memory(memory).growable)
      statements.push(`${ctx.helper('_watch')}(M${memory},true,()=>{${view}=M${memory}.v});`);
  }
  for (const [name, { memory, method, offset }] of memoryAccessors) {
    const at = offset ? 'o+(a>>>0)' : 'a>>>0';
    const writes = method.startsWith('set');
    const params = ['a', ...(writes ? ['x'] : []), ...(offset ? ['o'] : [])];
    const order = method.endsWith('8') ? '' : ',!0';
    const access = `_v${memory}.${ctx.viewMethod(method)}(`;
    if (writes && offset && order !== '') {
      // All of its arguments in one call would be 29 bytes.
      statements.push(`var _${name}_=(a,x)=>${access}a,x,!0),${name}=(a,x,o)=>_${name}_(${at},x);`);
    } else {
      statements.push(`var ${name}=(${params})=>${access}${at}${writes ? ',x' : ''}${order});`);
    }
  }
  return statements;
}
