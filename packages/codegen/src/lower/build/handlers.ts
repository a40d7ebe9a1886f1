/**
 * Exception handling in a function that is being built: `try_table` and the legacy `try` meet in one statement, whose
 * handler begins by looking at what JavaScript has thrown. Gets frames and the operand stack, gives `S.Try` and
 * `S.Throw`. A trap never gets behind the first statement of a handler (`_caught` throws it again), and what a
 * handler does not take is thrown again as it came.
 */
import { type CatchKind, F32, F64, opcodeId, type ValType } from '@wasm2js/decoder';
import type { ModuleContext } from '../../context.js';
import { constant } from '../ir/int.js';
import {
  D,
  F,
  FX_CALL,
  Fx,
  get,
  helper,
  I,
  ifStmt,
  Node,
  nameNode,
  Op,
  R,
  S,
  Stmt,
  setStmt,
  thrownValue,
  throwStmt,
  Variable,
} from '../ir/ir.js';
import { slotCount, slotType } from '../ir/slots.js';
import { ControlBuilder } from './control.js';
import type { Frame, Handler } from './frame.js';

const ELSE = opcodeId('else');
const CATCH = opcodeId('catch');
const CATCH_ALL = opcodeId('catch_all');
const DELEGATE = opcodeId('delegate');
/** `Catch.kind` of catch_ref; those from here on take every exception. */
const WITH_REF = 1;
const ALL = 2;
const ALL_WITH_REF = 3;

export abstract class HandlerBuilder extends ControlBuilder {
  abstract readonly ctx: ModuleContext;
  /** Which handler an exception under way is delegated to (0: the next one). */
  private delegated: Variable | undefined;
  private handlers = 0;

  /** The parameter types of a tag. */
  protected abstract tagParams(tag: number): ValType[];

  /** Is control inside a body whose exceptions this function may handle? */
  get isProtected(): boolean {
    return this.tryFrom(this.frames.length - 1) >= 0;
  }

  private newHandler(): Handler {
    const number = ++this.handlers;
    return {
      clauses: [],
      stmt: undefined,
      exn: undefined,
      all: false,
      falls: false,
      number,
      past: Infinity,
    };
  }

  /** try_table. */
  enterTryTable(): void {
    const { catches } = this.reader;
    if (catches.length === 0) {
      this.enterBlock();
      return;
    }
    const last = this.frames.length - 1;
    const clauses = catches.map(({ kind, tag, label }) => ({
      kind,
      tag,
      target: this.frames[last - label]!,
    }));
    this.enterTry();
    this.frames[this.frames.length - 1]!.handler!.clauses = clauses;
  }

  /** The legacy `try`. */
  enterTry(): void {
    const { params, results } = this.blockTypes();
    this.stack.spillAll();
    this.pushFrame('try', params, results, this.stack.out, []).handler = this.newHandler();
  }

  protected override turn(): void {
    const { op, x } = this.reader;
    if (op === ELSE) this.elseArm(false);
    else if (op === CATCH) this.catchArm(x, false);
    else if (op === CATCH_ALL) this.catchArm(undefined, false);
    else if (op === DELEGATE) this.delegate(x, false);
    else this.endFrame(false);
  }

  override endFrame(reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
    if (frame.kind === 'catch') this.endCatch(frame, reachable);
    else if (frame.kind !== 'try') super.endFrame(reachable);
    else if (frame.handler!.clauses.length === 0) this.endOpen(frame, reachable, 0);
    else {
      if (reachable) this.setResults(frame);
      this.closeTry(frame, frame.body, this.clauses(frame), reachable);
    }
  }

  /** Ends a try whose exceptions nobody in this function handles: its statements stand in the outer list. */
  private endAsBlock(frame: Frame, reachable: boolean): void {
    frame.kind = 'block';
    frame.start = frame.outer.length;
    for (const stmt of frame.body) frame.outer.push(stmt);
    frame.body = frame.outer;
    this.stack.out = frame.outer;
    super.endFrame(reachable);
  }

