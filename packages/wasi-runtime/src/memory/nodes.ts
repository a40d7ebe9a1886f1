import { fail } from '../core/errno.js';
import type { Stat } from '../core/host.js';
import { FILETYPE } from '../core/types.js';

/** What bounds an in-memory file system. */
export interface MemoryLimits {
  /** Bytes of all files and links together. */
  bytes: number;
  /** Bytes of one file. */
  fileSize: number;
  /** Files, directories and links together. */
  nodes: number;
}

/** Limits used where none are set. */
export const DEFAULT_MEMORY_LIMITS: MemoryLimits = {
  bytes: 1 << 29,
  fileSize: 1 << 29,
  nodes: 1 << 18,
};

/** Bytes of an entry's name at most. */
export const NAME_LIMIT = 255;
/** Files grow by at most this many spare bytes at once. */
const SPARE_LIMIT = 1 << 24;

/** Counts what one file system holds, and gives out its numbers. */
export class Usage {
  readonly limits: MemoryLimits;
  readonly dev: bigint;
  /** Time in nanoseconds since 1970. */
  readonly now: () => bigint;
  private usedBytes = 0;
  private usedNodes = 0;
  private lastIno = 0n;
  private static lastDev = 0n;

  /** @param limits the bounds; @param now the clock for file times */
  constructor(limits: MemoryLimits, now: () => bigint) {
    this.limits = limits;
    this.now = now;
    this.dev = ++Usage.lastDev;
  }

  /** Takes (or gives back) bytes; throws `ENOSPC`. */
  bytes(change: number): void {
    if (this.usedBytes + change > this.limits.bytes) fail('NOSPC');
    this.usedBytes += change;
  }

  /** Whether `change` more bytes fit. */
  fits(change: number): boolean {
    return this.usedBytes + change <= this.limits.bytes;
  }

  /** Takes a node and returns its number; throws `ENOSPC`. */
  take(): bigint {
    if (this.usedNodes >= this.limits.nodes) fail('NOSPC');
    this.usedNodes++;
    return ++this.lastIno;
  }

  /** Makes room for what a lower layer brings, which does not count. */
  allow(nodes: number, bytes: number): void {
    this.limits.nodes += nodes;
    this.limits.bytes += bytes;
  }

  /** Gives a node back. */
  release(): void {
    this.usedNodes--;
  }
}

/** What files, directories and links have in common. */
abstract class Node {
  abstract readonly filetype: number;
  readonly usage: Usage;
  readonly ino: bigint;
  links = 0;
  atim: bigint;
  mtim: bigint;
  ctim: bigint;
  /** Descriptors that hold it. */
  private holders = 0;

  constructor(usage: Usage) {
    this.usage = usage;
    this.ino = usage.take();
    this.atim = this.mtim = this.ctim = usage.now();
  }

  /** Bytes to report. */
  abstract get size(): number;

  stat(): Stat {
    const { ino, filetype, atim, mtim, ctim } = this;
    const nlink = BigInt(this.links);
    const size = BigInt(this.size);
    return { dev: this.usage.dev, ino, filetype, nlink, size, atim, mtim, ctim };
  }

  /** Notes a change of content. */
  modified(): void {
    this.mtim = this.ctim = this.usage.now();
  }

  /** Sets times; `undefined` keeps one. */
  setTimes(atim: bigint | undefined, mtim: bigint | undefined): void {
    this.atim = atim ?? this.atim;
    this.mtim = mtim ?? this.mtim;
    this.ctim = this.usage.now();
  }

  /** Whether nothing names or holds it, so that its room has been given back. */
  get gone(): boolean {
    return this.links === 0 && this.holders === 0;
  }

  hold(): void {
    this.holders++;
  }

  unhold(): void {
    this.holders--;
    this.settle();
  }

  /** Adds (1) or removes (-1) a name of it. */
  named(change: number): void {
    this.links += change;
    this.ctim = this.usage.now();
    this.settle();
  }

  /** Frees what nothing names or holds. */
  private settle(): void {
    if (!this.gone) return;
    this.discard();
    this.usage.release();
  }

  /** Gives back the bytes. */
  protected abstract discard(): void;
}

/** A regular file. */
export class FileNode extends Node {
  readonly filetype = FILETYPE.REGULAR_FILE;
  private data: Uint8Array = new Uint8Array(0);
  private length = 0;
  /** Bytes that count as used: none while the content is that of a lower layer, which is never written. */
  private charged = 0;

  /** Takes the content of a lower layer, which stays its own until something is written. */
  borrow(content: Uint8Array): void {
    this.data = content;
    this.length = content.length;
  }

  get size(): number {
    return this.length;
  }

  /** The content, as a window that later writes may move away from. Only for reading. */
  get content(): Uint8Array {
    return this.data.subarray(0, this.length);
  }

  /** Puts bytes at a place of the content, which is long enough; throws `ENOSPC`. */
  set(bytes: Uint8Array, at: number): void {
    if (this.charged < this.data.length) this.move(this.length);
    this.data.set(bytes, at);
  }

  /** Cuts or extends with zeros; throws `EFBIG`, `ENOSPC`. */
  resize(size: number): void {
    if (size > this.usage.limits.fileSize) fail('FBIG');
    if (size > this.data.length) {
      const spare = Math.min(size >>> 1, SPARE_LIMIT);
      const old = this.charged;
      this.move(this.usage.fits(size + spare - old) ? size + spare : size);
    } else if (this.charged < this.data.length) {
      this.length = Math.min(size, this.length);
      this.move(size);
    } else if (size < this.length) {
      this.data.fill(0, size, this.length);
      if (size < this.data.length >>> 2) this.move(size);
    }
    this.length = size;
  }

  /** Moves the content to `capacity` bytes of its own. */
  private move(capacity: number): void {
    this.usage.bytes(capacity - this.charged);
    this.charged = capacity;
    const kept = this.data.subarray(0, Math.min(capacity, this.length));
    this.data = new Uint8Array(capacity);
    this.data.set(kept);
  }

  protected discard(): void {
    this.usage.bytes(-this.charged);
    this.charged = 0;
    this.data = new Uint8Array(0);
    this.length = 0;
  }
}

/** A symbolic link. */
export class LinkNode extends Node {
  readonly filetype = FILETYPE.SYMBOLIC_LINK;
  readonly target: string;

  constructor(usage: Usage, target: string) {
    usage.bytes(target.length);
    super(usage);
    this.target = target;
  }

  get size(): number {
    return this.target.length;
  }

  protected discard(): void {
    this.usage.bytes(-this.target.length);
  }
}

/** A directory. */
export class DirectoryNode extends Node {
  readonly filetype = FILETYPE.DIRECTORY;
  readonly entries = new Map<string, MemoryNode>();
  /** The directory that names it; `undefined` for a root or when removed. */
  parent: DirectoryNode | undefined;

  get size(): number {
    return 0;
  }

  /** Puts an entry. */
  put(name: string, node: MemoryNode): void {
    this.entries.set(name, node);
    if (node instanceof DirectoryNode) node.parent = this;
    node.named(1);
    this.modified();
  }

  /** Takes an entry away. */
  remove(name: string): void {
    const node = this.entries.get(name)!;
    this.entries.delete(name);
    if (node instanceof DirectoryNode) node.parent = undefined;
    node.named(-1);
    this.modified();
  }

  protected discard(): void {
    this.entries.clear();
  }
}

/** Any node. */
export type MemoryNode = FileNode | LinkNode | DirectoryNode;
