/** Statements of the intermediate representation as ESTree. */
import type { ValType } from '@wasm2js/decoder';
import type {
  BinaryExpression,
  Expression,
  IfStatement,
  Literal,
  Statement,
  SwitchCase,
} from 'estree';
import {
  arrow,
  assign,
  assignTo,
  bin,
  block,
  brk,
  call,
  cond,
  cont,
  declare,
  endless,
  expr,
  id,
  labeled,
  member,
  num,
  plus,
  ret,
  str,
} from '../../estree.js';
import type { Coercions } from '../analyses/coercions.js';
import { isExact, isNumeric } from '../analyses/floats.js';
import { eqz, isAtom, isNonNegative } from '../ir/int.js';
import {
  D,
  endsAbruptly,
  F,
  Fx,
  Guard,
  I,
  type IrType,
  isPure,
  type Label,
  type Node,
  Op,
  R,
  S,
  type Stmt,
  type Variable,
} from '../ir/ir.js';
import { highName, lowName, THROWN } from '../ir/names.js';
import { slotCount, slotType } from '../ir/slots.js';
import { eachStatement } from '../ir/traverse.js';
import { mergeable } from '../passes/structure.js';
import { callParts } from './calls.js';
import { keepBits, setElement } from './heap.js';
import { nanBits } from './nan-bits.js';
import type { Printer } from './printer.js';
import { isPrintedTwice, typedStore } from './typed-memory.js';
import { ANY, COND, INT } from './wants.js';

/** How the function hands out its results. */
export interface Returns {
  /** Result types. */
  results: readonly ValType[];
  /** Set the channel to a float result's bits, or to those of a canonical NaN where it is exact. */
  bits: boolean;
  escapes: boolean;
  /** May `callee` leave a tail call pending (it must be bounced)? */
  bounces(call: Node): boolean;
  /** Does the callee of a tail call leave the bits channel as it is? */
  leavesChannel(call: Node): boolean;
}

/** Name of the body of a function that makes tail calls; no function or variable is named so. */
export const tailBodyName = (funcName: string): string => `b${funcName}`;

const labelName = (label: Label): string => `L${label.id}`;
/** Of the loop around a loop in strips. */
const stripName = (label: Label): string => `M${label.id}`;
/** Rounds of a strip. */
const STRIP = 64;

/** What an unlabelled break or continue would refer to. */
interface Target {
  breaks: Label | undefined;
  continues: Label | undefined;
}

export class StatementPrinter {
  private readonly targets: Target[] = [];
  /** Labels that a `break` or a `continue` names. */
  private readonly named = new Set<Label>();
  /** The last guarded store: the index that it tests, and what it does on both ways. */
  private guarded:
    | { index: Variable; statement: IfStatement; fast: Statement[]; slow: Statement[] }
    | undefined;
  /** Switches at the end of a block: the block's label. */
  private readonly ends = new Map<Stmt, Label>();

  constructor(
    protected readonly printer: Printer,
    private readonly returns: Returns,
    private readonly coercions: Coercions,
  ) {}

  /** `x = x | 0` for each of the variables, `x = +x` for floats. */
  coerce(variables: Iterable<Variable>): Statement[] {
    return [...variables]
      .filter((v) => v.needNumber)
      .map(({ name, type }) =>
        expr(assign(name, type === I ? bin('|', id(name), num(0)) : plus(id(name)))),
      );
  }

  /** Prints a list; code behind a jump is left out. */
  private scope(body: Stmt[]): Statement[] {
    return this.printer.facts.scope(() => this.list(body));
  }

  list(body: Stmt[]): Statement[] {
    const out: Statement[] = [];
    for (const stmt of body) this.statement(stmt, out);
    return out;
  }

