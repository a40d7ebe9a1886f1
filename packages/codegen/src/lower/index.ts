/**
 * Lowering of function bodies: instructions → intermediate representation → analyses → ESTree.
 * The order of the phases is the order of the calls in `lowerFunction`.
 */

import { F32, F64, type FuncType, type Range, type ValType } from '@wasm2js/decoder';
import type { Expression, FunctionDeclaration, Identifier, Statement } from 'estree';
import { floatsAlone } from '../accessors.js';
import { AHEAD } from '../ahead.js';
import type { ModuleContext } from '../context.js';
import { arrow, assign, block, call, declare, expr, id, ret } from '../estree.js';
import { mayBeWide, wideTwin } from '../wide/index.js';
import { type Coercions, findCoercions } from './analyses/coercions.js';
import { Demand } from './analyses/floats.js';
import { FunctionBuilder, type FunctionIr, isRegistered } from './build/builder.js';
import './build/instructions/index.js';
import { findAlignments } from './facts/alignments.js';
import { ModuleFacts } from './facts/module-facts.js';
import { functionsThatRunOften } from './facts/often.js';
import { Recursion } from './facts/recursion.js';
import { Signatures } from './facts/signatures.js';
import { type CallTarget, D, eachOperand, F, I, type Node, type Stmt } from './ir/ir.js';
import { slotTypes } from './ir/slots.js';
import { walk } from './ir/traverse.js';
import { runPasses, type Work } from './passes/index.js';
import { type Outlined, outline } from './passes/outline.js';
import { splitIntegers } from './passes/webs.js';
import { dispatched, redispatch, takeDispatchers } from './print/dispatch.js';
import { parameters, printFunction, variableNames } from './print/function.js';
import { Printer } from './print/printer.js';
import { type Returns, tailBodyName } from './print/results.js';
import { StatementPrinter } from './print/statements.js';
import { suspendable } from './print/suspend.js';

const NO_COERCIONS: Coercions = {
  heads: new Map(),
  strips: new Set(),
  params: new Set(),
  assigned: new Map(),
};

interface ModuleLowering {
  facts: ModuleFacts;
  signatures: Signatures;
  recursion: Recursion;
}
const LOWERINGS = new WeakMap<ModuleContext, ModuleLowering>();

/** The analyses of a whole module, made when its first function is lowered. */
function moduleLowering(ctx: ModuleContext): ModuleLowering {
  let found = LOWERINGS.get(ctx);
  if (found === undefined) {
    const facts = new ModuleFacts(ctx.module, ctx.builtins, ctx.suspendable);
    const signatures: Signatures = new Signatures(
      ctx,
      facts,
      (index) => buildFunction(ctx, { facts, signatures }, index).ir,
    );
    found = { facts, signatures, recursion: new Recursion(ctx) };
    // What a compiler is told pays where engines compile. What has a second form counts the rounds of its loops itself.
    if (AHEAD && ctx.costs.coercions && !ctx.suspendable) {
      const often = functionsThatRunOften(ctx.module, facts.escapes);
      ctx.splitsLoops = (index) => often[index] === 0 && !mayBeWide(ctx, index);
    }
    LOWERINGS.set(ctx, found);
    // One function at a time is found with those it calls.
    if (!ctx.lazy) found.signatures.findAll();
    if (AHEAD && ctx.costs.typedMemory && !ctx.lazy)
      findAlignments(ctx, facts.aligned, (index) => {
        const { body, variables } = buildFunction(ctx, { facts, signatures }, index).ir;
        splitIntegers(body, variables, 'frame');
        return body;
      });
  }
  return found;
}

