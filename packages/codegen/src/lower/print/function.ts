/**
 * A whole function as ESTree: gets statements after all passes, gives a declaration with its parameters, its
 * variables and the views of the memories that it uses.
 */

import type { Expression, FunctionDeclaration, Identifier, Statement } from 'estree';
import { AHEAD } from '../../ahead.js';
import type { ModuleContext } from '../../context.js';
import { assign, bin, block, call, declare, expr, id, logic, num } from '../../estree.js';
import type { Coercions } from '../analyses/coercions.js';
import { D, F, I, type IrType, R, S, type Stmt, type Variable } from '../ir/ir.js';
import { highName, lowName } from '../ir/names.js';
import { eachStatement } from '../ir/traverse.js';
import { planViews } from './memory-views.js';
import { PositionPrinter, PositionStatementPrinter } from './positions.js';
import { Printer } from './printer.js';
import { type RegisterClass, shareRegisters } from './registers.js';
import type { Returns } from './results.js';
import { StatementPrinter } from './statements.js';

/** Names of the JS variables that the demanded variables need. */
export function variableNames(variables: readonly Variable[]): string[] {
  const names: string[] = [];
  for (const v of variables) {
    if (v.needNumber) names.push(v.name);
    if (v.needBits) {
      names.push(lowName(v));
      if (v.type === D) names.push(highName(v));
    }
  }
  return names;
}

/** What is printed as a function. */
export interface PrintedBody {
  name: string;
  body: Stmt[];
  /** Variables to declare, and those that come as parameters. */
  variables: readonly Variable[];
  given: readonly Variable[];
}

/** Prints a function's statements with the declarations that they need. */
export function printFunction(
  ctx: ModuleContext,
  { name, body, variables, given }: PrintedBody,
  returns: Returns,
  coercions: Coercions,
  { params, prologue }: { params: Identifier[]; prologue: Statement[] },
): FunctionDeclaration {
  const printer = new (AHEAD && ctx.positions ? PositionPrinter : Printer)(ctx);
  if (AHEAD) printer.hasWords = [...given, ...variables].some((v) => v.type === I && v.composite);
  const Statements = AHEAD && ctx.positions ? PositionStatementPrinter : StatementPrinter;
  const statements = new Statements(printer, returns, coercions);
  // A reload before the first access needs to know the views as well.
  if (ctx.module.memoryTypes.length > 0) planViews(body, printer);
  const last = body[body.length - 1];
  if (last?.kind === S.Return && last.values!.length === 0) body.pop();
  const printed = statements.list(body);
  const head: Statement[] = [...prologue, ...statements.coerce(coercions.params)];
  const locals: [string, Expression | null][] = [];
  for (const memory of [...printer.views].sort((a, b) => a - b))
    locals.push([printer.viewName(memory), id(`${ctx.memory(memory).name}.v`)]);
  if (AHEAD) for (const [view, local] of printer.typedViews) locals.push([local, id(view)]);
  for (const v of variables) {
    const zero = v.zeroed ? (v.type === R ? id('null') : num(0)) : null;
    if (v.needNumber) locals.push([v.name, zero]);
    if (v.needBits) {
      locals.push([lowName(v), zero]);
      if (v.type === D) locals.push([highName(v), zero]);
    }
  }
  const rounds = ctx.costs.rounds && ctx.module.tagTypes.length > 0 && onlyThrows(body);
  if (rounds) printed.unshift(...oneRound(printer.temporary(I)));
  for (const extra of printer.extra.keys()) {
    const choice = AHEAD ? printer.choices.get(extra) : undefined;
    const first = choice?.once ? printer.typedView(choice.memory, choice.kind) : null;
    locals.push([extra, first]);
  }
  // Where none are shared, a coercion of what has no value yet stays, and engines would keep a variable that may be undefined.
  if (AHEAD && locals.length <= ctx.costs.few) {
    const coerced = new Set(
      [...coercions.heads.values()].flatMap((list) => list.map((v) => v.name)),
    );
    for (const local of locals) if (coerced.has(local[0])) local[1] ??= num(0);
  }
  if (locals.length > 0) head.push(declare('var', locals));
  const func: FunctionDeclaration = {
    type: 'FunctionDeclaration',
    id: id(name),
    params,
    body: block([...head, ...printed]),
  };
  if (locals.length > ctx.costs.few)
    shareRegisters(func, classesOf([...given, ...variables], printer.extra), {
      spare: !ctx.forNow,
      alike: ctx.costs.likenesses,
    });
  return func;
}