  protected statement(stmt: Stmt, out: Statement[]): void {
    const { printer } = this;
    switch (stmt.kind) {
      case S.Skip:
        break;
      case S.Set: {
        const v = stmt.v!;
        const e = stmt.e!;
        const known =
          v.type === I && (isNonNegative(e) || (e.v !== null && printer.facts.has(e.v)));
        this.set(stmt, out);
        if (known) printer.facts.add(v);
        else printer.facts.remove(v);
        break;
      }
      case S.Expr:
        this.effect(stmt.e!, out);
        break;
      case S.Block:
        this.block(stmt, out);
        break;
      case S.Loop:
        this.loop(stmt, out);
        break;
      case S.If:
        this.if(stmt, out);
        break;
      case S.Br:
        out.push(this.branch(stmt.label!));
        break;
      case S.Switch:
        this.switch(stmt, out);
        break;
      case S.Return:
        this.return(stmt.values!, out);
        break;
      case S.Trap:
        out.push({
          type: 'ThrowStatement',
          argument: call(id(printer.ctx.helper('_trap')), [str(stmt.text)]),
        });
        break;
      case S.TailCall:
        this.tailCall(stmt.e!, stmt.late, out);
        break;
      case S.Try:
        this.try(stmt, out);
        break;
      case S.Throw:
        out.push({ type: 'ThrowStatement', argument: printer.value(stmt.e!) });
        break;
      case S.Reload:
        for (const memory of [...printer.views].sort((a, b) => a - b)) {
          const plan = printer.ctx.memory(memory);
          if (plan.growable) out.push(expr(assign(printer.viewName(memory), id(`${plan.name}.v`))));
        }
        for (const [view, name] of printer.typedViews)
          if (printer.ctx.memory(printer.ctx.memoryViews.get(view)!).growable)
            out.push(expr(assign(name, id(view))));
        break;
    }
  }

  private set(stmt: Stmt, out: Statement[]): void {
    const v = stmt.v!;
    const e = stmt.e!;
    const { printer } = this;
    if (!v.needNumber && !v.needBits) {
      if (!isPure(e.fx)) out.push(expr(printer.value(e)));
      return;
    }
    if (v.type === I) {
      if (e.op === Op.Get && e.v === v) return;
      out.push(expr(assign(v.name, printer.int(e, INT))));
      return;
    }
    if (v.type === R || !v.needBits) {
      out.push(expr(assign(v.name, this.hide(v, printer.other(e)))));
      return;
    }
    const words = (source: Node): void => {
      out.push(expr(assign(lowName(v), printer.low(source))));
      if (v.type === D) out.push(expr(assign(highName(v), printer.high(source))));
    };
    if (v.lazy && isNumeric(e)) {
      const bits = nanBits(printer, e);
      out.push(expr(assign(lowName(v), bits[0]!)));
      if (v.type === D) out.push(expr(assign(highName(v), bits[1]!)));
      out.push(expr(assign(v.name, this.hide(v, printer.float(e)))));
      return;
    }
    if (isExact(e) && e.op !== Op.FConst) {
      // The number is told once; its words are read off it.
      const name = v.needNumber ? v.name : this.extraName(v.type);
      out.push(expr(assign(name, this.hide(v, printer.float(e)))));
      const bits = (helperName: string): Expression =>
        call(id(printer.ctx.helper(helperName)), [id(name)]);
      if (v.type === F) out.push(expr(assign(lowName(v), bits('_f32_bits'))));
      else {
        out.push(expr(assign(lowName(v), bits('_f64_low'))));
        out.push(expr(assign(highName(v), bits('_f64_high'))));
      }
      return;
    }
    words(e);
    if (v.needNumber) out.push(expr(assign(v.name, this.hide(v, printer.float(e)))));
  }

  /** A value for a variable, of which engines must not know that it is a constant where it is hidden. */
  private hide(v: Variable, value: Expression): Expression {
    return v.hidden ? call(id(this.printer.ctx.helper('_hidden')), [value]) : value;
  }

  private effect(e: Node, out: Statement[]): void {
    const { printer } = this;
    if (e.op === Op.Store) this.store(e, out);
    else if (e.op === Op.SetField)
      out.push(assignTo(member(printer.value(e.a!), e.name), printer.value(e.b!)));
    else if (e.op === Op.SetElem) setElement(printer, e, (type) => this.extraName(type), out);
    else if (e.op === Op.KeepBits) out.push(keepBits(printer, e));
    else if (e.op === Op.SetName) out.push(expr(assign(e.name, printer.value(e.a!))));
    else if (e.op === Op.Call) out.push(expr(printer.callExpression(e)));
    else out.push(expr(printer.value(e)));
  }

