/**
 * A file system over files that are only read: gets a tree of them, keeps in memory what the guest changes. A file's bytes
 * are those of the tree until it is written, so that many guests can have one tree, and none changes it.
 */

import type { Directory } from '../core/host.js';
import type { LowerDirectory, LowerFile } from '../core/sources.js';
import { MemoryDirectory, MemoryFileSystem } from './file-system.js';
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

  /**
   * The root as a program sees it whose working directory is another one: names are looked up there first, then in the
   * root, since libraries take the `/` off paths that are absolute. What is made is made there.
   * @param path of the working directory
   */
  workingDirectory(path: string): Directory {
    const { node } = this.directory(path) as MemoryDirectory;
    const root = (this.root as MemoryDirectory).node;
    return node === root ? this.root : new WorkingDirectory(node, root);
  }
}

/** A directory that can be left upwards, as far as the root. */
class InnerDirectory extends MemoryDirectory {
  get above(): Directory | undefined {
    const { parent } = this.node;
    return parent && new InnerDirectory(parent);
  }
}

/** A directory with another one behind it. */
class WorkingDirectory extends InnerDirectory {
  private readonly behind: DirectoryNode;

  constructor(node: DirectoryNode, behind: DirectoryNode) {
    super(node);
    this.behind = behind;
  }

  protected override holder(name: string): DirectoryNode {
    return !this.node.entries.has(name) && this.behind.entries.has(name) ? this.behind : this.node;
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
