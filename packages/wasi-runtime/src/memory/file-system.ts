import { totalLength } from '../core/buffers.js';
import { fail } from '../core/errno.js';
import type { Directory, OpenFile, OpenMode, Stat } from '../core/host.js';
import { type Resolved, resolve } from '../core/resolve.js';
import type { FileSystem } from '../core/sources.js';
import { encodeUtf8 } from '../core/utf8.js';
import type { Tree } from '../core/wasi.js';
import {
  DEFAULT_MEMORY_LIMITS,
  DirectoryNode,
  FileNode,
  LinkNode,
  type MemoryLimits,
  type MemoryNode,
  NAME_LIMIT,
  Usage,
} from './nodes.js';

/** A directory in memory. */
export class MemoryDirectory implements Directory {
  readonly node: DirectoryNode;

  constructor(node: DirectoryNode) {
    this.node = node;
  }

  stat(): Stat {
    return this.node.stat();
  }

  lookup(name: string): Stat | undefined {
    return this.holder(name).entries.get(name)?.stat();
  }

  directory(name: string): MemoryDirectory {
    const node = this.entry(name);
    return node instanceof DirectoryNode ? new MemoryDirectory(node) : fail('NOTDIR');
  }

  enter(name: string): MemoryDirectory | undefined {
    const node = this.holder(name).entries.get(name);
    return node instanceof DirectoryNode ? new MemoryDirectory(node).hold() : undefined;
  }

  hold(): MemoryDirectory {
    if (this.node.gone) fail('NOENT');
    this.node.hold();
    return this;
  }

  close(): void {
    this.node.unhold();
  }

  open(name: string, mode: OpenMode): OpenFile {
    let node = this.holder(name).entries.get(name);
    if (!node) {
      if (!mode.create) fail('NOENT');
      this.makeRoom(name);
      node = new FileNode(this.node.usage);
      this.node.put(name, node);
    } else if (mode.exclusive) {
      fail('EXIST');
    }
    if (!(node instanceof FileNode)) fail('INVAL');
    if (mode.truncate) {
      node.resize(0);
      node.modified();
    }
    return new MemoryFile(node);
  }

  readlink(name: string): string {
    const node = this.entry(name);
    return node instanceof LinkNode ? node.target : fail('INVAL');
  }

  list(): string[] {
    return Array.from(this.node.entries.keys());
  }

  mkdir(name: string): void {
    this.makeRoom(name);
    this.node.put(name, new DirectoryNode(this.node.usage));
  }

  rmdir(name: string): void {
    const node = this.entry(name);
    if (!(node instanceof DirectoryNode)) fail('NOTDIR');
    if (node.entries.size > 0) fail('NOTEMPTY');
    this.holder(name).remove(name);
  }

  unlink(name: string): void {
    if (this.entry(name) instanceof DirectoryNode) fail('ISDIR');
    this.holder(name).remove(name);
  }

  symlink(target: string, name: string): void {
    this.makeRoom(name);
    this.node.put(name, new LinkNode(this.node.usage, target));
  }

  link(name: string, dir: Directory, newName: string): void {
    const node = this.entry(name);
    const target = this.sameSystem(dir);
    if (node instanceof DirectoryNode) fail('PERM');
    target.makeRoom(newName);
    target.node.put(newName, node);
  }

  rename(name: string, dir: Directory, newName: string): void {
    const node = this.entry(name);
    const target = this.sameSystem(dir);
    const holder = target.holder(newName);
    const replaced = holder.entries.get(newName);
    if (replaced === node) return;
    if (node instanceof DirectoryNode) {
      for (let up: DirectoryNode | undefined = holder; up; up = up.parent) {
        if (up === node) fail('INVAL');
      }
      if (replaced && !(replaced instanceof DirectoryNode)) fail('NOTDIR');
      if (replaced instanceof DirectoryNode && replaced.entries.size > 0) fail('NOTEMPTY');
    } else if (replaced instanceof DirectoryNode) {
      fail('ISDIR');
    }
    if (replaced) holder.remove(newName);
    else target.makeRoom(newName);
    // Held meanwhile: between its two names the node has none.
    node.hold();
    this.holder(name).remove(name);
    holder.put(newName, node);
    node.unhold();
  }

  setTimes(name: string | undefined, atim: bigint | undefined, mtim: bigint | undefined): void {
    const node = name === undefined ? this.node : this.entry(name);
    node.setTimes(atim, mtim);
  }

  sync(): void {}

  /** The directory whose entry `name` is, or is to be. */
  protected holder(_name: string): DirectoryNode {
    return this.node;
  }

  /** The node called `name`. */
  private entry(name: string): MemoryNode {
    return this.holder(name).entries.get(name) ?? fail('NOENT');
  }

  /** Checks that an entry `name` can be made here. */
  private makeRoom(name: string): void {
    if (encodeUtf8(name).length > NAME_LIMIT) fail('NAMETOOLONG');
    if (this.holder(name).entries.has(name)) fail('EXIST');
    if (this.node.links === 0) fail('NOENT');
  }

  /** `dir`, if it is of the same file system. */
  private sameSystem(dir: Directory): MemoryDirectory {
    if (!(dir instanceof MemoryDirectory) || dir.node.usage !== this.node.usage) fail('XDEV');
    return dir;
  }
}

/** An open file in memory. */
class MemoryFile implements OpenFile {
  private readonly node: FileNode;

