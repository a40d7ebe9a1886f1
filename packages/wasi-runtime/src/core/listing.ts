import type { Directory } from './host.js';

/** One name of a directory with the cookie that stands for the place after it. */
export interface ListedName {
  name: string;
  cookie: number;
}

/**
 * The order in which one descriptor reads its directory. A name keeps its cookie for as long as the
 * descriptor sees it, new names come after all old ones, so a cookie stays good when entries are
 * made or removed and after a rewind. `.` and `..` have the cookies 1 and 2.
 */
export class Listing {
  private names: ListedName[] = [];
  private last = 2;

  /** Reads the directory afresh. */
  refresh(directory: Directory): void {
    const known = new Map(this.names.map((entry) => [entry.name, entry]));
    const kept: ListedName[] = [];
    const fresh: ListedName[] = [];
    for (const name of directory.list()) {
      const old = known.get(name);
      if (old) kept.push(old);
      else fresh.push({ name, cookie: ++this.last });
    }
    this.names = kept.sort((a, b) => a.cookie - b.cookie).concat(fresh);
  }

  /** The number of the first entry after the place `cookie`, to be given to {@link entry}. */
  after(cookie: number): number {
    if (cookie < 2) return Math.max(0, cookie);
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.names[middle]!.cookie <= cookie) low = middle + 1;
      else high = middle;
    }
    return DOTS.length + low;
  }

  /** The entry of that number, counted from 0 in order; `undefined` past the last one. */
  entry(index: number): ListedName | undefined {
    return index < DOTS.length ? DOTS[index] : this.names[index - DOTS.length];
  }
}

const DOTS: readonly ListedName[] = [
  { name: '.', cookie: 1 },
  { name: '..', cookie: 2 },
];
