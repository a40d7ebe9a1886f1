import { builtin } from './builtins.js';
import { ExactTimes } from './exact-times.js';
import { type NodeStat, toStat } from './stat.js';

/** What all directories and files of one host share. */
export class Disk {
  readonly fs = builtin('node:fs');
  readonly times = new ExactTimes();
  readonly windows = process.platform === 'win32';
  /** Whether a hard link to a symbolic link is one to the link itself. */
  readonly linksLinks = this.windows || process.platform === 'linux';

  /** State of the path itself; `undefined` when nothing is there. */
  lstat(path: string): NodeStat | undefined {
    const stats = this.fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && this.times.restore(toStat(stats));
  }
}
