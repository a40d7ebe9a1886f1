/**
 * Lowering of function bodies: instructions → intermediate representation → analyses → ESTree.
 * The order of the phases is the order of the calls in `lowerFunction`.
 */
import { F32, F64, type FuncType, type Range, type ValType } from '@wasm2js/decoder';
import type { Expression, FunctionDeclaration, Identifier, Statement } from 'estree';
import type { ModuleContext } from '../context.js';
import { arrow, assign, bin, block, call, declare, expr, id, logic, num, ret } from '../estree.js';
import { Demand, findExact } from './analysis.js';
import { FunctionBuilder, type FunctionIr } from './builder.js';
import { coalesce } from './coalesce.js';
import { type Coercions, findCoercions } from './coercions.js';
import { dispatched, redispatch, takeDispatchers } from './dispatch.js';
import { ModuleFacts } from './facts.js';
import { forward } from './forward.js';
import './instructions/index.js';
import {
  type CallTarget,
  D,
  F,
  I,
  type IrType,
  type Node,
  Op,
  operands,
  R,
  S,
  type Stmt,
  type Variable,
  walk,
} from './ir.js';
import { outline } from './outline.js';
import { highName, lowName, Printer } from './printer.js';
import { Signatures } from './signatures.js';
import { slotCount, slotType } from './stack.js';
import { type Returns, StatementPrinter, tailBodyName } from './statements.js';
import { tidy } from './structure.js';
import { dropDeadReloads } from './views.js';

const NO_COERCIONS: Coercions = {
  heads: new Map(),
  strips: new Set(),
  params: new Set(),
  assigned: new Map(),
};

interface ModuleLowering {
  facts: ModuleFacts;
  signatures: Signatures;
}
const LOWERINGS = new WeakMap<ModuleContext, ModuleLowering>();

/** The analyses of a whole module, made when its first function is lowered. */
function moduleLowering(ctx: ModuleContext): ModuleLowering {
  let found = LOWERINGS.get(ctx);
  if (found === undefined) {
    const facts = new ModuleFacts(ctx.module);
    found = { facts, signatures: new Signatures(ctx, facts) };
    LOWERINGS.set(ctx, found);
    found.signatures.findAll();
  }
  return found;
}

/**
 * Lowers one defined function.
 * @param index function index, imports included
 * @returns its declaration, named `ctx.funcName(index)`; for a function that makes tail calls
 *   also the declaration of its body and the statement that ties them
 * @throws UnsupportedError naming the instruction that cannot be lowered, function and offset
 */
export function lowerFunction(ctx: ModuleContext, index: number): Statement[] {
  const { facts, signatures } = moduleLowering(ctx);
  const { module } = ctx;
  const type = module.types[module.funcTypes[index]!]!.comp as FuncType;
  const def = module.funcs[index - module.importCounts.func]!;
  const wanted = signatures.wantedBits(index);
  const exact = signatures.exactResults(index);
  const builder = new FunctionBuilder(ctx, facts, signatures, index, type, def.body);
  const ir = builder.build(def.locals);
  const hasFloats = type.results.some((t) => t === F32 || t === F64);
  const bounces = (tail: number) => facts.tailCaller[tail] === 1;
  const returns: Returns = {
    results: type.results,
    bits: hasFloats && !exact,
    escapes: hasFloats && facts.escapes[index] === 1,
    bounces: ({ call: target }) =>
      target!.kind === 'func' ? bounces(target!.index) : facts.hasTailCallers,
    leavesChannel: ({ call: target }) =>
      hasFloats && target!.kind === 'func' && signatures.exactResults(target!.index),
  };
  const name = ctx.funcName(index);
  if (!bounces(index)) {
    const { print, parts } = prepare(ctx, ir, returns, wanted, name);
    if (parts.length > 0) return [print(name), ...parts];
    const calls = builder.callsItself ? selfCalls(ir.body, index) : [];
    if (calls.length === 0 || calls.length > MAX_TWIN_CALLS || treeSize(ir.body) > MAX_TWIN_SIZE)
      return [print(name)];
    // An engine does not inline a function into itself; it does inline its twin.
    const twin = twinName(name);
    const [first, second] = [twin, name].map((callee, i) => {
      for (const target of calls) target.name = callee;
      return print(i === 0 ? name : twin);
    });
    return [first!, second!];
  }
  // The body under a name of its own leaves tail calls pending; the function bounces them.
  const bodyName = tailBodyName(name);
  const { print, parts } = prepare(ctx, ir, returns, wanted, name);
  const inner = print(bodyName);
  const params = inner.params as Identifier[];
  const bounced = call(id(ctx.helper('_bounce')), [
    call(
      id(bodyName),
      params.map((p) => id(p.name)),
    ),
  ]);
  const outer: FunctionDeclaration = {
    type: 'FunctionDeclaration',
    id: id(name),
    params: params.map((p) => id(p.name)),
    body: block([ret(bounced)]),
  };
  return [outer, inner, ...parts, expr(assign(`${name}.b`, id(bodyName)))];
}