  /**
   * Ends a try that hands all exceptions on.
   * @param number the handler that they go to; 0: the next one
   */
  private endOpen(frame: Frame, reachable: boolean, number: number): void {
    const handler = frame.handler!;
    if (number === 0 && handler.past === Infinity) {
      this.endAsBlock(frame, reachable);
      return;
    }
    if (reachable) this.setResults(frame);
    const statements = this.arrival(frame);
    if (number !== 0) statements.push(setStmt(this.delegated!, constant(number)));
    statements.push(throwStmt(thrownValue()));
    this.closeTry(frame, frame.body, statements, reachable);
  }

  /** Puts a finished try in its place. */
  private closeTry(frame: Frame, body: Stmt[], handler: Stmt[], reachable: boolean): void {
    const stmt = new Stmt(S.Try);
    stmt.body = body;
    stmt.alt = handler;
    this.close(frame, stmt);
    this.leave(frame, reachable || frame.label.uses > 0);
  }

  /** What a handler begins with: an exception for which another one was named goes on to that one. */
  private arrival({ tryAround, handler }: Frame): Stmt[] {
    const { number, past } = handler!;
    if (past === Infinity) return [];
    this.passBy(tryAround, past);
    const d = this.delegated!;
    const other = new Node(Op.Ne, I, Fx.readLocal, get(d), constant(number), null, 0);
    const onward = ifStmt(other, [throwStmt(thrownValue())]);
    return [ifStmt(get(d), [onward, setStmt(d, constant(0))])];
  }

  /** The head of a handler: the exception in a variable, memory views as they are now. */
  private head(frame: Frame): { exn: Variable; statements: Stmt[] } {
    const statements = this.arrival(frame);
    const exn = this.stack.temp(R);
    statements.push(setStmt(exn, helper(this.ctx.helper('_caught'), R, FX_CALL, [thrownValue()])));
    if (this.ctx.module.memoryTypes.length > 0) statements.push(new Stmt(S.Reload));
    return { exn, statements };
  }

  /** 1 where the exception has that tag. */
  private hasTag(exn: Variable, tag: number): Node {
    const list = [get(exn), nameNode(this.ctx.tag(tag), R, 0)];
    return helper(this.ctx.helper('_has_tag'), I, 0, list);
  }

  /** Assigns the exception's values to variables; reads of these. */
  private payload(exn: Variable, tag: number, out: Stmt[]): Node[] {
    let next = 0;
    const part = (type: 0 | 3): Node =>
      helper(this.ctx.helper('_payload'), type, 0, [get(exn), constant(next++)]);
    const nodes: Node[] = [];
    for (const type of this.tagParams(tag)) {
      if (type === F32) nodes.push(new Node(Op.FromBits, F, 0, part(I), null, null, 0));
      else if (type === F64) nodes.push(new Node(Op.FromBits, D, 0, part(I), part(I), null, 0));
      else {
        const partType = slotType(type) === R ? R : I;
        for (let i = 0; i < slotCount(type); i++) nodes.push(part(partType));
      }
    }
    return nodes.map((node) => {
      const v = this.stack.temp(node.type);
      out.push(setStmt(v, node));
      return get(v);
    });
  }

  /** What no clause takes goes on as it came. */
  private onward(exn: Variable): Stmt {
    return throwStmt(helper(this.ctx.helper('_thrown'), R, 0, [get(exn)]));
  }

  /** The handler of a try_table. */
  private clauses(frame: Frame): Stmt[] {
    const { exn, statements } = this.head(frame);
    for (const { kind, tag, target } of frame.handler!.clauses) {
      const taken: Stmt[] = [];
      const values = kind < ALL ? this.payload(exn, tag, taken) : [];
      if (withRef(kind)) values.push(get(exn));
      taken.push(...this.branchStatements(target, values));
      if (kind >= ALL) {
        statements.push(...taken);
        return statements;
      }
      statements.push(ifStmt(this.hasTag(exn, tag), taken));
    }
    statements.push(this.onward(exn));
    return statements;
  }