  private store(e: Node, out: Statement[]): void {
    const { printer } = this;
    const value = e.b!;
    if (e.type === I) {
      const want = printer.ctx.costs.coercions ? INT : ANY;
      const word = this.twice(e, value, () => printer.int(value, want), out);
      const typed = typedStore(printer, e, e.name, e.n, word);
      if (typed === undefined) out.push(expr(printer.access(e, e.name, e.n, word())));
      else this.joined(e, typed, out);
      return;
    }
    if (isExact(value) ? e.guarded : isNumeric(value)) {
      this.guardedFloat(e, out);
      return;
    }
    const write = (method: string, offset: number, part: () => Expression): void => {
      const typed = typedStore(printer, e, method, offset, part);
      if (typed === undefined) out.push(expr(printer.access(e, method, offset, part())));
      else this.joined(e, typed, out);
    };
    if (isExact(value)) {
      write(
        e.name,
        e.n,
        this.twice(e, value, () => printer.float(value), out),
      );
      return;
    }
    if (e.type === F) {
      write('setInt32', e.n, () => printer.low(value));
      return;
    }
    // The high word first: where it is in bounds, so is the low one. Nothing is written else.
    let low = printer.low(value);
    if (value.op === Op.Load) {
      const name = this.extraName(I);
      out.push(expr(assign(name, low)));
      low = id(name);
    }
    write('setInt32', e.n + 4, () => printer.high(value));
    write('setInt32', e.n, () => low);
  }

  /** Writes a float whose number is all it needs, unless it is a NaN: then its bits. */
  private guardedFloat(e: Node, out: Statement[]): void {
    const { printer } = this;
    const value = e.b!;
    const keep = (part: Expression, type: IrType): Expression => {
      const name = this.extraName(type);
      out.push(expr(assign(name, part)));
      return id(name);
    };
    printer.views.add(e.memory);
    const address = printer.address(e.a!, e.n, e.memory);
    const at = isAtom(e.a!) ? address : keep(address, D);
    const x = value.op === Op.Get ? id(value.v!.name) : keep(printer.float(value), e.type);
    const view = id(printer.viewName(e.memory));
    const write = (method: string, part: Expression): Expression =>
      call(member(view, printer.ctx.viewMethod(method)), [at, part, num(1)]);
    const bits = nanBits(printer, value);
    out.push({
      type: 'IfStatement',
      test: bin('===', x, x),
      consequent: expr(write(e.name, x)),
      alternate: expr(
        e.type === F
          ? write('setInt32', bits[0]!)
          : call(id(printer.ctx.helper('_f64_store')), [view, at, ...bits]),
      ),
    });
    if (e.a!.v !== null && printer.ctx.memory(e.memory).small) printer.facts.add(e.a!.v);
  }

  /** A value that may be printed twice, once for each way of a guarded store. */
  private twice(e: Node, value: Node, print: () => Expression, out: Statement[]): () => Expression {
    if (
      !isPrintedTwice(this.printer.ctx, e) ||
      isAtom(value) ||
      ((value.fx & ~Fx.readLocal) === 0 && value.depth <= 1)
    )
      return print;
    const name = this.extraName(e.type);
    out.push(expr(assign(name, print())));
    return () => id(name);
  }

  /** Appends a store; one that is guarded as the one before it shares its test. */
  private joined(e: Node, store: Statement, out: Statement[]): void {
    const last = this.guarded;
    const { c } = e;
    if (store.type !== 'IfStatement' || e.guard !== Guard.bounded) {
      out.push(store);
      return;
    }
    if (last !== undefined && last.index === c!.v && out[out.length - 1] === last.statement) {
      // Both go the fast way where the smallest index that either takes is reached.
      const least = (test: Expression): number =>
        Number(((test as BinaryExpression).right as Literal).value);
      if (least(store.test) > least(last.statement.test)) last.statement.test = store.test;
      last.fast.push(store.consequent);
      last.slow.push(store.alternate!);
      last.statement.consequent = block(last.fast);
      last.statement.alternate = block(last.slow);
      return;
    }
    out.push(store);
    const [fast, slow] = [[store.consequent], [store.alternate!]];
    this.guarded = { index: c!.v!, statement: store, fast, slow };
  }

