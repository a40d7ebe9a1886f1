import type { NodeStat } from './stat.js';

/** Most files remembered; the oldest are forgotten first. */
const REMEMBERED = 4096;

/**
 * File times to the nanosecond. Node takes times as seconds in a double, which today rounds to about
 * 240 ns; what the guest set is remembered and told again for as long as the disk holds the rounded
 * times.
 */
export class ExactTimes {
  private readonly files = new Map<string, { exact: NodeStat; disk: NodeStat }>();

  /** State with the exact times in place of the rounded ones. */
  restore(stat: NodeStat): NodeStat {
    const known = this.files.size > 0 && this.files.get(key(stat));
    if (!known) return stat;
    const { exact, disk } = known;
    return {
      ...stat,
      atim: stat.atim === disk.atim ? exact.atim : stat.atim,
      mtim: stat.mtim === disk.mtim ? exact.mtim : stat.mtim,
    };
  }

  /**
   * Sets times in nanoseconds; `undefined` keeps one.
   * @param read state of the file on disk
   * @param write sets both times, in seconds
   */
  set(
    read: () => NodeStat,
    atim: bigint | undefined,
    mtim: bigint | undefined,
    write: (atime: number, mtime: number) => void,
  ): void {
    const before = this.restore(read());
    const exact = { ...before, atim: atim ?? before.atim, mtim: mtim ?? before.mtim };
    write(Number(exact.atim) / 1e9, Number(exact.mtim) / 1e9);
    const disk = read();
    this.files.delete(key(disk));
    this.files.set(key(disk), { exact, disk });
    if (this.files.size > REMEMBERED) {
      for (const oldest of this.files.keys()) {
        this.files.delete(oldest);
        break;
      }
    }
  }
}

/** What tells one file from another; the time it was made, from one that got its inode later. */
function key(stat: NodeStat): string {
  return `${stat.dev}:${stat.ino}:${stat.born}`;
}
