/**
 * Puts values where they are used: an assignment whose variable is read once, later in the same
 * run of statements, moves into the expression that reads it, as long as nothing in between
 * conflicts. Fewer variables and statements mean fewer bytecodes and smaller text.
 */
import { BITS, isExact } from '../analyses/floats.js';
import { rebuild } from '../ir/int.js';
import {
  conflicts,
  D,
  F,
  Fx,
  isPure,
  type Node,
  Op,
  reads,
  S,
  type Stmt,
  type Variable,
} from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';
import { TRUNCATIONS } from '../ir/truncations.js';
import { isSettledExtreme } from './extremes.js';

/** At most this many assignments wait for their reader at a time. */
const MAX_PENDING = 16;
/** Expressions do not grow higher than this. */
const MAX_DEPTH = 80;

interface Pending {
  v: Variable;
  e: Node;
  stmt: Stmt;
}

const isFloat = (node: Node): boolean => node.type === F || node.type === D;

/** Counts the reads of every variable in what will be printed. */
export function countReads(body: Stmt[]): void {
  eachStatement(body, (stmt) => {
    if (stmt.kind === S.Set && isDeadSet(stmt)) return;
    if (stmt.e !== null) countNode(stmt.e);
    if (stmt.values !== null) for (const node of stmt.values) countNode(node);
  });
}

function countNode(node: Node): void {
  if (node.v !== null) node.v.gets++;
  if (node.a !== null) countNode(node.a);
  // The index is printed once for each function that it may name.
  if (node.call?.among !== undefined) countNode(node.a!);
  if (node.b !== null) countNode(node.b);
  if (node.c !== null) countNode(node.c);
  if (node.list !== null) for (const arg of node.list) countNode(arg);
}

/** Is the assignment neither needed nor evaluated for an effect? */
const isDeadSet = (stmt: Stmt): boolean =>
  !stmt.v!.needNumber && !stmt.v!.needBits && isPure(stmt.e!.fx);

/** Moves assignments into their readers, in place. */
export function forward(body: Stmt[]): void {
  countReads(body);
  new Forwarder().list(body, []);
}

/** Makes the node at least as high as this operand needs. @returns the operand's effects */
function above(node: Node, operand: Node): number {
  if (operand.depth >= node.depth) node.depth = operand.depth + 1;
  return operand.fx;
}

class Forwarder {
  private pending: Pending[] = [];
  /** Effects of what the present statement has evaluated so far. */
  private before = 0;

  /** Processes a list that begins with these assignments pending. */
  list(body: Stmt[], pending: Pending[]): void {
    let waiting = pending;
    for (const stmt of body) {
      this.pending = waiting;
      waiting = this.statement(stmt);
    }
  }

  /** Processes a statement; what is pending behind it. */
  private statement(stmt: Stmt): Pending[] {
    this.before = 0;
    switch (stmt.kind) {
      case S.Set: {
        if (isDeadSet(stmt)) return this.pending;
        stmt.e = this.expression(stmt.e!, this.multiple(stmt.v!, stmt.e!));
        this.pass(stmt.e.fx);
        this.passAssignment(stmt.v!);
        if (this.movable(stmt)) {
          if (this.pending.length >= MAX_PENDING) this.pending.shift();
          this.pending.push({ v: stmt.v!, e: stmt.e, stmt });
        }
        return this.pending;
      }
      case S.Expr:
        stmt.e = this.expression(stmt.e!, false);
        this.pass(stmt.e.fx);
        return this.pending;
      case S.Block:
        this.list(stmt.body!, this.pending);
        return [];
      case S.Skip:
        return this.pending;
      case S.If:
      case S.Switch:
        stmt.e = this.expression(stmt.e!, false);
        this.list(stmt.body ?? [], []);
        this.list(stmt.alt ?? [], []);
        for (const item of stmt.cases ?? []) this.list(item.body, []);
        return [];
      case S.Loop:
        this.list(stmt.body!, []);
        return [];
      case S.Try:
        // What traps or throws must not get into the body, nor out of it.
        this.list(stmt.body!, []);
        this.list(stmt.alt!, []);
        return [];
      case S.Throw:
        stmt.e = this.expression(stmt.e!, false);
        return [];
      case S.Return: {
        const values = stmt.values!;
        if (values.length === 1) values[0] = this.expression(values[0]!, false);
        return [];
      }
      case S.TailCall:
        stmt.e = this.expression(stmt.e!, true);
        return [];
      case S.Reload:
        // What was computed before the call must not come behind the new view.
        this.pass(Fx.writeMemory | Fx.readMemory | Fx.writeState);
        return this.pending;
      default:
        return [];
    }
  }

