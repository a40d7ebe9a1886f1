/**
 * Direct calls for indirect ones. Where a table never changes after instantiation and holds few
 * functions of a type, a `call_indirect` of that type goes through a function that switches on the
 * index: engines inline the direct calls in it, which a call through an array never is. Where the module
 * puts few functions into a field of a structure, a `call_ref` of what is there goes through a function that
 * compares with them, and calls any other one as it is.
 */
import { F32, F64, type FuncType } from '@wasm2js/decoder';
import type { Expression, FunctionDeclaration, SwitchCase } from 'estree';
import type { ModuleContext } from '../../context.js';
import { at, bin, block, call, cond, id, member, num, ret } from '../../estree.js';
import { type FixedTables, fixedTables } from '../facts/fixed-tables.js';
import { Methods } from '../facts/methods.js';
import type { CallTarget } from '../ir/ir.js';
import { slotTotal } from '../ir/slots.js';

/** Fields with more functions keep the call of what they hold. */
const MAX_METHODS = 4;

/** Types with more functions in the table keep the indirect call. */
const MAX_CASES = 12;

interface Dispatchers {
  /** By table: function index by element, or undefined where the table can change. */
  tables: FixedTables;
  /** Which functions are put into fields, once that is asked for. */
  methods: Methods | undefined;
  /** By `table_type`, or `struct_field_type_check` for a method: name of the dispatching function, or undefined. */
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
  if (!ctx.costs.dispatchers) return undefined;
  const known = dispatchers(ctx);
  const canonical = ctx.types.canonical(type);
  const key = `${table}_${canonical}`;
  if (!known.names.has(key)) known.names.set(key, makeDispatcher(ctx, known, table, canonical));
  return known.names.get(key);
}

/**
 * The function that calls a method: what a field of an object holds.
 * @returns its name (parameters: the callee, then the arguments), or undefined where that is called as it is
 */
export function methodDispatcher(
  ctx: ModuleContext,
  { method, type }: CallTarget,
): string | undefined {
  if (method === undefined || !ctx.costs.methods) return undefined;
  const { struct, field, checked } = method;
  return methodFunction(
    ctx,
    ctx.types.canonical(struct),
    field,
    ctx.types.canonical(type),
    checked,
  );
}

function methodFunction(
  ctx: ModuleContext,
  struct: number,
  field: number,
  type: number,
  checked: boolean,
): string | undefined {
  const known = dispatchers(ctx);
  const key = `${struct}_${field}_${type}_${checked ? 1 : 0}`;
  if (!known.names.has(key)) {
    known.methods ??= new Methods(ctx.module, ctx.types);
    const funcs = known.methods
      .of(struct, field)
      .filter((func) => func >= ctx.module.importCounts.func);
    known.names.set(key, makeMethod(ctx, known, `V${key}`, { funcs, type, checked }));
  }
  return known.names.get(key);
}

function makeMethod(
  ctx: ModuleContext,
  known: Dispatchers,
  name: string,
  { funcs, type, checked }: { funcs: number[]; type: number; checked: boolean },
): string | undefined {
  const { params, results } = ctx.module.types[type]!.comp as FuncType;
  if (params.includes(F32) || params.includes(F64)) return undefined;
  if (funcs.length === 0 || funcs.length > MAX_METHODS) return undefined;
  const names = Array.from({ length: slotTotal(params) }, (_, i) => `a${i}`);
  const args = () => names.map(id);
  const usesChannel = slotTotal(results) > 1 || results.some((t) => t === F32 || t === F64);
  const check = usesChannel ? '_callee' : checked ? '_nonnull_func' : undefined;
  const callee = check === undefined ? id('f') : call(id(ctx.helper(check)), [id('f')]);
  // Hardly ever made, and made so that compiled code ends there (`rareCall`).
  let value: Expression = call(member(callee, 'call'), [id('null'), ...args()]);
  for (const func of [...funcs].reverse()) {
    const own = ctx.funcName(func);
    value = cond(bin('===', id('f'), id(own)), call(id(own), args()), value);
  }
  known.pending.push({
    type: 'FunctionDeclaration',
    id: id(name),
    params: [id('f'), ...args()],
    body: block([ret(value)]),
  });
  return name;
}

/** The tables and types that dispatching functions were asked for, in order. */
export function dispatched(ctx: ModuleContext): string[] {
  return [...(KNOWN.get(ctx)?.names.keys() ?? [])];
}

/** Asks for the dispatching functions that were asked for elsewhere. */
export function redispatch(ctx: ModuleContext, keys: readonly string[]): void {
  for (const key of keys) {
    const [first, second, type, checked] = key.split('_').map(Number);
    if (type === undefined) dispatcher(ctx, first!, second!);
    else methodFunction(ctx, first!, second!, type, checked === 1);
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
    found = { tables: fixedTables(ctx.module), methods: undefined, names: new Map(), pending: [] };
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