  /**
   * `catch` (with a tag) and `catch_all` of the legacy form.
   * @param reachable does control reach the end of what is before it
   */
  catchArm(tag: number | undefined, reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
    const handler = frame.handler!;
    if (reachable) this.setResults(frame);
    if (frame.kind === 'try') {
      const { exn, statements } = this.head(frame);
      handler.exn = exn;
      handler.falls = reachable;
      handler.stmt = new Stmt(S.Try);
      handler.stmt.body = frame.body;
      handler.stmt.alt = statements;
      frame.kind = 'catch';
    } else if (reachable) frame.body.push(this.jump(frame));
    frame.body = [];
    handler.all = tag === undefined;
    const arms = handler.stmt!.alt!;
    if (tag === undefined) frame.body = arms;
    else arms.push(ifStmt(this.hasTag(handler.exn!, tag), frame.body));
    this.stack.out = frame.body;
    this.truncate(frame);
    if (tag === undefined) return;
    const { slots, types } = this.stack;
    for (const node of this.payload(handler.exn!, tag, frame.body)) slots.push(node);
    for (const type of this.tagParams(tag)) types.push(type);
  }

  private endCatch(frame: Frame, reachable: boolean): void {
    const handler = frame.handler!;
    const { body, alt } = handler.stmt!;
    if (reachable) this.setResults(frame);
    if (!handler.all) {
      if (reachable) frame.body.push(this.jump(frame));
      alt!.push(this.onward(handler.exn!));
    }
    this.closeTry(frame, body!, alt!, reachable || handler.falls);
  }

  /** `delegate`: what the body throws goes to the handler of another construct, past those between. */
  delegate(label: number, reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
    const at = this.tryFrom(this.frames.length - 2 - label);
    if (at === frame.tryAround) {
      this.endOpen(frame, reachable, 0);
      return;
    }
    if (this.delegated === undefined) {
      this.delegated = new Variable('e0', I, false, true);
      this.stack.variables.push(this.delegated);
    }
    const number = at < 0 ? -1 : this.frames[at]!.handler!.number;
    this.passBy(frame.tryAround, at);
    this.endOpen(frame, reachable, number);
  }

  /** What goes to the handler of frame `at` meets that of frame `index`, and each further one when that is finished. */
  private passBy(index: number, at: number): void {
    if (index < 0 || index < at) return;
    const handler = this.frames[index]!.handler!;
    handler.past = Math.min(handler.past, at);
  }

  /** `throw` of a tag. */
  throwTag(tag: number): void {
    const { stack, ctx } = this;
    const types = this.tagParams(tag);
    const count = types.reduce((sum, type) => sum + slotCount(type), 0);
    if (types.some((type) => type === F32 || type === F64)) stack.forceTop(count);
    const nodes = stack.popValues(types.length);
    const word = (op: Op, node: Node): Node => new Node(op, I, node.fx, node, null, null, 0);
    const list = nodes.flatMap((node) => {
      if (node.type === F) return [word(Op.BitsLo, node)];
      return node.type === D ? [word(Op.BitsLo, node), word(Op.BitsHi, node)] : [node];
    });
    const exn = helper(ctx.helper('_exn'), R, Fx.readState, [
      nameNode(ctx.tag(tag), R, 0),
      ...list,
    ]);
    this.throwValue(exn);
  }

  /** `throw_ref`. */
  throwRef(): void {
    const exn = this.stack.pop();
    this.throwValue(helper(this.ctx.helper('_thrown_ref'), R, Fx.trap, [exn]));
  }

  /** `rethrow` of the legacy form. */
  rethrow(label: number): void {
    const frame = this.frames[this.frames.length - 1 - label]!;
    this.settle(0);
    this.stack.out.push(this.onward(frame.handler!.exn!));
    this.unreachable();
  }

  private throwValue(value: Node): void {
    this.settle(value.fx);
    this.stack.out.push(throwStmt(value));
    this.unreachable();
  }
}

const withRef = (kind: CatchKind): boolean => kind === WITH_REF || kind === ALL_WITH_REF;