/** Does the function end by throwing, whatever happens, and has no loop at its top? */
function onlyThrows(body: Stmt[]): boolean {
  const last = body[body.length - 1];
  if (last?.kind !== S.Throw && last?.kind !== S.Trap) return false;
  let returns = body.some(({ kind }) => kind === S.Loop);
  eachStatement(body, ({ kind }) => {
    if (kind === S.Return || kind === S.TailCall) returns = true;
  });
  return !returns;
}

/**
 * One round of a loop that does nothing. V8 counts returns and rounds to find out which functions run often; one that only
 * throws has neither, stays interpreted, and is never part of another one, where what it throws costs half.
 */
function oneRound(counter: string): Statement[] {
  const test = assign(counter, bin('-', id(counter), num(1)));
  return [expr(assign(counter, num(2))), { type: 'DoWhileStatement', test, body: block([]) }];
}

/** What the variables of an emitted function hold, by name. */
function classesOf(
  variables: readonly Variable[],
  extra: ReadonlyMap<string, IrType>,
): Map<string, RegisterClass> {
  const classes = new Map<string, RegisterClass>();
  const classOf = (type: IrType): RegisterClass =>
    type === I ? 'int' : type === R ? 'reference' : 'number';
  for (const v of variables) {
    if (v.needNumber || v.param >= 0) classes.set(v.name, classOf(v.type));
    if (!v.needBits) continue;
    classes.set(lowName(v), 'int');
    if (v.type === D) classes.set(highName(v), 'int');
  }
  for (const [name, type] of extra) classes.set(name, classOf(type));
  return classes;
}

/** The parameters of the emitted function and what makes the bits of float ones. */
export function parameters(
  ctx: ModuleContext,
  variables: readonly Variable[],
  wanted: boolean[] | undefined,
): { params: Identifier[]; prologue: Statement[] } {
  const params = variables.map((v) => id(v.name));
  const prologue: Statement[] = [];
  for (const { name, hidden } of variables)
    if (hidden) prologue.push(expr(assign(name, call(id(ctx.helper('_hidden')), [id(name)]))));
  if (wanted === undefined) return { params, prologue };
  const trailing: Identifier[] = [];
  let needed = 0;
  variables.forEach((v, i) => {
    if (v.type !== F && v.type !== D) return;
    trailing.push(id(lowName(v)));
    if (v.type === D) trailing.push(id(highName(v)));
    if (!wanted[i] || !v.needBits) return;
    needed = trailing.length;
    const names = v.type === F ? [lowName(v)] : [lowName(v), highName(v)];
    const x = id(v.name);
    const helpers = v.type === F ? ['_f32_bits'] : ['_f64_low', '_f64_high'];
    const canonical = v.type === F ? [0x7fc00000] : [0, 0x7ff80000];
    const unknown = bin('===', id(lowName(v)), id('undefined'));
    // A number tells its bits, where they are asked for; those of a NaN come from the caller, if it knows them.
    const bits = (k: number): Expression =>
      v.lazy ? num(canonical[k]!) : call(id(ctx.helper(helpers[k]!)), [x]);
    prologue.push({
      type: 'IfStatement',
      test: v.lazy ? unknown : logic('||', bin('===', x, x), unknown),
      consequent: block(names.map((target, k) => expr(assign(target, bits(k))))),
      alternate: null,
    });
  });
  return { params: [...params, ...trailing.slice(0, needed)], prologue };
}
