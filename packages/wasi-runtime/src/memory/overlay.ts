/**
 * A file system over files that are only read: gets a tree of them, keeps in memory what the guest changes. A file's bytes
 * are those of the tree until it is written, so that many guests can have one tree, and none changes it.
 */

import type { LowerDirectory, LowerFile } from '../core/sources.js';
import { type MemoryDirectory, MemoryFileSystem } from './file-system.js';
import { DirectoryNode, FileNode, LinkNode, type MemoryLimits } from './nodes.js';

const SECOND = BigInt(1000000000);

/** A file system in memory that begins as a tree of files which it never changes. */
export class OverlayFileSystem extends MemoryFileSystem {
  /**
   * @param lower what it holds at first; links are taken as they are, and resolved like any other
   * @param limits bounds on what is written above it
   * @param now clock for file times, in nanoseconds since 1970
   */
  constructor(lower: LowerDirectory, limits?: Partial<MemoryLimits>, now?: () => bigint) {
    super({}, limits, now);
    lay(lower, (this.root as MemoryDirectory).node);
  }
}

/** Puts what a tree holds into an empty directory. */
function lay(lower: LowerDirectory, root: DirectoryNode): void {
  const { usage } = root;
  const files = new Map<LowerFile, FileNode>();
  // Without recursion: trees are as deep as whoever made them likes.
  const left: [LowerDirectory, DirectoryNode][] = [[lower, root]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [from, to] = next;
    for (const [name, entry] of from.entries) {
      let node = entry.type === 'file' ? files.get(entry) : undefined;
      if (!node) {
        usage.allow(1, entry.type === 'link' ? entry.target.length : 0);
        if (entry.type === 'directory') {
          const made = new DirectoryNode(usage);
          left.push([entry, made]);
          to.put(name, made);
          continue;
        }
        if (entry.type === 'link') {
          to.put(name, dated(new LinkNode(usage, entry.target), entry.mtime));
          continue;
        }
        node = new FileNode(usage);
        node.borrow(entry.content);
        files.set(entry, node);
      }
      to.put(name, node);
      dated(node, entry.mtime);
    }
    // After its entries, each of which is a change.
    dated(to, from.mtime);
  }
}

/** Gives a node the time of the tree's. */
function dated<N extends FileNode | LinkNode | DirectoryNode>(
  node: N,
  mtime: number | undefined,
): N {
  if (mtime !== undefined) node.mtim = BigInt(Math.trunc(mtime)) * SECOND;
  return node;
}
