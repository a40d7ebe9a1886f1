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

  /** The entries after the place `cookie`, in order. */
  *after(cookie: number): Generator<ListedName> {
    if (cookie < 1) yield { name: '.', cookie: 1 };
    if (cookie < 2) yield { name: '..', cookie: 2 };
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.names[middle]!.cookie <= cookie) low = middle + 1;
      else high = middle;
    }
    for (; low < this.names.length; low++) yield this.names[low]!;
  }
}
