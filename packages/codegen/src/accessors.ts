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

/** The functions that write two words, and that copy two: `E(a,l,h,8)` and `F(a,b,8,16)`, the offsets last. */
const WRITE_WORDS = 'E';
const COPY_WORDS = 'F';

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

/**
 * Writes 64 bits by a function of the instance that reads what it writes before it writes anything.
 * @param to base and offset of the place
 * @param from base and offset of the place in the same memory that they are copied from, or the two words, the lower one first
 * @returns the function's identifier and its arguments; undefined where bodies write themselves
 */
export function wordsAccessor<T>(
  ctx: ModuleContext,
  memory: number,
  to: { base: T; offset: number },
  from: { base: T; offset: number } | readonly [T, T],
): { name: string; args: T[]; offsets: number[] } | undefined {
  const copies = 'base' in from;
  const offsets = copies ? [to.offset, from.offset] : [to.offset];
  if (!hasAccessors(ctx, memory) || offsets.some((offset) => offset >= MOST_OFFSET))
    return undefined;
  const nameOf = (letter: string): string => {
    const name = memory === 0 ? letter : `_${memory}${letter}`;
    ctx.memoryAccessors.set(name, { memory, method: letter, offset: true });
    return name;
  };
  // The function that copies calls the one that writes.
  const writes = nameOf(WRITE_WORDS);
  while (offsets.at(-1) === 0) offsets.pop();
  return copies
    ? { name: nameOf(COPY_WORDS), args: [to.base, from.base], offsets }
    : { name: writes, args: [to.base, ...from], offsets };
}

/** Offsets from here on are no integers of 32 bits, with a word behind them. */
const MOST_OFFSET = 2 ** 31 - 8;

/** Short names that no variable of a function may have; undefined: none. */
export const takenNames = (ctx: ModuleContext): ReadonlySet<string> | undefined =>
  ctx.costs.accessors
    ? new Set([...Object.values(LETTERS), WRITE_WORDS, COPY_WORDS].join(''))
    : undefined;

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
    if (method === WRITE_WORDS) {
      // The upper word first: where it is in bounds, so is the lower one.
      const set = `_v${memory}.${ctx.viewMethod('setInt32')}`;
      statements.push(`var ${name}=(a,l,h,o=0)=>{${set}((o+=a>>>0)+4,h,!0);${set}(o,l,!0)};`);
      continue;
    }
    if (method === COPY_WORDS) {
      const get = `_v${memory}.${ctx.viewMethod('getInt32')}`;
      const write = name.slice(0, -1) + WRITE_WORDS;
      statements.push(
        `var ${name}=(a,b,o,p=0)=>{${write}(a,${get}(p+=b>>>0,!0),${get}(p+4,!0),o)};`,
      );
      continue;
    }
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
