/**
 * Where a function must read the memory's view again. Every call that may grow a memory is followed
 * by a `Reload`; one after which no access comes before the next `Reload` or the end is dropped.
 */
import { AHEAD } from '../../ahead.js';
import { D, F, Fx, type Label, type Node, Op, S, type Stmt, someOperand } from '../ir/ir.js';
import { eachList } from '../ir/traverse.js';

/** Does an expression access memory? Words that cannot trap since another of the same access does say only that they read. */
const accessesMemory = (node: Node): boolean =>
  (node.fx & Fx.trapMemory) !== 0 ||
  ((node.fx & Fx.readMemory) !== 0 && (node.op === Op.Load || someOperand(node, accessesMemory)));

/** Is a float read from memory or written to it? */
const movesFloat = (node: Node): boolean =>
  ((node.op === Op.Load || node.op === Op.Store) && (node.type === F || node.type === D)) ||
  someOperand(node, movesFloat);

/**
 * Marks dead `Reload` statements (they become `Skip`).
 * @param floats do accesses of floats alone take the view (`accessors.ts`)?
 */
export function dropDeadReloads(body: Stmt[], floats: boolean): void {
  new Liveness(floats).list(body, false);
}

class Liveness {
  private readonly at = new Map<Label, boolean>();
  private readonly access = new Map<Stmt, boolean>();

  constructor(private readonly floats: boolean) {}

  /** Is the view live before the statements, given that it is (not) live behind them? */
  list(body: Stmt[], live: boolean): boolean {
    for (let i = body.length - 1; i >= 0; i--) live = this.statement(body[i]!, live);
    return live;
  }

  private statement(stmt: Stmt, after: boolean): boolean {
    let live = after;
    switch (stmt.kind) {
      case S.Reload:
        if (!after) stmt.kind = S.Skip;
        return false;
      case S.Block:
      case S.Loop:
        // Conservative: live at a loop's head where anything inside accesses memory.
        this.at.set(stmt.label!, stmt.kind === S.Loop ? this.accesses(stmt) : after);
        return this.list(stmt.body!, after);
      case S.If: {
        const then = this.list(stmt.body!, after);
        live = this.list(stmt.alt!, after) || then;
        break;
      }
      case S.Try: {
        // A handler reads the views anew, where it needs them.
        const handler = this.list(stmt.alt!, after);
        return this.list(stmt.body!, after) || handler;
      }
      case S.Br:
        return this.at.get(stmt.label!) ?? true;
      case S.Switch: {
        let next = after;
        live = false;
        for (let i = (stmt.cases?.length ?? 0) - 1; i >= 0; i--) {
          const item = stmt.cases![i]!;
          next = this.list(item.body, next);
          this.at.set(item.label, next);
        }
        for (const label of stmt.targets!) live ||= this.at.get(label) ?? true;
        break;
      }
      case S.Return:
      case S.Trap:
      case S.TailCall:
      case S.Throw:
        live = false;
        break;
      default:
    }
    return live || this.touches(stmt);
  }

  /** Do the statement's own expressions access memory through the view? */
  private touches({ e, values }: Stmt): boolean {
    const reads = AHEAD && this.floats ? movesFloat : accessesMemory;
    return (e !== null && reads(e)) || (values?.some(reads) ?? false);
  }

  /** Does anything inside access memory? */
  private accesses(stmt: Stmt): boolean {
    const known = this.access.get(stmt);
    if (known !== undefined) return known;
    let found = this.touches(stmt);
    eachList(stmt, (list) => {
      found ||= list.some((item) => this.accesses(item));
    });
    this.access.set(stmt, found);
    return found;
  }
}
