/**
 * wasi:filesystem of WASI 0.2 over the core's directories and files. Must hold: paths go through
 * `core/path-operations.ts` alone, as those of preview 1 do; what fails is thrown as an `error-code`.
 */
import { fail } from '../core/errno.js';
import type { Host, OpenFile, Stat } from '../core/host.js';
import {
  linkAt,
  makeDirectoryAt,
  type Opened,
  openAt,
  readlinkAt,
  removeDirectoryAt,
  renameAt,
  type Start,
  setTimesAt,
  statAt,
  symlinkAt,
  type Times,
  unlinkAt,
} from '../core/path-operations.js';
import type { OpenPreopen } from '../core/sources.js';
import { CLOCK, FILETYPE } from '../core/types.js';
import { coded } from './errors.js';
import { type Input, InputStream, IoError, MOST_READ, OutputStream, onDrop } from './io.js';

/** `descriptor-flags`: what is missing is false. */
export interface DescriptorFlags {
  read?: boolean;
  write?: boolean;
  fileIntegritySync?: boolean;
  dataIntegritySync?: boolean;
  requestedWriteSync?: boolean;
  mutateDirectory?: boolean;
}

/** `open-flags`. */
export interface OpenFlags {
  create?: boolean;
  directory?: boolean;
  exclusive?: boolean;
  truncate?: boolean;
}

/** `path-flags`. */
export interface PathFlags {
  symlinkFollow?: boolean;
}

/** `datetime` of wasi:clocks. */
export interface Datetime {
  seconds: bigint;
  nanoseconds: number;
}

/** `new-timestamp`. */
export type NewTimestamp =
  | { tag: 'no-change' }
  | { tag: 'now' }
  | { tag: 'timestamp'; val: Datetime };

const BILLION = 1000000000n;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** Two primes for hashes of 64 bits: that of splitmix64's first step, and FNV's. */
const HASH_STEP = BigInt('0x9e3779b97f4a7c15');
const HASH_PRIME = BigInt('0x100000001b3');

/** `descriptor-type` of each `FILETYPE`. */
const TYPES: Record<number, string> = {
  [FILETYPE.BLOCK_DEVICE]: 'block-device',
  [FILETYPE.CHARACTER_DEVICE]: 'character-device',
  [FILETYPE.DIRECTORY]: 'directory',
  [FILETYPE.REGULAR_FILE]: 'regular-file',
  [FILETYPE.SOCKET_DGRAM]: 'socket',
  [FILETYPE.SOCKET_STREAM]: 'socket',
  [FILETYPE.SYMBOLIC_LINK]: 'symbolic-link',
};

/** The `descriptor-type` of a `FILETYPE`. */
export const typeName = (filetype: number): string => TYPES[filetype] ?? 'unknown';

/** Nanoseconds since 1970 as a `datetime`. */
export function datetime(time: bigint): Datetime {
  const seconds = time / BILLION;
  return { seconds, nanoseconds: Number(time - seconds * BILLION) };
}

/** A `descriptor-stat`. */
export function descriptorStat(stat: Stat) {
  return {
    type: typeName(stat.filetype),
    linkCount: stat.nlink,
    size: stat.size,
    dataAccessTimestamp: datetime(stat.atim),
    dataModificationTimestamp: datetime(stat.mtim),
    statusChangeTimestamp: datetime(stat.ctim),
  };
}

/** A `metadata-hash-value`: equal for equal files as long as they do not change. */
export function metadataHash(stat: Stat): { lower: bigint; upper: bigint } {
  const mix = (a: bigint, b: bigint): bigint =>
    BigInt.asUintN(64, (a ^ (b * HASH_STEP)) * HASH_PRIME + b);
  const lower = mix(mix(stat.dev, stat.ino), stat.mtim);
  return { lower, upper: mix(mix(lower, stat.size), stat.ctim) };
}

/** What `path-flags` mean for the last link of a path. */
export const lastOf = ({ symlinkFollow }: PathFlags): 'follow' | 'unless-slash' =>
  symlinkFollow ? 'follow' : 'unless-slash';

/** An offset or size as a number; `EINVAL` beyond 2^53. */
export function offsetOf(value: bigint, error: 'INVAL' | 'FBIG' = 'INVAL'): number {
  if (value > SAFE) fail(error);
  return Number(value);
}

/** A descriptor with the operations of the core, for every version of the interface from 0.2 on. */
export class OpenDescriptor {
  /** What it stands for. */
  readonly node: Opened;
  readonly flags: DescriptorFlags;
  readonly readonly: boolean;
  readonly host: Host;
  /** Bytes that a file may have. */
  readonly fileSize: number;

  constructor(
    node: Opened,
    flags: DescriptorFlags,
    readonly: boolean,
    host: Host,
    fileSize: number,
  ) {
    this.node = node;
    this.flags = flags;
    this.readonly = readonly;
    this.host = host;
    this.fileSize = fileSize;
  }