/** Builds a defined function and runs the passes of that phase. @param inlines may it take in what it calls? */
function buildFunction(
  ctx: ModuleContext,
  { facts, signatures, recursion }: Omit<ModuleLowering, 'recursion'> & { recursion?: Recursion },
  index: number,
  inlines = true,
): { builder: FunctionBuilder; ir: FunctionIr } {
  const { types, funcTypes, funcs, importCounts } = ctx.module;
  const type = types[funcTypes[index]!]!.comp as FuncType;
  const { body, locals } = funcs[index - importCounts.func]!;
  const builder = new FunctionBuilder(ctx, facts, signatures, index, type, body, recursion);
  if (!inlines) builder.inlined = Infinity;
  const ir = builder.build(locals);
  runPasses('build', { ...ir, support: ctx, numberProducts: ctx.costs.numberProducts });
  return { builder, ir };
}

/**
 * Lowers one defined function.
 * @param index function index, imports included
 * @returns its declaration, named `ctx.funcName(index)`; for a function that makes tail calls
 *   also the declaration of its body and the statement that ties them; where asked for, the same in suspendable form.
 *   Of a function that is split, the parts are made one by one as they are asked for: all trees of a large one weigh
 *   many times what it does
 * @throws UnsupportedError naming the instruction that cannot be lowered, function and offset
 */
export function lowerFunction(ctx: ModuleContext, index: number): Iterable<Statement> {
  const lowering = moduleLowering(ctx);
  const { suspends } = lowering.facts;
  const declarations = lowerDefined(ctx, lowering, index);
  if (suspends[index] !== 1) return declarations;
  const name = ctx.funcName(index);
  const names = { name, twin: twinName(name) };
  const may = (callee: number): boolean => suspends[callee] === 1;
  const all = [...declarations];
  return [...all, ...suspendable(ctx, names, may, all)];
}

/** The ordinary form of a function. */
function lowerDefined(
  ctx: ModuleContext,
  lowering: ModuleLowering,
  index: number,
): Iterable<Statement> {
  const { facts, signatures } = lowering;
  const wanted = signatures.wantedBits(index);
  const exact = signatures.exactResults(index);
  const { builder, ir } = buildFunction(ctx, lowering, index);
  const { type } = builder;
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
    const { print, parts } = prepare(ctx, ir, returns, wanted, name, index);
    if (parts !== undefined) return allOf(ctx, index, print(name), parts);
    const calls = builder.callsItself ? selfCalls(ir.body, index) : [];
    const twins = ctx.costs.twins && calls.length > 0;
    // An engine does not inline a function into itself; it does inline its twin.
    const twin = twinName(name);
    if (builder.inlined > 0) {
      if (!twins) return [print(name)];
      for (const target of calls) target.name = twin;
      // The twin is as small as it was: so it is inlined in turn once the code is optimised.
      const plain = buildFunction(ctx, lowering, index, false).ir;
      const other = prepare(ctx, plain, returns, wanted, twin, index);
      return [print(name), other.print(twin)];
    }
    if (!twins || calls.length > MAX_TWIN_CALLS || treeSize(ir.body) > MAX_TWIN_SIZE)
      return allOf(ctx, index, print(name));
    const [first, second] = [twin, name].map((callee, i) => {
      for (const target of calls) target.name = callee;
      return print(i === 0 ? name : twin);
    });
    return [first!, second!];
  }
  // The body under a name of its own leaves tail calls pending; the function bounces them.
  const bodyName = tailBodyName(name);
  const { print, parts } = prepare(ctx, ir, returns, wanted, name, index);
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
  return [outer, inner, ...(parts ?? []), expr(assign(`${name}.b`, id(bodyName)))];
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

/** The name of the second function that a function with a tail call to another one becomes. */
export const tailBody = (ctx: ModuleContext, index: number): string | undefined =>
  moduleLowering(ctx).facts.tailCaller[index] === 1 ? tailBodyName(ctx.funcName(index)) : undefined;

/** Has the function a suspendable form? */
export const suspends = (ctx: ModuleContext, index: number): boolean =>
  moduleLowering(ctx).facts.suspends[index] === 1;

/** Is there a lowering for an opcode? */
export const lowers = (op: number): boolean => isRegistered(op);

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
  runPasses('build', { ...ir, support: ctx });
  const last = ir.body.pop()!;
  const nodes = last.values!;
  new Demand(true).run([...ir.body, last]);
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