  constructor(node: FileNode) {
    this.node = node;
    node.hold();
  }

  stat(): Stat {
    return this.node.stat();
  }

  read(buffers: Uint8Array[], position: number | null): number {
    let at = position ?? 0;
    const start = at;
    for (const buffer of buffers) {
      const part = this.node.content.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
    }
    this.node.atim = this.node.usage.now();
    return at - start;
  }

  write(buffers: Uint8Array[], position: number | null): number {
    let at = position ?? 0;
    const total = totalLength(buffers);
    if (at + total > this.node.size) this.node.resize(at + total);
    for (const buffer of buffers) {
      this.node.set(buffer, at);
      at += buffer.length;
    }
    this.node.modified();
    return total;
  }

  truncate(size: number): void {
    this.node.resize(size);
    this.node.modified();
  }

  setTimes(atim: bigint | undefined, mtim: bigint | undefined): void {
    this.node.setTimes(atim, mtim);
  }

  sync(): void {}

  close(): void {
    this.node.unhold();
  }
}

/** A file system in memory. Its `root` is given to WASI as a preopen, its methods are for the host. */
export class MemoryFileSystem implements FileSystem {
  /** The topmost directory. */
  readonly root: Directory;

  /**
   * @param tree what it holds at first; a name with slashes is a path, and makes the directories above
   * @param limits bounds on what it may hold
   * @param now clock for file times, in nanoseconds since 1970
   */
  constructor(
    tree: Tree = {},
    limits: Partial<MemoryLimits> = {},
    now: () => bigint = () => BigInt(Date.now()) * 1000000n,
  ) {
    const node = new DirectoryNode(new Usage({ ...DEFAULT_MEMORY_LIMITS, ...limits }, now));
    // The root has no name; this keeps it all the same.
    node.named(1);
    this.root = new MemoryDirectory(node);
    this.fill(this.root, tree);
  }

  /** The content of a file (a copy). Throws `WasiError` as `path_open` fails. */
  readFile(path: string): Uint8Array {
    const file = this.at(path, ({ stat, directory, name }) => {
      if (!stat) fail('NOENT');
      return directory.open(name, READ);
    });
    const content = new Uint8Array(Number(file.stat().size));
    file.read([content], 0);
    file.close();
    return content;
  }

  /** Makes or replaces a file. */
  writeFile(path: string, data: string | Uint8Array): void {
    const mode = { ...READ, write: true, create: true, truncate: true };
    const file = this.at(path, ({ directory, name }) => directory.open(name, mode));
    try {
      file.write([typeof data === 'string' ? encodeUtf8(data) : data], 0);
    } finally {
      file.close();
    }
  }

  /** Makes a directory, and those above it that are missing. */
  makeDirectory(path: string): void {
    let done = '';
    for (const part of path.split('/').filter(Boolean)) {
      done += `/${part}`;
      this.at(done, ({ stat, directory, name }) => {
        if (!stat) directory.mkdir(name);
      });
    }
  }

  /** Names in a directory. */
  list(path: string): string[] {
    return this.directory(path).list();
  }

  /** A directory of it, to be given as a preopen. */
  directory(path: string): Directory {
    return this.at(path, ({ directory, name }) =>
      name === '' ? directory : directory.directory(name),
    );
  }

  /** Does something where a path leads, counted from the root. */
  private at<T>(path: string, use: (at: Resolved) => T): T {
    return resolve(this.root, `./${path}`, 'follow', use);
  }

  /** Puts a tree into a directory; throws a `TypeError` for what is neither a file nor a tree. */
  private fill(directory: Directory, tree: Tree): void {
    for (const [path, content] of Object.entries(tree)) {
      const parts = path.split('/').filter((part) => part !== '' && part !== '.');
      if (parts.includes('..')) throw new TypeError(`files: ${path} leads out of its directory`);
      const bytes = contentBytes(path, content);
      const name = bytes && parts.pop();
      const above = parts.reduce(subdirectory, directory);
      if (!bytes) {
        this.fill(above, content as Tree);
      } else if (name === undefined) {
        throw new TypeError(`files: ${JSON.stringify(path)} names no file`);
      } else {
        const file = above.open(name, { ...READ, write: true, create: true });
        file.write([bytes], 0);
        file.close();
      }
    }
  }
}

/** The bytes that a tree gives for a file; `undefined` for a directory. */
function contentBytes(path: string, content: unknown): Uint8Array | undefined {
  if (typeof content === 'string') return encodeUtf8(content);
  // Not by class: bytes may come from another realm.
  if (ArrayBuffer.isView(content)) {
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  }
  const kind = Object.prototype.toString.call(content);
  if (kind === '[object ArrayBuffer]') return new Uint8Array(content as ArrayBuffer);
  if (kind === '[object Object]') return undefined;
  throw new TypeError(`files: ${path} is neither text, bytes nor a directory of them`);
}

/** The directory of that name, made where it is missing. */
function subdirectory(above: Directory, name: string): Directory {
  if (!above.lookup(name)) above.mkdir(name);
  return above.directory(name);
}

/** What the option `files` stands for: a file system as it is, or a new one with that content. */
export function filesOf(files: Tree | FileSystem): FileSystem {
  return typeof files['directory'] === 'function'
    ? (files as FileSystem)
    : new MemoryFileSystem(files as Tree);
}

const READ: OpenMode = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
};