  /** The file; `EISDIR` for a directory, `EBADF` where it was not opened for that. */
  file(needs?: 'read' | 'write'): OpenFile {
    if (this.node.kind === 'directory') fail(needs === undefined ? 'BADF' : 'ISDIR');
    if (needs !== undefined && !this.flags[needs]) fail('BADF');
    return this.node.file;
  }

  /** Where paths begin; `ENOTDIR` for a file. */
  start(): Start {
    if (this.node.kind !== 'directory') fail('NOTDIR');
    return { directory: this.node.directory, readonly: this.readonly };
  }

  stat(): Stat {
    return this.node.kind === 'directory' ? this.node.directory.stat() : this.node.file.stat();
  }

  /** The position for a file that can seek; `null` for one that cannot. */
  at(position: number): number | null {
    const { node } = this;
    return node.kind === 'file' && node.filetype === FILETYPE.REGULAR_FILE ? position : null;
  }

  /** Writes all, and flushes where it was opened so. */
  writeAll(bytes: Uint8Array, position: number): void {
    const file = this.file('write');
    for (let done = 0; done < bytes.length; ) {
      if (position + bytes.length > this.fileSize) fail('FBIG');
      const count = file.write([bytes.subarray(done)], this.at(position + done));
      if (count === 0) fail('IO');
      done += count;
    }
    if (this.flags.fileIntegritySync || this.flags.dataIntegritySync) file.sync();
  }

  /** Opens below it. */
  open(path: string, last: PathFlags, how: OpenFlags, flags: DescriptorFlags): OpenDescriptor {
    const start = this.start();
    if (how.create && how.directory) fail('INVAL');
    if (flags.mutateDirectory && this.readonly) fail('ROFS');
    // Who makes a file may write to it, and read unless only writing is asked for.
    const write = flags.write || (how.create ?? false);
    const read = flags.read || !flags.write;
    const node = openAt(start, path, {
      last: lastOf(last),
      create: how.create ?? false,
      exclusive: (how.create && how.exclusive) ?? false,
      truncate: how.truncate ?? false,
      onlyDirectory: how.directory ?? false,
      read,
      write,
      resize: false,
    });
    const given = { ...flags, ...(read ? { read } : {}), ...(write ? { write } : {}) };
    return new OpenDescriptor(node, given, this.readonly, this.host, this.fileSize);
  }

  /** What a `new-timestamp` means for each of the two times. */
  times(access: NewTimestamp, modification: NewTimestamp): Times {
    const pick = (time: NewTimestamp): bigint | undefined => {
      if (time.tag === 'no-change') return undefined;
      if (time.tag === 'now') return this.host.now(CLOCK.REALTIME);
      return time.val.seconds * BILLION + BigInt(time.val.nanoseconds);
    };
    return { atim: pick(access), mtim: pick(modification) };
  }

  setTimes({ atim, mtim }: Times): void {
    if (this.readonly) fail('ROFS');
    if (this.node.kind === 'file') this.node.file.setTimes(atim, mtim);
    else this.node.directory.setTimes(undefined, atim, mtim);
  }

  setSize(size: bigint): void {
    const file = this.file('write');
    if (this.readonly) fail('ROFS');
    const bytes = offsetOf(size, 'FBIG');
    if (bytes > this.fileSize) fail('FBIG');
    file.truncate(bytes);
  }

  sync(): void {
    if (this.node.kind === 'file') this.node.file.sync();
    else this.node.directory.sync();
  }

  /** Names and types of the entries. */
  *entries(): Generator<{ type: string; name: string }> {
    const { directory } = this.start();
    for (const name of directory.list()) {
      const stat = directory.lookup(name);
      if (stat) yield { type: typeName(stat.filetype), name };
    }
  }

  /** The same as `other`? */
  isSame(other: OpenDescriptor): boolean {
    const [a, b] = [this.stat(), other.stat()];
    return a.dev === b.dev && a.ino === b.ino;
  }

  close(): void {
    if (this.node.kind === 'file') this.node.file.close();
    else this.node.directory.close();
  }
}

/** `directory-entry-stream`. */
export class DirectoryEntryStream {
  private readonly entries: Iterator<{ type: string; name: string }>;

  constructor(entries: Iterator<{ type: string; name: string }>) {
    this.entries = entries;
  }

  /** The next entry; `undefined` after the last. */
  readDirectoryEntry(): { type: string; name: string } | undefined {
    return coded(() => {
      const { done, value } = this.entries.next();
      return done ? undefined : value;
    });
  }
}

/** `descriptor` of wasi:filesystem/types@0.2. */
export class Descriptor {
  private readonly open: OpenDescriptor;

  constructor(open: OpenDescriptor) {
    this.open = open;
    onDrop(this, () => this.open.close());
  }

  readViaStream(offset: bigint): InputStream {
    return coded(() => {
      const { open } = this;
      const file = open.file('read');
      let position = offsetOf(offset);
      const input: Input = {
        read(buffers) {
          const count = file.read(buffers, open.at(position));
          position += count;
          return count;
        },
        ready: () => true,
      };
      return new InputStream(input, open.host);
    });
  }

