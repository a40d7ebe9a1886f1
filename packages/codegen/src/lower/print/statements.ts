/**
 * Statements of the intermediate representation as ESTree: assignments, and the control structure with its labels. Gets
 * structured statements; gives those of JavaScript, in which stores are printed by `stores.ts`, and what leaves the
 * function by `results.ts`. Keeps: what is evaluated comes in the order of the operands, and what is known of
 * variables (`facts`) holds only on the path that has proved it.
 */

import type { Expression, Statement, SwitchCase } from 'estree';
import { AHEAD } from '../../ahead.js';
import {
  assign,
  assignTo,
  at,
  bin,
  block,
  brk,
  call,
  cond,
  cont,
  endless,
  expr,
  id,
  labeled,
  member,
  num,
  plus,
  str,
} from '../../estree.js';
import type { Coercions } from '../analyses/coercions.js';
import { isExact, isNumeric } from '../analyses/floats.js';
import { eqz, isNonNegative } from '../ir/int.js';
import {
  D,
  endsAbruptly,
  F,
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
import { eachStatement } from '../ir/traverse.js';
import { goesBack, mergeable } from '../passes/structure.js';
import { chooseAgain, printChoice } from './choices.js';
import { printExchange } from './exchanges.js';
import { keepBits, setElement } from './heap.js';
import { nanBits } from './nan-bits.js';
import { printNeighbours } from './neighbours.js';
import type { Printer } from './printer.js';
import { ResultPrinter, type Returns } from './results.js';
import { StorePrinter } from './stores.js';
import { COND, INT } from './wants.js';

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

/** Prints the statements of one function. */
export class StatementPrinter {
  private readonly stores: StorePrinter;
  private readonly results: ResultPrinter;
  private readonly targets: Target[] = [];
  /** Labels that a `break` or a `continue` names. */
  private readonly named = new Set<Label>();
  /** Switches at the end of a block: the block's label. */
  private readonly ends = new Map<Stmt, Label>();

  constructor(
    protected readonly printer: Printer,
    returns: Returns,
    private readonly coercions: Coercions,
  ) {
    this.stores = new StorePrinter(printer);
    this.results = new ResultPrinter(printer, returns);
  }

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
    for (let i = 0; i < body.length; i++) {
      const printed =
        AHEAD &&
        (printExchange(this.printer, body, i, out) || printNeighbours(this.printer, body, i, out));
      if (AHEAD && printed) i += printed - 1;
      else this.statement(body[i]!, out);
    }
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
        this.results.return(stmt.values!, out);
        break;
      case S.Trap:
        out.push({
          type: 'ThrowStatement',
          argument: call(id(printer.ctx.helper('_trap')), [str(stmt.text)]),
        });
        break;
      case S.TailCall:
        this.results.tailCall(stmt.e!, stmt.late, out);
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
        if (!AHEAD) break;
        for (const [view, name] of printer.typedViews)
          if (printer.ctx.memory(printer.ctx.memoryViews.get(view)!).growable)
            out.push(expr(assign(name, id(view))));
        chooseAgain(printer, out);
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
    if (AHEAD && v.chosen !== undefined) {
      printChoice(printer, v, e, out);
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
    if (e.op === Op.Store) this.stores.store(e, out);
    else if (e.op === Op.SetField)
      out.push(assignTo(member(printer.value(e.a!), e.name), printer.value(e.b!)));
    else if (e.op === Op.SetElem) setElement(printer, e, (type) => this.extraName(type), out);
    else if (e.op === Op.KeepBits) out.push(keepBits(printer, e));
    else if (AHEAD && e.op === Op.SetName && e.b !== null)
      out.push(assignTo(at(id(e.name), printer.value(e.b)), printer.value(e.a!)));
    else if (e.op === Op.SetName) out.push(expr(assign(e.name, printer.value(e.a!))));
    else if (e.op === Op.Call) out.push(expr(printer.callExpression(e)));
    else out.push(expr(printer.value(e)));
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
    // A `break` without a label leaves a labelled block in QuickJS of 2021, not the `switch` around it.
    this.targets.push({ breaks: undefined, continues: this.targets.at(-1)?.continues });
    const inner = this.scope(body);
    this.targets.pop();
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
    // An if that is all of the loop has the loop's test.
    const test =
      AHEAD &&
      !again &&
      !strips &&
      head.length + body.length === 1 &&
      last?.kind === S.If &&
      goesBack(body, label)
        ? this.printer.int(last.e!, COND)
        : null;
    const leave = brk(strips ? stripName(label) : undefined);
    const inner = this.printer.facts.scope(() =>
      again && !strips
        ? this.list(body.slice(0, -1))
        : this.rounds(test === null ? body : last!.body!, label, leave),
    );
    this.targets.pop();
    if (again && !strips) {
      const until = this.printer.int(last.e!, COND);
      out.push({ type: 'DoWhileStatement', body: block([...head, ...inner]), test: until });
      return;
    }
    const loop = strips ? this.strip(inner) : endless([...head, ...inner], test);
    const named = this.named.has(label) ? labeled(labelName(label), loop) : loop;
    out.push(strips ? labeled(stripName(label), endless([...head, named])) : named);
  }

  /** Statements of a loop: where they end it goes back to its head, and what ends in IR leaves it. */
  private rounds(body: Stmt[], label: Label, leave: Statement): Statement[] {
    const last = body[body.length - 1];
    const back = goesBack(body, label);
    const out = this.list(back ? body.slice(0, -1) : body);
    if (AHEAD && back && last!.kind === S.If) {
      const test = this.printer.int(eqz(last!.e!), COND);
      out.push({ type: 'IfStatement', test, consequent: leave, alternate: null });
      out.push(...this.rounds(last!.body!, label, leave));
    } else if (!endsAbruptly(body)) out.push(leave);
    return out;
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
      // Not printed anew: what the accesses in it tell holds behind it.
      if (!isPure(stmt.e!.fx)) out.push(expr(test));
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
