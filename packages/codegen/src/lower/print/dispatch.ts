/**
 * Direct calls for indirect ones. Where a table never changes after instantiation and holds few
 * functions of a type, a `call_indirect` of that type goes through a function that switches on the
 * index: engines inline the direct calls in it, which a call through an array never is.
 */
import { F32, F64, type FuncType } from '@wasm2js/decoder';
import type { FunctionDeclaration, SwitchCase } from 'estree';
import type { ModuleContext } from '../../context.js';
import { at, block, call, id, num, ret } from '../../estree.js';
import { type FixedTables, fixedTables } from '../facts/fixed-tables.js';
import { slotTotal } from '../ir/slots.js';

/** Types with more functions in the table keep the indirect call. */
const MAX_CASES = 12;

interface Dispatchers {
  /** By table: function index by element, or undefined where the table can change. */
  tables: FixedTables;
  /** By `table_type`: name of the dispatching function, or undefined. */
  names: Map<string, string | undefined>;
  /** Declarations that are still to be emitted. */
  pending: FunctionDeclaration[];
}
const KNOWN = new WeakMap<ModuleContext, Dispatchers>();

/**
 * The function that dispatches calls of a type through a table.
 * @returns its name (parameters: the index, then the arguments), or undefined where calls stay indirect
 */
export function dispatcher(ctx: ModuleContext, table: number, type: number): string | undefined {
  const known = dispatchers(ctx);
  const canonical = ctx.types.canonical(type);
  const key = `${table}_${canonical}`;
  if (!known.names.has(key)) known.names.set(key, makeDispatcher(ctx, known, table, canonical));
  return known.names.get(key);
}

/** The tables and types that dispatching functions were asked for, in order. */
export function dispatched(ctx: ModuleContext): string[] {
  return [...(KNOWN.get(ctx)?.names.keys() ?? [])];
}

/** Asks for the dispatching functions that were asked for elsewhere. */
export function redispatch(ctx: ModuleContext, keys: readonly string[]): void {
  for (const key of keys) {
    const [table, type] = key.split('_').map(Number);
    dispatcher(ctx, table!, type!);
  }
}

/**
 * Declarations of the dispatching functions asked for since the last call. Functions that are compiled one by one have
 * dispatching functions of their own.
 */
export function takeDispatchers(ctx: ModuleContext): FunctionDeclaration[] {
  const known = KNOWN.get(ctx);
  if (ctx.lazy) known?.names.clear();
  return known?.pending.splice(0) ?? [];
}

function dispatchers(ctx: ModuleContext): Dispatchers {
  let found = KNOWN.get(ctx);
  if (found === undefined) {
    found = { tables: fixedTables(ctx.module), names: new Map(), pending: [] };
    KNOWN.set(ctx, found);
  }
  return found;
}

function makeDispatcher(
  ctx: ModuleContext,
  known: Dispatchers,
  table: number,
  type: number,
): string | undefined {
  const { module } = ctx;
  const { params } = module.types[type]!.comp as FuncType;
  const contents = known.tables[table];
  if (contents === undefined || params.includes(F32) || params.includes(F64)) return undefined;
  const entries = [...contents].filter(
    ([, func]) => ctx.types.canonical(module.funcTypes[func]!) === type,
  );
  if (entries.length === 0 || entries.length > MAX_CASES) return undefined;
  const names = Array.from({ length: slotTotal(params) }, (_, i) => `a${i}`);
  const args = () => names.map(id);
  const cases: SwitchCase[] = entries.map(([index, func]) => ({
    type: 'SwitchCase',
    test: num(index),
    consequent: [ret(call(id(ctx.funcName(func)), args()))],
  }));
  const view = id(ctx.tableView(table, type));
  const name = `S${table}_${type}`;
  known.pending.push({
    type: 'FunctionDeclaration',
    id: id(name),
    params: [id('i'), ...args()],
    body: block([
      { type: 'SwitchStatement', discriminant: id('i'), cases },
      ret(call(at(view, id('i')), args())),
    ]),
  });
  return name;
}
