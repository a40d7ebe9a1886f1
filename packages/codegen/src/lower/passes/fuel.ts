/**
 * Metering: takes a unit of fuel where the function begins, where each round of a loop does, and at marks. Gets the
 * finished body. The tank `K0` (`support/fuel.js`) counts units down in its field `n`. A function with loops counts in a
 * variable of its own, which engines keep in a register: the tank's field is right wherever other code runs (around calls,
 * and where the function is left), and the variable everywhere else. Only what a trap of the function itself ends does not
 * come back to the tank, which nothing can go on after.
 */
import { isChargeMark, TANK } from '../ir/fuel.js';
import { binary, constant, sub } from '../ir/int.js';
import {
  endsAbruptly,
  FX_CALL,
  Fx,
  get,
  helper,
  I,
  ifStmt,
  type Node,
  nameNode,
  Op,
  R,
  S,
  type Stmt,
  setName,
  setStmt,
  someOperand,
  Variable,
} from '../ir/ir.js';
import { eachList, eachStatement, traverse } from '../ir/traverse.js';

const FIELD = `${TANK}.n`;

const field = (): Node => nameNode(FIELD, I);
const less = (of: Node): Node => sub(of, constant(1));
const refill = (): Node => helper('_refuel', I, Fx.trap | Fx.writeState, [nameNode(TANK, R, 0)]);

/** What is done when there is less than nothing. */
function whenEmpty(left: Node, fill: Stmt): Stmt {
  const empty = ifStmt(binary(Op.LtS, left, constant(0)), [fill]);
  empty.likely = false;
  return empty;
}

/** May evaluating this run other code that is metered? */
const calls = (node: Node): boolean =>
  node.op === Op.Call ||
  (node.op === Op.Helper && (node.fx & FX_CALL) === FX_CALL) ||
  someOperand(node, calls);

/** Is there a loop among the statements? */
function hasLoop(body: Stmt[]): boolean {
  let found = false;
  eachStatement(body, ({ kind }) => {
    if (kind === S.Loop) found = true;
  });
  return found;
}

/** Meters a function in place. @param variables gets those that are needed */
export function meter(body: Stmt[], variables: Variable[]): void {
  if (hasLoop(body)) new Counted(variables).function(body);
  else meterPlain(body);
}

/** A function without loops: the tank's own field is counted down. */
function meterPlain(body: Stmt[]): void {
  const charge = (): Stmt[] => [
    setName(FIELD, less(field())),
    whenEmpty(field(), setName(FIELD, refill())),
  ];
  traverse(body, {
    leaveList: (list) => {
      for (let i = list.length - 1; i >= 0; i--)
        if (isChargeMark(list[i]!)) list.splice(i, 1, ...charge());
    },
  });
  body.unshift(...charge());
}

/** A function with loops, which has a counter of its own. */
class Counted {
  private readonly counter: Variable;
  private made = 0;

  constructor(private readonly variables: Variable[]) {
    this.counter = this.variable();
  }

  function(body: Stmt[]): void {
    this.list(body);
    if (!endsAbruptly(body)) body.push(this.hand());
    body.unshift(setStmt(this.counter, less(field())), this.filled());
  }

  private variable(): Variable {
    const made = new Variable(`fuel${this.made++}`, I, false, false);
    made.needNumber = true;
    this.variables.push(made);
    return made;
  }

  /** Fills up where nothing is left. */
  private filled(): Stmt {
    return whenEmpty(get(this.counter), setStmt(this.counter, refill()));
  }

  private charge(): Stmt[] {
    return [setStmt(this.counter, less(get(this.counter))), this.filled()];
  }

  /** Gives the count to the tank; takes it back. */
  private hand = (): Stmt => setName(FIELD, get(this.counter));
  private take = (): Stmt => setStmt(this.counter, field());

  /** Rewrites a list in place. */
  private readonly list = (list: Stmt[]): void => {
    const out: Stmt[] = [];
    for (const stmt of list) this.statement(stmt, out);
    list.length = 0;
    for (const stmt of out) list.push(stmt);
  };

  private statement(stmt: Stmt, out: Stmt[]): void {
    const called = stmt.e !== null && calls(stmt.e);
    switch (stmt.kind) {
      case S.Expr:
      case S.Set:
        if (isChargeMark(stmt)) out.push(...this.charge());
        else if (called) out.push(this.hand(), stmt, this.take());
        else out.push(stmt);
        return;
      case S.Return:
      case S.TailCall:
      case S.Throw:
        out.push(this.hand(), stmt);
        return;
      case S.If:
      case S.Switch:
        if (called) {
          // The count is taken back before any arm begins.
          const value = this.variable();
          out.push(this.hand(), setStmt(value, stmt.e!), this.take());
          stmt.e = get(value);
        }
        break;
      default:
        break;
    }
    eachList(stmt, this.list);
    if (stmt.kind === S.Loop) stmt.body!.unshift(...this.charge());
    // Whatever has thrown has left its count in the tank.
    if (stmt.kind === S.Try) stmt.alt!.unshift(this.take());
    out.push(stmt);
  }
}