  private extraName(type: IrType): string {
    return this.printer.temporary(type);
  }

  private block(stmt: Stmt, out: Statement[]): void {
    const label = stmt.label!;
    const body = stmt.body!;
    const last = body[body.length - 1];
    if (label.uses === 0) {
      for (const item of body) this.statement(item, out);
      return;
    }
    // At the end of a block, leaving a switch leaves the block.
    if (last?.kind === S.Switch) this.ends.set(last, label);
    const inner = this.scope(body);
    if (last?.kind === S.Switch && !this.named.has(label)) out.push(...inner);
    else {
      const only = inner[0]!;
      const braced = inner.length > 1 || only.type !== 'SwitchStatement';
      out.push(labeled(labelName(label), braced ? block(inner) : only));
    }
  }

  private try(stmt: Stmt, out: Statement[]): void {
    const { facts } = this.printer;
    const body = this.scope(stmt.body!);
    // A handler can be entered from anywhere in the body.
    for (const v of assignedIn(stmt.body!)) facts.remove(v);
    const handler = this.scope(stmt.alt!);
    out.push({
      type: 'TryStatement',
      block: block(body),
      handler: { type: 'CatchClause', param: id(THROWN), body: block(handler) },
      finalizer: null,
    });
  }

  private loop(stmt: Stmt, out: Statement[]): void {
    const label = stmt.label!;
    const body = stmt.body!;
    for (const v of this.coercions.assigned.get(label) ?? []) this.printer.facts.remove(v);
    const last = body[body.length - 1];
    const again =
      label.uses === 1 &&
      last?.kind === S.If &&
      last.alt!.length === 0 &&
      last.body!.length === 1 &&
      last.body![0]!.kind === S.Br &&
      last.body![0]!.label === label;
    const strips = this.coercions.strips.has(label);
    const head = this.head(label);
    this.targets.push({ breaks: undefined, continues: again ? undefined : label });
    const inner = this.scope(again ? body.slice(0, -1) : body);
    this.targets.pop();
    if (again && !strips) {
      const test = this.printer.int(last.e!, COND);
      out.push({ type: 'DoWhileStatement', body: block([...head, ...inner]), test });
      return;
    }
    const leave = brk(strips ? stripName(label) : undefined);
    if (again) {
      const test = this.printer.int(eqz(last.e!), COND);
      inner.push({ type: 'IfStatement', test, consequent: leave, alternate: null });
    } else if (!endsAbruptly(body)) inner.push(leave);
    else if (last?.kind === S.Br && last.label === label) inner.pop();
    const loop = strips ? this.strip(inner) : endless([...head, ...inner]);
    const named = this.named.has(label) ? labeled(labelName(label), loop) : loop;
    out.push(strips ? labeled(stripName(label), endless([...head, named])) : named);
  }

  /**
   * Some rounds of a loop in strips; the coercions stand between these. Where V8 compiles a function in
   * the midst of its outermost loop, it knows no type of what the loop carries, and takes the next round
   * for no better than the first. At the head of a second loop around it, types hold for all of a strip.
   */
  private strip(body: Statement[]): Statement {
    const rounds = this.extraName(I);
    return {
      type: 'ForStatement',
      init: assign(rounds, num(STRIP)),
      test: id(rounds),
      update: assign(rounds, bin('|', bin('-', id(rounds), num(1)), num(0))),
      body: block(body),
    };
  }

  private head(label: Label): Statement[] {
    return this.coerce(this.coercions.heads.get(label) ?? []);
  }

