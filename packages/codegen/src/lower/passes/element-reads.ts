/**
 * Elements of arrays that are read again before one could have changed. Gets statements before floats are looked at, in order; leaves the first
 * read in a variable, and reads of that in place of the others.
 *
 * Engines read each time, and test the index each time where the array is not of a kind they are sure of. Only a list of statements without
 * control between them is looked at, and an element is read ahead of its statement only where nothing before it traps or writes.
 */
import {
  eachOperand,
  Fx,
  get,
  I,
  isPure,
  Node,
  Op,
  R,
  replaceOperands,
  S,
  type Stmt,
  setStmt,
  someOperand,
  Variable,
} from '../ir/ir.js';
import { eachList } from '../ir/traverse.js';

/** So many statements further another read is looked for. */
const REACH = 16;

/** Shares reads of elements in statements and all inside, in place; new variables are added. */
export function shareElements(list: Stmt[], variables: Variable[]): void {
  for (let i = 0; i < list.length; i++) {
    const stmt = list[i]!;
    eachList(stmt, (inside) => shareElements(inside, variables));
    for (let read = firstRead(stmt); read !== undefined; read = firstRead(stmt)) {
      const own = stmt.kind === S.Set && stmt.e === read;
      const v = own ? stmt.v! : new Variable(`el${variables.length}`, read.type, false, false);
      if (v === read.a!.v || v === read.b!.v || !new Reuse(read, v, false).from(list, i)) break;
      if (own) {
        new Reuse(read, v, true).from(list, i);
        break;
      }
      const first = new Node(Op.Elem, read.type, read.fx, read.a, read.b, null, read.n);
      first.m = read.m;
      first.memory = read.memory;
      v.exact = read.type === I || read.type === R;
      variables.push(v);
      new Reuse(read, v, true, true).from(list, i);
      list.splice(i++, 0, setStmt(v, first));
    }
  }
}

/** The element that a statement reads before all else that can be noticed. */
function firstRead({ e, values }: Stmt): Node | undefined {
  const node = e ?? values?.find(({ fx }) => !isPure(fx));
  const found = node === undefined ? undefined : firstNoticed(node);
  return found !== undefined && isPlainRead(found) ? found : undefined;
}

const isPlainRead = ({ op, a, b }: Node): boolean =>
  op === Op.Elem && a!.op === Op.Get && (b!.op === Op.Get || b!.op === Op.Const);

/** What evaluating an expression does first that can be noticed: a node whose operands do nothing. */
function firstNoticed(node: Node): Node | undefined {
  if (isPure(node.fx)) return undefined;
  if (node.op === Op.Select) return firstNoticed(node.c!) ?? node;
  if (node.op === Op.LAnd || node.op === Op.LOr) return firstNoticed(node.a!) ?? node;
  let found: Node | undefined;
  eachOperand(node, (operand) => {
    found ??= firstNoticed(operand);
  });
  return found ?? node;
}

/** Reads of one element, from a statement on. */
class Reuse {
  private found = false;

  constructor(
    private readonly read: Node,
    private readonly v: Variable,
    /** Are the reads replaced, or only looked for? And the first? */
    private readonly replaces: boolean,
    private readonly first = false,
  ) {}

  /** @returns whether there is another read */
  from(list: Stmt[], start: number): boolean {
    const { a, b, type } = this.read;
    for (let i = start; i < Math.min(list.length, start + REACH); i++) {
      const stmt = list[i]!;
      const { kind, e, v } = stmt;
      if (e !== null) {
        if (changes(e)) break;
        stmt.e = this.expression(e);
        if (e.op === Op.SetElem && e.type === type) break;
      }
      if (stmt.values !== null) {
        if (stmt.values.some((node) => (node.fx & Fx.writeHeap) !== 0)) break;
        stmt.values = stmt.values.map((node) => this.expression(node));
      }
      if (kind === S.Set && (v === a!.v || v === b!.v || (v === this.v && i > start))) break;
      if (kind !== S.Set && kind !== S.Expr && kind !== S.Skip) break;
    }
    return this.found;
  }

  private readonly operand = (node: Node): Node => this.expression(node);

  private expression(node: Node): Node {
    const { read } = this;
    if (node === read) return this.first ? get(this.v) : node;
    if (this.isSame(node)) {
      this.found = true;
      return this.replaces ? get(this.v) : node;
    }
    if (node.op === Op.Get || node.op === Op.Const) return node;
    replaceOperands(node, this.operand);
    return node;
  }

  private isSame({ op, type, a, b, m, n }: Node): boolean {
    const { read } = this;
    return (
      op === Op.Elem &&
      type === read.type &&
      m === read.m &&
      n === read.n &&
      a!.op === Op.Get &&
      a!.v === read.a!.v &&
      b!.op === read.b!.op &&
      b!.v === read.b!.v &&
      b!.n === read.b!.n
    );
  }
}

/** May evaluating an expression change an element before its end? A field is none. */
function changes(node: Node): boolean {
  if ((node.fx & Fx.writeHeap) === 0) return false;
  if (node.op !== Op.SetElem && node.op !== Op.SetField) return true;
  return someOperand(node, ({ fx }) => (fx & Fx.writeHeap) !== 0);
}
