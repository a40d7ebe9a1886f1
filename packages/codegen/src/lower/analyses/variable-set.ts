/** Sets of variables by their number: copies share what they have in common. */
import { SharedArray } from './shared-array.js';

export class VariableSet {
  private constructor(private readonly words: SharedArray) {}

  /** The empty set of variables with numbers below `count`. */
  static empty(count: number): VariableSet {
    return new VariableSet(SharedArray.zeros((count + 31) >> 5));
  }

  /** A set of the same members. */
  copy(): VariableSet {
    return new VariableSet(this.words.copy());
  }

  /** Takes the members of another set. */
  assign(other: VariableSet): void {
    this.words.assign(other.words);
  }

  has(n: number): boolean {
    return (this.words.get(n >> 5) & (1 << (n & 31))) !== 0;
  }

  add(n: number): void {
    const word = this.words.get(n >> 5);
    const more = word | (1 << (n & 31));
    if (more !== word) this.words.set(n >> 5, more);
  }

  remove(n: number): void {
    const word = this.words.get(n >> 5);
    const less = word & ~(1 << (n & 31));
    if (less !== word) this.words.set(n >> 5, less);
  }

  /** Adds all members of another set. */
  addAll(other: VariableSet): void {
    this.words.or(other.words);
  }

  equals(other: VariableSet): boolean {
    let same = true;
    this.words.differences(other.words, () => {
      same = false;
    });
    return same;
  }
}