  private branch(label: Label): Statement {
    const target = this.targets[this.targets.length - 1];
    if (!label.isLoop && target?.breaks === label) return brk(undefined);
    if (label.isLoop && target?.continues === label) return cont(undefined);
    this.named.add(label);
    return label.isLoop ? cont(labelName(label)) : brk(labelName(label));
  }

  private if(stmt: Stmt, out: Statement[]): void {
    const { printer } = this;
    if (mergeable(stmt)) {
      const v = stmt.body![0]!.v!;
      if ((v.type === I || v.type === R) && v.needNumber) {
        const test = printer.int(stmt.e!, COND);
        const [a, b] = [stmt.body!, stmt.alt!].map((list) =>
          printer.facts.scope(() => printer.value(list[0]!.e!)),
        );
        printer.facts.remove(v);
        out.push(expr(assign(v.name, cond(test, a!, b!))));
        return;
      }
    }
    // The arm that is mostly taken comes first where there are two.
    const second = stmt.likely === false && stmt.alt!.length > 0;
    const flip = stmt.body!.length === 0 || second;
    const test = printer.int(flip ? eqz(stmt.e!) : stmt.e!, COND);
    const then = this.scope(stmt.body!);
    const otherwise = this.scope(stmt.alt!);
    if (then.length === 0 && otherwise.length === 0) {
      if (!isPure(stmt.e!.fx)) out.push(expr(printer.int(stmt.e!, INT)));
      return;
    }
    const arms = flip ? [otherwise, then] : [then, otherwise];
    out.push({
      type: 'IfStatement',
      test,
      consequent: arms[0]!.length === 0 ? block([]) : arm(arms[0]!),
      alternate: arms[1]!.length === 0 ? null : arm(arms[1]!),
    });
  }

  private switch(stmt: Stmt, out: Statement[]): void {
    const targets = stmt.targets!;
    const inline = stmt.cases ?? [];
    const numbers = new Map<Label, number[]>();
    const otherwise = targets[targets.length - 1]!;
    targets.forEach((label, i) => {
      // Indices that go where the default goes need no case.
      if (label === otherwise) return;
      const list = numbers.get(label);
      if (list === undefined) numbers.set(label, [i]);
      else list.push(i);
    });
    const cases: SwitchCase[] = [];
    const discriminant = this.printer.int(stmt.e!, INT);
    const around = this.targets[this.targets.length - 1];
    this.targets.push({ breaks: this.ends.get(stmt), continues: around?.continues });
    const heads = (label: Label): SwitchCase[] => {
      const found: SwitchCase[] = (numbers.get(label) ?? []).map((i) => ({
        type: 'SwitchCase',
        test: num(i),
        consequent: [],
      }));
      if (label === otherwise) found.push({ type: 'SwitchCase', test: null, consequent: [] });
      return found;
    };
    const inside = new Set(inline.map((item) => item.label));
    for (const label of new Set([...numbers.keys(), otherwise])) {
      if (inside.has(label)) continue;
      const group = heads(label);
      group[group.length - 1]!.consequent = [this.branch(label)];
      cases.push(...group);
    }
    for (const item of inline) {
      const group = heads(item.label);
      const code = this.scope(item.body);
      if (group.length > 0) group[group.length - 1]!.consequent = code;
      else for (const item of code) cases[cases.length - 1]?.consequent.push(item);
      cases.push(...group);
    }
    this.targets.pop();
    // The last arm ends where the switch does.
    const tail = cases[cases.length - 1]?.consequent;
    const leaves = tail?.[tail.length - 1];
    if (leaves?.type === 'BreakStatement' && !leaves.label && tail!.length > 1) tail!.pop();
    out.push({
      type: 'SwitchStatement',
      discriminant,
      cases,
    });
  }

