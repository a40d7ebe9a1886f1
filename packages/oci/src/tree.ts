/**
 * The root file system of an image in memory: gets layers in order, keeps what the last one leaves. Must hold: no name
 * leads out of the root, whichever links are on its way, and nothing but files, folders and links comes in (OCI image
 * specification, "Image Layer Filesystem Changeset").
 */

import { fail, shown } from './errors.js';
import { type ByteInput, StreamInput } from './input.js';
import { amount, type ImageLimits } from './limits.js';
import { type TarEntry, tarEntries } from './tar.js';

/** A file; hard links are the same object. */
export interface TreeFile {
  type: 'file';
  content: Uint8Array;
  /** Permissions. */
  mode: number;
  /** Seconds since 1970. */
  mtime: number;
}

/** A symbolic link, relative to its folder and never out of the root. */
export interface TreeLink {
  type: 'link';
  target: string;
  mtime: number;
}

/** A folder. */
export interface TreeDirectory {
  type: 'directory';
  entries: Map<string, TreeNode>;
  mode: number;
  mtime: number;
}

export type TreeNode = TreeFile | TreeLink | TreeDirectory;

/** Links that are followed on the way of one path. */
const FOLLOWED = 40;
const NAME_LIMIT = 255;
/** Folders within each other; links make paths longer than they are written. */
const DEEPEST = 1024;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** What notes of aufs begin with, which no other tool has a use for. */
const NOTE = '.wh..wh.';

/**
 * The parts of a path in a layer.
 * @throws ImageError for one that is absolute, climbs, is too long or holds what no name can
 */
const partsOf = (path: string, limits: ImageLimits, what: string): string[] => {
  if (path === '/' || path === './') return [];
  const refuse = (why: string): never => fail('refused', `${what}: "${shown(path)}" ${why}`);
  if (path === '') refuse('is a file without a name');
  if (path.startsWith('/')) refuse('is an absolute path');
  if (path.includes('\0')) refuse('holds a NUL character');
  if (Buffer.byteLength(path) > limits.path) refuse(`is longer than ${limits.path} bytes`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) refuse('leads out of its folder');
  if (parts.some((part) => Buffer.byteLength(part) > NAME_LIMIT))
    refuse(`has a name longer than ${NAME_LIMIT} bytes`);
  return parts;
};

/** A folder that nothing has told about. */
const implied = (): TreeDirectory => ({
  type: 'directory',
  entries: new Map(),
  mode: 0o755,
  mtime: 0,
});

/** A root file system that layers are laid upon. */
export class Tree {
  readonly root: TreeDirectory = implied();
  private readonly limits: ImageLimits;
  /** Bytes of all files so far, also of those that are gone. */
  private bytes = 0;
  private entries = 0;
  /** Names that the layer at hand has brought, by folder. */
  private fresh = new Map<TreeDirectory, Set<string>>();

  /** Targets of links as layers have them. */
  private readonly written = new WeakMap<TreeLink, string>();

  constructor(limits: ImageLimits) {
    this.limits = limits;
  }

  /**
   * Lays a layer upon what is there.
   * @param pieces the expanded layer
   * @param what names it in errors
   * @throws ImageError for what is malformed, too much, or leads out
   */
  async apply(pieces: AsyncIterable<Uint8Array>, what: string): Promise<void> {
    this.fresh = new Map();
    const input = new StreamInput(pieces);
    for await (const entry of tarEntries(input, what)) {
      this.count(what);
      await this.take(entry, input, what);
    }
    // Behind the archive's end may be anything, which counts for the digest.
    await input.drain();
    this.fresh = new Map();
  }

  /** What a path leads to, links followed; undefined where there is nothing. */
  find(path: string): TreeFile | TreeDirectory | undefined {
    return this.walk(path.split('/'));
  }

  /** Is this path a folder, links followed? */
  isFolder(path: string): boolean {
    return this.find(path)?.type === 'directory';
  }

  /** Makes a folder, and those above it that are missing; false where something else is in the way. */
  ensure(path: string): boolean {
    const made = this.walk(path.split('/'), (folder, name) => {
      const node = implied();
      folder.entries.set(name, node);
      return node;
    });
    return made?.type === 'directory';
  }

  /** Notes one more entry, of an archive or made for one. */
  private count(what: string): void {
    if (++this.entries > this.limits.entries)
      fail('limit', `${what}: more than ${this.limits.entries} files in all layers`);
  }

  private async take(entry: TarEntry, input: ByteInput, what: string): Promise<void> {
    const parts = partsOf(entry.path, this.limits, what);
    const name = parts.at(-1);
    if (name === undefined) {
      if (entry.type !== 'directory') fail('refused', `${what}: the root is no folder`);
      this.root.mode = entry.mode;
      this.root.mtime = entry.mtime;
      return;
    }
    const above = parts.slice(0, -1);
    if (above.some((part) => part.startsWith(NOTE))) return;
    if (name.startsWith(WHITEOUT)) return this.whiteout(name, above, entry.path, what);
    const folder = this.makeFolder(above, entry.path, what);
    const there = folder.entries.get(name);
    const { mode, mtime } = entry;
    const put = (node: TreeNode): void => this.put(folder, name, node);
    switch (entry.type) {
      case 'directory':
        if (there?.type !== 'directory') return put({ ...implied(), mode, mtime });
        there.mode = mode;
        there.mtime = mtime;
        return put(there);
      case 'symlink': {
        return put(this.link(entry, above, what));
      }
      case 'hardlink':
        return put(this.linked(entry, above, what));
      default:
        return put({
          type: 'file',
          content: await this.content(entry, input, what),
          mode,
          mtime,
        });
    }
  }