/**
 * What functions call that belongs to no function: after the last one, its declarations.
 * @returns what was asked for since the last call
 */
export const lowerShared = (ctx: ModuleContext): Statement[] => takeDispatchers(ctx);

/** What `lowerShared` was asked for, for another context of the same module. */
export const sharedKeys = (ctx: ModuleContext): string[] => dispatched(ctx);

/** Asks `lowerShared` for what was asked for in another context. */
export const askShared = (ctx: ModuleContext, keys: readonly string[]): void =>
  redispatch(ctx, keys);

/**
 * Lowers a constant expression.
 * @param range its instructions, `end` included
 * @param type its type
 * @returns one expression for each component of a global of that type (floats: bits), to be
 *   evaluated in order at once
 * @throws UnsupportedError naming the instruction that cannot be lowered and its offset
 */
export function lowerConstExpr(ctx: ModuleContext, range: Range, type: ValType): Expression[] {
  const { facts, signatures } = moduleLowering(ctx);
  const func: FuncType = { kind: 'func', params: [], results: [type] };
  const ir = new FunctionBuilder(ctx, facts, signatures, -1, func, range).build([]);
  const last = ir.body.pop()!;
  const nodes = last.values!;
  findExact(ir.variables);
  const demand = new Demand(true);
  demand.run([...ir.body, last]);
  const printer = new Printer(ctx);
  const returns: Returns = {
    results: [type],
    bits: true,
    escapes: false,
    bounces: () => false,
    leavesChannel: () => false,
  };
  const first = nodes[0]!;
  const parts =
    first.type === F
      ? [printer.low(first)]
      : first.type === D
        ? [printer.low(first), printer.high(first)]
        : nodes.map((node) => printer.value(node));
  if (ir.body.length === 0) return parts;
  const statements = new StatementPrinter(printer, returns, NO_COERCIONS);
  const body = statements.list(ir.body);
  const names = variableNames(ir.variables).map((v): [string, Expression | null] => [v, null]);
  if (names.length > 0) body.unshift(declare('var', names));
  const channel = parts.slice(1).map((part, i) => {
    const name = ctx.channel('h', i);
    body.push(expr(assign(name, part)));
    return id(name);
  });
  body.push(ret(parts[0]!));
  return [call(arrow(block(body)), []), ...channel];
}

