/**
 * What every `switch` of a C program becomes is a nest of blocks with a `br_table` inside: code behind the end
 * of a block is where the table goes for its label. Here that code moves into the switch, as its arms, and the
 * nest is gone; arms fall through into the next as blocks end into one another. A block takes part as long as all
 * branches to its label come from the switch. What stands before the nest in a block goes in front of the switch.
 */
import { AHEAD } from '../../ahead.js';
import { type Label, S, type Stmt } from '../ir/ir.js';
import { eachListInside } from '../ir/traverse.js';

/** Rewrites the statements in place; takes time linear in their number. */
export function gatherArms(body: Stmt[]): void {
  const gatherer = new Gatherer();
  eachListInside(body, (list, owner) => gatherer.list(list, owner));
}

class Gatherer {
  /** The switch that ends a block, where all branches to the block's label are its own. */
  private readonly endings = new Map<Stmt, Stmt>();
  private readonly counts = new Map<Stmt, Map<Label, number>>();
  /** What comes before a switch whose nest is not yet left: the innermost first. */
  private readonly before = new Map<Stmt, Stmt[][]>();

  /** Looks at a list when all that is inside of it has been looked at. */
  list(list: Stmt[], owner: Stmt | undefined): void {
    const isBlock = owner?.kind === S.Block;
    let at = -1;
    list.forEach((stmt, i) => {
      if ((AHEAD && stmt.kind !== S.Block) || !this.endings.has(stmt)) return;
      // Code between two nests stays between them: one in the arms of the other would nest ever deeper.
      if (isBlock && at < 0) at = i;
      else this.settle(stmt.body!);
    });
    if (!isBlock) return;
    let choice = list[list.length - 1];
    if (at >= 0) {
      const inner = list[at]!;
      choice = this.endings.get(inner)!;
      choice.cases ??= [];
      choice.cases.push({ label: inner.label!, body: list.splice(at + 1) });
      list.pop();
    } else {
      if (choice?.kind !== S.Switch || choice.cases !== null) return;
      list.pop();
      this.before.set(choice, []);
    }
    const outside = list.splice(0);
    if (outside.length > 0) this.before.get(choice)!.push(outside);
    list.push(choice);
    const label = owner.label!;
    if (this.countsOf(choice).get(label) === label.uses) this.endings.set(owner, choice);
    else this.settle(list);
  }

  /** Puts what comes before the switch, the only statement of a list, back in front of it. */
  private settle(list: Stmt[]): void {
    const choice = list.pop()!;
    for (const chunk of this.before.get(choice)!.reverse())
      for (const stmt of chunk) list.push(stmt);
    list.push(choice);
  }

  /** How often the switch has each label among its targets. */
  private countsOf(choice: Stmt): Map<Label, number> {
    let counts = this.counts.get(choice);
    if (counts === undefined) {
      counts = new Map();
      for (const label of choice.targets!) counts.set(label, (counts.get(label) ?? 0) + 1);
      this.counts.set(choice, counts);
    }
    return counts;
  }
}