/** Name of the second copy of a self-recursive function; no function or variable is named so. */
const twinName = (funcName: string): string => `c${funcName}`;

/** Functions up to this size (nodes and statements) and number of self-calls get a twin, and those with calls inlined. */
const MAX_TWIN_SIZE = 120;
const MAX_TWIN_CALLS = 4;

/** The targets of a function's calls of itself. */
function selfCalls(body: Stmt[], index: number): CallTarget[] {
  const found: CallTarget[] = [];
  const visit = (node: Node): void => {
    if (node.call?.kind === 'func' && node.call.index === index) found.push(node.call);
    eachOperand(node, visit);
  };
  walk(body, visit);
  return found;
}

/** Number of nodes and statements. */
function treeSize(body: Stmt[]): number {
  let size = 0;
  const visit = (node: Node): void => {
    size++;
    eachOperand(node, visit);
  };
  walk(body, visit);
  return size;
}

/** What engines are told of the variables of these statements, if they want to know. */
function coercionsOf({ costs }: ModuleContext, body: Stmt[]): Coercions {
  const found = findCoercions(body);
  return costs.coercions ? found : { ...NO_COERCIONS, assigned: found.assigned };
}

/** A function, then its parts, each made when it is asked for, then its second form, if it has one. */
function* allOf(
  ctx: ModuleContext,
  index: number,
  whole: FunctionDeclaration,
  parts: Iterable<FunctionDeclaration> = [],
): Generator<Statement> {
  const words = AHEAD ? wideTwin(ctx, index, whole) : [];
  yield whole;
  yield* parts;
  yield* words;
}

/** Prints parts in order, and lets go of what each was made of. */
function* eachPart(
  parts: Outlined[],
  print: (part: Outlined) => FunctionDeclaration,
): Generator<FunctionDeclaration> {
  parts.reverse();
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) yield print(part);
}

/** A function after all passes. */
interface Prepared {
  /** Prints it under a name, more than once if asked. */
  print(name: string): FunctionDeclaration;
  /** What was split off it, if anything was: each is printed when it is asked for, once. */
  parts: Iterable<FunctionDeclaration> | undefined;
}

/** Runs the passes over a built function. @param name identifies the parts that are split off @param loopParts may loops be? Asked where they would */
function prepare(
  ctx: ModuleContext,
  ir: FunctionIr,
  returns: Returns,
  wanted: boolean[] | undefined,
  name: string,
  index: number,
): Prepared {
  const { body } = ir;
  const pointers = ctx.costs.typedMemory ? { ctx, params: ir.params } : undefined;
  const metered = AHEAD && ctx.fuel !== undefined;
  const accessors = AHEAD && floatsAlone(ctx);
  const work: Work = { ...ir, returnsBits: returns.bits, pointers, metered, accessors };
  // What a compiler is told pays where engines compile.
  if (AHEAD && ctx.costs.coercions) work.fence = () => ctx.helper('_lane_fence');
  runPasses('print', work);
  const split = outline(ctx, name, index, body, {
    types: slotTypes(returns.results),
    bits: returns.bits,
    channel: returns.bits || returns.escapes,
  });
  const variables = (split?.variables ?? ir.variables).filter((v) => v.param < 0);
  const printPart = (part: Outlined): FunctionDeclaration => {
    const own: Returns = part.returns
      ? returns
      : { ...returns, results: [], bits: false, escapes: false };
    const coercions = coercionsOf(ctx, part.body);
    const known = part.given.filter((v) => v.type === I);
    const params = new Set(coercions.heads.size > 0 ? known : []);
    const head = { params: part.params.map(id), prologue: [] };
    return printFunction(ctx, part, own, { ...coercions, params }, head);
  };
  const parts = split && eachPart(split.functions, printPart);
  const coercions = coercionsOf(ctx, body);
  const print = (as: string): FunctionDeclaration =>
    printFunction(
      ctx,
      { name: as, body, variables, given: ir.params },
      returns,
      coercions,
      parameters(ctx, ir.params, wanted),
    );
  return { print, parts };
}
