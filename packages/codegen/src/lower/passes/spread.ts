/** A mark that spreads over variables. */
import type { Variable } from '../ir/ir.js';

export class Spread {
  readonly marked = new Set<Variable>();
  private readonly edges = new Map<Variable, Variable[]>();

  /** A mark of `from` is one of `to`, too. */
  edge(from: Variable, to: Variable): void {
    const list = this.edges.get(from);
    if (list === undefined) this.edges.set(from, [to]);
    else list.push(to);
  }

  /** Marks all that is to be marked; takes time linear in the number of edges. */
  run(): void {
    const work = [...this.marked];
    for (let v = work.pop(); v !== undefined; v = work.pop())
      for (const to of this.edges.get(v) ?? [])
        if (!this.marked.has(to)) {
          this.marked.add(to);
          work.push(to);
        }
  }
}
