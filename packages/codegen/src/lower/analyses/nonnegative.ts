/**
 * Which variables hold no negative value at the point that is being printed. Facts come from
 * assignments and from memory accesses that did not trap; what is found in code that may be skipped
 * is forgotten at its end, what is lost there stays lost.
 */
import type { Variable } from '../ir/ir.js';

export class Facts {
  private readonly known = new Set<Variable>();
  private added: Variable[] = [];

  has(v: Variable): boolean {
    return this.known.has(v);
  }

  add(v: Variable): void {
    if (this.known.has(v)) return;
    this.known.add(v);
    this.added.push(v);
  }

  remove(v: Variable): void {
    this.known.delete(v);
  }

  /** Runs `body` for code that may be skipped or left early. */
  scope<T>(body: () => T): T {
    const outer = this.added;
    this.added = [];
    const result = body();
    for (const v of this.added) this.known.delete(v);
    this.added = outer;
    return result;
  }
}
