/** Numbers things, by value, from 0 on in the order in which they are met: the same thing has the same number. */
export class Numbering<T> {
  /** The things by their numbers. */
  readonly all: T[] = [];
  private readonly indices = new Map<T, number>();

  /** The number of a thing, a new one where it has none. */
  of(item: T): number {
    let index = this.indices.get(item);
    if (index === undefined) {
      index = this.all.length;
      this.all.push(item);
      this.indices.set(item, index);
    }
    return index;
  }
}
