/**
 * Bytes and halves that are read one by one are read once: filters load vectors that overlap, at neighbouring
 * addresses. Gets loads of single lanes in variables of their own; leaves reads of the variable that has the same
 * lane already, as long as nothing has been written meanwhile.
 */
import { Fx, get, type Node, Op, S, type Stmt, type Variable, WRITES } from '../ir/ir.js';

/** What a variable holds: another one, as it was after so many assignments, and a constant. */
interface Address {
  readonly base: Variable;
  readonly version: number;
  readonly offset: number;
}

const effects = ({ e, values }: Stmt): number =>
  [e, ...(values ?? [])].reduce((all, node) => all | (node?.fx ?? 0), 0);

/** Rewrites a list and what is inside, in place. @param lanes the variables that lanes are kept in */
export function shareLoads(list: Stmt[], lanes: ReadonlySet<Variable>): void {
  new Sharing(lanes).list(list);
}

class Sharing {
  /** Variables that have the lane at a place; what addresses are; assignments of each variable in this list. */
  private readonly known = new Map<string, Variable>();
  private readonly addresses = new Map<Variable, Address>();
  private readonly versions = new Map<Variable, number>();
  private readonly numbers = new Map<Variable, number>();

  constructor(private readonly lanes: ReadonlySet<Variable>) {}

  list(list: Stmt[]): void {
    for (const stmt of list) {
      const inside = [stmt.body, stmt.alt, ...(stmt.cases ?? []).map((item) => item.body)];
      for (const part of inside) if (part !== null) shareLoads(part, this.lanes);
      if (stmt.kind === S.Set) this.assignment(stmt);
      else if (stmt.kind !== S.Expr) this.forget();
      if ((effects(stmt) & WRITES) !== 0) this.known.clear();
    }
  }

  /** Other code may have run, in another round as well. */
  private forget(): void {
    this.known.clear();
    this.addresses.clear();
  }

  private assignment(stmt: Stmt): void {
    const v = stmt.v!;
    const e = stmt.e!;
    const place = this.lanes.has(v) ? this.place(e) : undefined;
    const before = place === undefined ? undefined : this.known.get(place);
    // A load that may trap for others stays.
    if (before !== undefined && (e.fx & Fx.trapMemory) === 0) stmt.e = get(before);
    const moved = e.op === Op.Add && e.a!.op === Op.Get && e.b!.op === Op.Const;
    const address = moved ? this.address(e.a!.v!, e.b!.n) : undefined;
    this.versions.set(v, (this.versions.get(v) ?? 0) + 1);
    this.addresses.delete(v);
    if (address !== undefined && address.base !== v) this.addresses.set(v, address);
    if (place !== undefined && before === undefined && v.sets.length === 1)
      this.known.set(place, v);
  }

  private address(v: Variable, offset: number): Address {
    const known = this.addresses.get(v);
    if (known !== undefined) return { ...known, offset: known.offset + offset };
    return { base: v, version: this.versions.get(v) ?? 0, offset };
  }

  /** Where a lane is read, in words that are the same for the same place. */
  private place(node: Node): string | undefined {
    if (node.op !== Op.Load || !/^get(Ui|I)nt(8|16)$/.test(node.name)) return undefined;
    if (node.a!.op !== Op.Get) return undefined;
    const { base, version, offset } = this.address(node.a!.v!, node.n);
    let number = this.numbers.get(base);
    if (number === undefined) this.numbers.set(base, (number = this.numbers.size));
    return `${number} ${version} ${offset} ${node.name} ${node.memory}`;
  }
}