  writeViaStream(offset: bigint): OutputStream {
    return coded(() => {
      this.open.file('write');
      let position = offsetOf(offset);
      return this.output((bytes) => {
        this.open.writeAll(bytes, position);
        position += bytes.length;
      });
    });
  }

  appendViaStream(): OutputStream {
    return coded(() => {
      const file = this.open.file('write');
      return this.output((bytes) => this.open.writeAll(bytes, Number(file.stat().size)));
    });
  }

  advise(_offset: bigint, _length: bigint, _advice: string): void {
    coded(() => this.open.file());
  }

  syncData(): void {
    coded(() => this.open.sync());
  }

  sync(): void {
    coded(() => this.open.sync());
  }

  getFlags(): DescriptorFlags {
    return { ...this.open.flags };
  }

  getType(): string {
    return coded(() => typeName(this.open.stat().filetype));
  }

  setSize(size: bigint): void {
    coded(() => this.open.setSize(size));
  }

  setTimes(access: NewTimestamp, modification: NewTimestamp): void {
    coded(() => this.open.setTimes(this.open.times(access, modification)));
  }

  /** `read`: the bytes, and whether the end was reached. */
  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    return coded(() => {
      const buffer = new Uint8Array(Number(length < MOST_READ ? length : MOST_READ));
      const file = this.open.file('read');
      const count = file.read([buffer], this.open.at(offsetOf(offset)));
      return [buffer.slice(0, count), count < buffer.length];
    });
  }

  write(buffer: Uint8Array, offset: bigint): bigint {
    return coded(() => {
      this.open.writeAll(buffer, offsetOf(offset));
      return BigInt(buffer.length);
    });
  }

  readDirectory(): DirectoryEntryStream {
    return coded(() => {
      this.open.start();
      return new DirectoryEntryStream(this.open.entries());
    });
  }

  createDirectoryAt(path: string): void {
    coded(() => makeDirectoryAt(this.open.start(), path));
  }

  stat() {
    return coded(() => descriptorStat(this.open.stat()));
  }

  statAt(flags: PathFlags, path: string) {
    return coded(() => descriptorStat(statAt(this.open.start(), path, lastOf(flags))));
  }

  setTimesAt(
    flags: PathFlags,
    path: string,
    access: NewTimestamp,
    modification: NewTimestamp,
  ): void {
    coded(() => {
      const times = this.open.times(access, modification);
      setTimesAt(this.open.start(), path, lastOf(flags), times);
    });
  }

  linkAt(flags: PathFlags, oldPath: string, target: Descriptor, newPath: string): void {
    coded(() => linkAt(this.open.start(), oldPath, lastOf(flags), target.open.start(), newPath));
  }

  openAt(last: PathFlags, path: string, how: OpenFlags, flags: DescriptorFlags): Descriptor {
    return coded(() => new Descriptor(this.open.open(path, last, how, flags)));
  }

  readlinkAt(path: string): string {
    return coded(() => readlinkAt(this.open.start(), path));
  }

  removeDirectoryAt(path: string): void {
    coded(() => removeDirectoryAt(this.open.start(), path));
  }

  renameAt(oldPath: string, target: Descriptor, newPath: string): void {
    coded(() => renameAt(this.open.start(), oldPath, target.open.start(), newPath));
  }

  symlinkAt(oldPath: string, newPath: string): void {
    coded(() => symlinkAt(this.open.start(), oldPath, newPath));
  }

  unlinkFileAt(path: string): void {
    coded(() => unlinkAt(this.open.start(), path));
  }

  isSameObject(other: Descriptor): boolean {
    return this.open.isSame(other.open);
  }

  metadataHash() {
    return coded(() => metadataHash(this.open.stat()));
  }

  metadataHashAt(flags: PathFlags, path: string) {
    return coded(() => metadataHash(statAt(this.open.start(), path, lastOf(flags))));
  }

  private output(write: (bytes: Uint8Array) => void): OutputStream {
    return new OutputStream({ write }, this.open.host);
  }
}

/** Descriptors of the preopened directories by the guest's names, as `get-directories` gives them. */
export function openDirectories(
  preopens: readonly OpenPreopen[],
  host: Host,
  fileSize: number,
): [OpenDescriptor, string][] {
  return preopens.map(({ name, directory, readonly }) => {
    const flags: DescriptorFlags = { read: true, ...(readonly ? {} : { mutateDirectory: true }) };
    // Each caller owns what it gets, and closes it by dropping it.
    const node: Opened = { kind: 'directory', directory: directory.hold() };
    return [new OpenDescriptor(node, flags, readonly, host, fileSize), name];
  });
}

/** The interfaces of wasi:filesystem. */
export function filesystem(preopens: readonly OpenPreopen[], host: Host, fileSize: number) {
  const getDirectories = () =>
    openDirectories(preopens, host, fileSize).map(([open, name]): [Descriptor, string] => [
      new Descriptor(open),
      name,
    ]);
  return {
    'wasi:filesystem/types': {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: (error: unknown) => (error instanceof IoError ? error.code : undefined),
    },
    'wasi:filesystem/preopens': { getDirectories },
  };
}