/** Names of the JS variables that the demanded variables need. */
function variableNames(variables: readonly Variable[]): string[] {
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

/** Name of the second copy of a self-recursive function; no function or variable is named so. */
const twinName = (funcName: string): string => `c${funcName}`;

/** Functions up to this size (nodes and statements) and number of self-calls get a twin. */
const MAX_TWIN_SIZE = 120;
const MAX_TWIN_CALLS = 4;

/** The targets of a function's calls of itself. */
function selfCalls(body: Stmt[], index: number): CallTarget[] {
  const found: CallTarget[] = [];
  const visit = (node: Node): void => {
    if (node.call?.kind === 'func' && node.call.index === index) found.push(node.call);
    for (const part of operands(node)) visit(part);
  };
  walk(body, visit);
  return found;
}

/** Number of nodes and statements. */
function treeSize(body: Stmt[]): number {
  let size = 0;
  const visit = (node: Node): void => {
    size++;
    for (const part of operands(node)) visit(part);
  };
  walk(body, visit);
  return size;
}

/** A function after all passes. */
interface Prepared {
  /** Prints it under a name, more than once if asked. */
  print(name: string): FunctionDeclaration;
  /** What was split off it. */
  parts: FunctionDeclaration[];
}

/** Runs the passes over a built function. @param name identifies the parts that are split off */
function prepare(
  ctx: ModuleContext,
  ir: FunctionIr,
  returns: Returns,
  wanted: boolean[] | undefined,
  name: string,
): Prepared {
  const { body } = ir;
  findExact(ir.variables);
  new Demand(returns.bits).run(body);
  dropDeadReloads(body);
  forward(body);
  coalesce(body);
  tidy(body);
  const split = outline(ctx, name, body, {
    types: returns.results.flatMap((t) => new Array<IrType>(slotCount(t)).fill(slotType(t))),
    bits: returns.bits,
    channel: returns.bits || returns.escapes,
  });
  const variables = (split?.variables ?? ir.variables).filter((v) => v.param < 0);
  const parts = (split?.functions ?? []).map((part) => {
    const own: Returns = part.returns
      ? returns
      : { ...returns, results: [], bits: false, escapes: false };
    const coercions = findCoercions(part.body);
    const known = part.given.filter((v) => v.type === I);
    const params = new Set(coercions.heads.size > 0 ? known : []);
    const head = { params: part.params.map(id), prologue: [] };
    return printFunction(ctx, part, own, { ...coercions, params }, head);
  });
  const coercions = findCoercions(body);
  const print = (as: string): FunctionDeclaration =>
    printFunction(
      ctx,
      { name: as, body, variables },
      returns,
      coercions,
      parameters(ctx, ir, wanted),
    );
  return { print, parts };
}

/** Prints a function's statements with the declarations that they need. */
function printFunction(
  ctx: ModuleContext,
  { name, body, variables }: { name: string; body: Stmt[]; variables: Variable[] },
  returns: Returns,
  coercions: Coercions,
  { params, prologue }: { params: Identifier[]; prologue: Statement[] },
): FunctionDeclaration {
  const printer = new Printer(ctx);
  const statements = new StatementPrinter(printer, returns, coercions);
  // A reload before the first access needs to know the views as well.
  const memories = ctx.module.memoryTypes.length;
  if (memories > 0) findViews(body, printer, memories);
  const last = body[body.length - 1];
  if (last?.kind === S.Return && last.values!.length === 0) body.pop();
  const printed = statements.list(body);
  const head: Statement[] = [...prologue, ...statements.coerce(coercions.params)];
  const locals: [string, Expression | null][] = [];
  for (const memory of [...printer.views].sort((a, b) => a - b))
    locals.push([printer.viewName(memory), id(`${ctx.memory(memory).name}.v`)]);
  for (const v of variables) {
    const zero = v.zeroed ? (v.type === R ? id('null') : num(0)) : null;
    if (v.needNumber) locals.push([v.name, zero]);
    if (v.needBits) {
      locals.push([lowName(v), zero]);
      if (v.type === D) locals.push([highName(v), zero]);
    }
  }
  for (const extra of statements.extra) locals.push([extra, null]);
  if (locals.length > 0) head.push(declare('var', locals));
  return {
    type: 'FunctionDeclaration',
    id: id(name),
    params,
    body: block([...head, ...printed]),
  };
}

/** Collects the memories whose views the statements use. */
function findViews(body: Stmt[], printer: Printer, memories: number): void {
  const { views } = printer;
  const found = (node: Node): boolean => {
    if (node.fx === 0) return false;
    if (node.op === Op.Load || node.op === Op.Store) {
      views.add(node.memory);
      if (views.size === memories) return true;
    }
    if (node.a !== null && found(node.a)) return true;
    if (node.b !== null && found(node.b)) return true;
    if (node.c !== null && found(node.c)) return true;
    return node.list?.some(found) ?? false;
  };
  const foundIn = (list: Stmt[]): boolean =>
    list.some(
      (stmt) =>
        (stmt.e !== null && found(stmt.e)) ||
        (stmt.values?.some(found) ?? false) ||
        (stmt.body !== null && foundIn(stmt.body)) ||
        (stmt.alt !== null && foundIn(stmt.alt)) ||
        (stmt.cases?.some((item) => foundIn(item.body)) ?? false),
    );
  foundIn(body);
}

/** The parameters of the emitted function and what makes the bits of float ones. */
function parameters(
  ctx: ModuleContext,
  ir: FunctionIr,
  wanted: boolean[] | undefined,
): { params: Identifier[]; prologue: Statement[] } {
  const params = ir.params.map((v) => id(v.name));
  const prologue: Statement[] = [];
  if (wanted === undefined) return { params, prologue };
  const trailing: Identifier[] = [];
  let needed = 0;
  ir.params.forEach((v, i) => {
    if (v.type !== F && v.type !== D) return;
    trailing.push(id(lowName(v)));
    if (v.type === D) trailing.push(id(highName(v)));
    if (!wanted[i] || !v.needBits) return;
    needed = trailing.length;
    const helpers = v.type === F ? ['_f32_bits'] : ['_f64_low', '_f64_high'];
    const names = v.type === F ? [lowName(v)] : [lowName(v), highName(v)];
    const x = id(v.name);
    prologue.push({
      type: 'IfStatement',
      // A number tells its bits; those of a NaN come from the caller, if it knows them.
      test: logic('||', bin('===', x, x), bin('===', id(lowName(v)), id('undefined'))),
      consequent: block(
        names.map((target, k) => expr(assign(target, call(id(ctx.helper(helpers[k]!)), [x])))),
      ),
      alternate: null,
    });
  });
  return { params: [...params, ...trailing.slice(0, needed)], prologue };
}