  private async content(entry: TarEntry, input: ByteInput, what: string): Promise<Uint8Array> {
    this.bytes += entry.size;
    if (this.bytes > this.limits.files)
      fail('limit', `${what}: the files come to more than ${amount(this.limits.files)}`);
    const content = await input.read(entry.size);
    if (content.length < entry.size) fail('malformed', `${what} is cut short`);
    // Small buffers share one that is larger.
    return content.buffer.byteLength > 2 * content.length ? new Uint8Array(content) : content;
  }

  /** A symbolic link in the folder that names lead to. */
  private link(entry: TarEntry, above: readonly string[], what: string): TreeLink {
    const { mtime } = entry;
    const target = innerTarget(entry, this.pathOf(above), this.limits, what);
    const made: TreeLink = { type: 'link', target, mtime };
    this.written.set(made, entry.target);
    return made;
  }

  /** What a hard link names; of a symbolic link, one that is in another folder and says the same. */
  private linked(entry: TarEntry, above: readonly string[], what: string): TreeNode {
    const { path, target } = entry;
    const parts = partsOf(target, this.limits, what);
    const name = parts.pop();
    const folder = this.walk(parts);
    const node =
      name !== undefined && folder?.type === 'directory' ? folder.entries.get(name) : undefined;
    if (node === undefined || node.type === 'directory')
      return fail(
        'malformed',
        `${what}: "${shown(path)}" is a link to "${shown(target)}", no file of the image`,
      );
    if (node.type === 'file') return node;
    const { mtime } = node;
    return this.link({ ...entry, target: this.written.get(node)!, mtime }, above, what);
  }

  private whiteout(name: string, above: readonly string[], path: string, what: string): void {
    const folder = this.walk(above);
    const removed = name.slice(WHITEOUT.length);
    if (name === OPAQUE) {
      if (folder?.type === 'directory') this.prune(folder);
      return;
    }
    if (name.startsWith(NOTE)) return;
    if (removed === '' || removed === '.' || removed === '..')
      fail('refused', `${what}: "${shown(path)}" removes what has no name`);
    if (folder?.type !== 'directory') return;
    if (folder.entries.has(removed) && !this.kept(folder, removed)) folder.entries.delete(removed);
  }

  private put(folder: TreeDirectory, name: string, node: TreeNode): void {
    const names = this.fresh.get(folder);
    if (names === undefined) this.fresh.set(folder, new Set([name]));
    else names.add(name);
    folder.entries.set(name, node);
  }

  /** Takes out of a folder what lower layers have put there. */
  private prune(folder: TreeDirectory): void {
    for (const name of folder.entries.keys())
      if (!this.kept(folder, name)) folder.entries.delete(name);
  }

  /** Is an entry of this layer, or something in it once all else is taken out? */
  private kept(folder: TreeDirectory, name: string): boolean {
    const fresh = this.fresh.get(folder)?.has(name) === true;
    const node = folder.entries.get(name);
    if (node?.type !== 'directory') return fresh;
    this.prune(node);
    return node.entries.size > 0 || fresh;
  }

  /** The folder that names lead to, made where it is missing. */
  private makeFolder(parts: readonly string[], path: string, what: string): TreeDirectory {
    const made = this.walk(parts, (folder, name) => {
      this.count(what);
      const node = implied();
      this.put(folder, name, node);
      return node;
    });
    if (made?.type === 'directory') return made;
    return fail('malformed', `${what}: "${shown(path)}" is below what is no folder`);
  }

  /** The names of a folder that is there, without links. */
  private pathOf(parts: readonly string[]): string[] {
    const names: string[] = [];
    this.walk(parts, undefined, names);
    return names;
  }

  /**
   * Goes along names, through links; `..` of a link's target stops at the root, as for a process in the container.
   * @param make gives what is missing on the way
   * @param names is filled with those of the folders on the real way
   */
  private walk(
    parts: readonly string[],
    make?: (folder: TreeDirectory, name: string) => TreeNode,
    names: string[] = [],
  ): TreeFile | TreeDirectory | undefined {
    const trail: TreeDirectory[] = [this.root];
    const left = [...parts].reverse();
    let followed = 0;
    while (left.length > 0) {
      const name = left.pop()!;
      if (name === '.' || name === '') continue;
      if (name === '..') {
        if (trail.length > 1) trail.pop();
        names.pop();
        continue;
      }
      const folder = trail.at(-1)!;
      const node = folder.entries.get(name) ?? make?.(folder, name);
      if (node === undefined) return undefined;
      if (node.type === 'link') {
        if (++followed > FOLLOWED) return undefined;
        for (const part of node.target.split('/').reverse()) left.push(part);
      } else if (node.type === 'directory') {
        if (trail.length > DEEPEST) return undefined;
        trail.push(node);
        names.push(name);
      } else {
        return left.every((part) => part === '' || part === '.') ? node : undefined;
      }
    }
    return trail.at(-1);
  }
}

/**
 * The target of a link as one that is relative, so that it means the same wherever the root is.
 * @param above names of the folder that the link is in
 */
const innerTarget = (
  { path, target }: TarEntry,
  above: readonly string[],
  limits: ImageLimits,
  what: string,
): string => {
  const refuse = (why: string): never => {
    return fail('refused', `${what}: "${shown(path)}" is a link ${why}`);
  };
  if (target === '' || target.includes('\0')) refuse('without a target');
  if (Buffer.byteLength(target) > limits.path) refuse(`longer than ${limits.path} bytes`);
  const absolute = target.startsWith('/');
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  let depth = absolute ? 0 : above.length;
  for (const part of parts) {
    depth += part === '..' ? -1 : 1;
    if (depth < 0) refuse(`to "${shown(target)}", out of the image`);
  }
  if (!absolute) return target;
  return [...above.map(() => '..'), ...parts].join('/') || '.';
};