  /** Is the assigned expression evaluated more than once when it is printed? */
  private multiple(v: Variable, e: Node): boolean {
    return isFloat(e) && v.needBits && !isExact(e);
  }

  private movable(stmt: Stmt): boolean {
    const v = stmt.v!;
    return (
      v.gets === 1 && v.sets.length === 1 && v.param < 0 && v.needNumber && !v.needBits && !v.pinned
    );
  }

  /** Forgets what must not move behind effects `fx`. */
  private pass(fx: number): void {
    if (fx === 0 || this.pending.length === 0) return;
    this.keep((item) => !conflicts(item.e.fx, fx));
  }

  private passAssignment(v: Variable): void {
    if (this.pending.length === 0 || (v.sets.length === 1 && v.stable)) return;
    this.keep((item) => (item.e.fx & Fx.readLocal) === 0 || !reads(item.e, v));
  }

  /** Forgets the others; nobody else has the list. */
  private keep(test: (item: Pending) => boolean): void {
    const { pending } = this;
    let count = 0;
    for (const item of pending) if (test(item)) pending[count++] = item;
    if (count < pending.length) pending.length = count;
  }

  /** Substitutes in an expression; `fixed`: only its effects count. */
  private expression(node: Node, fixed: boolean): Node {
    if (this.pending.length === 0) return node;
    return this.visit(node, fixed, false);
  }

  /**
   * @param fixed the expression is printed more than once: nothing may move into it
   * @param maybe the expression is evaluated conditionally: only what is pure may
   */
  private visit(node: Node, fixed: boolean, maybe: boolean): Node {
    if (node.op === Op.Get) return fixed ? node : this.read(node, maybe);
    if (node.op === Op.Const || node.op === Op.FConst || node.op === Op.Null) return node;
    const still =
      fixed ||
      (isFloat(node) && (node.mode & BITS) !== 0) ||
      this.storesWords(node) ||
      node.op === Op.KeepBits ||
      isSettledExtreme(node) ||
      TRUNCATIONS[node.name] !== undefined;
    let { a, b, c } = node;
    const own = node.fx;
    if (node.op === Op.Select) {
      c = this.visit(c!, still, maybe);
      a = this.visit(a!, still, true);
      b = this.visit(b!, still, true);
    } else if (node.op === Op.LAnd || node.op === Op.LOr) {
      a = this.visit(a!, still, maybe);
      b = this.visit(b!, still, true);
    } else {
      // Array and index are printed more than once; where these trap, what is written is not evaluated.
      const element = node.op === Op.Elem || node.op === Op.SetElem;
      if (a !== null) a = this.visit(a, still || element, maybe);
      // The callee is read behind the index and before the arguments.
      if (node.call?.changing === true) this.before |= Fx.readTable;
      if (b !== null) b = this.visit(b, still || element, maybe);
      if (element) this.before |= Fx.trap;
      // A float that is moved is printed with its bits.
      if (c !== null) c = this.visit(c, still || (element && isFloat(c) && !isExact(c)), maybe);
    }
    let fx = own;
    if (node.list !== null) {
      const list = node.list;
      for (let i = 0; i < list.length; i++) {
        list[i] = this.visit(list[i]!, still, maybe);
        fx |= list[i]!.fx;
        if (list[i]!.depth >= node.depth) node.depth = list[i]!.depth + 1;
      }
    }
    this.before |= own;
    let result = node;
    if (a !== node.a || b !== node.b || c !== node.c) {
      const list = node.list;
      result = rebuild(node, a, b, c);
      if (list !== null) result.list = list;
    }
    if (a !== null) fx |= above(result, a);
    if (b !== null) fx |= above(result, b);
    if (c !== null) fx |= above(result, c);
    if (result === node) node.fx |= fx;
    return result;
  }

  /** A store of a float as two words evaluates its address twice. */
  private storesWords(node: Node): boolean {
    return node.op === Op.Store && node.type === D && !isExact(node.b!);
  }

  /** A read: the pending expression, if it may move here. */
  private read(node: Node, maybe: boolean): Node {
    const { pending } = this;
    // Most variables are read more than once, and wait nowhere.
    let index = node.v!.gets === 1 ? pending.length - 1 : -1;
    while (index >= 0 && pending[index]!.v !== node.v) index--;
    if (index < 0) {
      this.before |= node.fx;
      return node;
    }
    const { e, stmt, v } = this.pending[index]!;
    if (e.depth > MAX_DEPTH || conflicts(e.fx, this.before) || (maybe && !isPure(e.fx))) {
      this.before |= node.fx;
      return node;
    }
    this.pending.splice(index, 1);
    stmt.kind = S.Skip;
    stmt.e = null;
    stmt.v = null;
    v.needNumber = false;
    this.before |= e.fx;
    return e;
  }
}