  private return(values: Node[], out: Statement[]): void {
    const { printer } = this;
    if (values.length === 0) {
      out.push(ret(null));
      return;
    }
    const next = { h: 0, d: 0, r: 0 };
    values.forEach((node, i) => {
      if (i === 0) return;
      const cls = node.type === I ? 'h' : node.type === R ? 'r' : 'd';
      const name = printer.ctx.channel(cls, next[cls]++);
      out.push(expr(assign(name, printer.value(node))));
    });
    // The caller tells the engine the type of a result.
    let first = values[0]!.type === I ? printer.result(values[0]!) : printer.value(values[0]!);
    if (this.returns.bits || this.returns.escapes) {
      // What calls or reads the channel comes before the channel is set.
      if ((values[0]!.fx & (Fx.readState | Fx.writeState)) !== 0) {
        const name = this.extraName(values[0]!.type);
        out.push(expr(assign(name, first)));
        first = id(name);
      }
      for (const node of values)
        if (node.type === F || node.type === D) this.returnBits(node, next, out);
    }
    out.push(ret(first));
  }

  /** Sets the channel to the bits of a float result; they count only for a NaN. */
  private returnBits(node: Node, next: { h: number }, out: Statement[]): void {
    const { printer } = this;
    const put = (value: Expression): void => {
      out.push(expr(assign(printer.ctx.channel('h', next.h++), value)));
    };
    if (isNumeric(node)) {
      for (const word of nanBits(printer, node)) put(word);
      return;
    }
    put(printer.low(node));
    if (node.type === D) put(printer.high(node));
  }

  /** Sets the channel to the bits of canonical NaNs for all float results. */
  private canonicalNans(out: Statement[]): void {
    const { printer, returns } = this;
    const types = returns.results.flatMap((type) =>
      new Array<IrType>(slotCount(type)).fill(slotType(type)),
    );
    let next = types.filter((type, i) => type === I && i > 0).length;
    for (const type of types)
      for (const word of type === F ? [0x7fc00000] : type === D ? [0, 0x7ff80000] : [])
        out.push(expr(assign(printer.ctx.channel('h', next++), num(word))));
  }

  /** @param late the call must be made behind the handlers around it */
  private tailCall(e: Node, late: boolean, out: Statement[]): void {
    const { printer, returns } = this;
    const bounces = returns.bounces(e);
    if (!bounces && !late) {
      if (!returns.leavesChannel(e)) {
        out.push(ret(printer.callExpression(e)));
        return;
      }
      const name = this.extraName(e.type);
      out.push(expr(assign(name, printer.callExpression(e))));
      this.canonicalNans(out);
      out.push(ret(id(name)));
      return;
    }
    // The closure keeps the values of this moment, not the function's variables.
    const { callee, args } = callParts(printer, e);
    const names: [string, Expression][] = [];
    const keep = (value: Expression): Expression => {
      names.push([`y${names.length}`, value]);
      return id(`y${names.length - 1}`);
    };
    const { kind, index } = e.call!;
    const name = kind === 'func' ? printer.ctx.funcName(index) : '';
    const target = kind === 'func' ? id(bounces ? tailBodyName(name) : name) : keep(callee);
    const kept = args.map((arg) => (arg.type === 'Literal' ? arg : keep(arg)));
    const body: Expression =
      kind === 'func'
        ? target
        : {
            type: 'LogicalExpression',
            operator: '??',
            left: member(target, 'b'),
            right: target,
          };
    const result = call(body, kept);
    let later = arrow(result);
    if (!bounces && returns.leavesChannel(e)) {
      const then: Statement[] = [declare('const', [['z0', result]])];
      this.canonicalNans(then);
      later = arrow(block([...then, ret(id('z0'))]));
    }
    const statements: Statement[] = [];
    if (names.length > 0) statements.push(declare('const', names));
    statements.push(expr(assign(printer.ctx.helper('_tail'), later)), ret(null));
    out.push(block(statements));
  }
}

/** The variables that the statements assign. */
function assignedIn(body: Stmt[]): Set<Variable> {
  const found = new Set<Variable>();
  eachStatement(body, (stmt) => {
    if (stmt.kind === S.Set) found.add(stmt.v!);
  });
  return found;
}

/** One statement for an arm of an if: braces where they are needed. */
function arm(list: Statement[]): Statement {
  const only = list[0]!;
  if (list.length === 1 && only.type !== 'IfStatement' && only.type !== 'VariableDeclaration')
    return only;
  return block(list);
}
