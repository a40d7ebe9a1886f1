/** wasi:filesystem of WASI 0.3: the operations of 0.2's descriptor, asynchronous, with streams of the guest's. */
import type { Host } from '../core/host.js';
import {
  linkAt,
  makeDirectoryAt,
  readlinkAt,
  removeDirectoryAt,
  renameAt,
  setTimesAt,
  statAt,
  symlinkAt,
  unlinkAt,
} from '../core/path-operations.js';
import type { OpenPreopen } from '../core/sources.js';
import {
  type DescriptorFlags,
  descriptorStat,
  lastOf,
  metadataHash,
  type NewTimestamp,
  type OpenDescriptor,
  type OpenFlags,
  offsetOf,
  openDirectories,
  type PathFlags,
  typeName,
} from '../preview2/filesystem.js';
import { onDrop } from '../preview2/io.js';
import { CHUNK, drain, outcomeOf, type StreamReader, streamOf, variantCode } from './streams.js';

/** What `call` gives; what it throws becomes an `error-code`. */
async function coded<T>(call: () => T): Promise<T> {
  try {
    return call();
  } catch (error) {
    throw variantCode(error);
  }
}

const variant = ({ type, ...rest }: ReturnType<typeof descriptorStat>) => ({
  type: { tag: type },
  ...rest,
});

/** `descriptor` of wasi:filesystem/types@0.3. */
export class Descriptor {
  private readonly open: OpenDescriptor;

  constructor(open: OpenDescriptor) {
    this.open = open;
    onDrop(this, () => this.open.close());
  }

  readViaStream(offset: bigint) {
    let position: number | undefined;
    return streamOf(async () => {
      const { open } = this;
      const file = open.file('read');
      position ??= offsetOf(offset);
      const buffer = new Uint8Array(CHUNK);
      const count = file.read([buffer], open.at(position));
      position += count;
      return count === 0 ? undefined : buffer.slice(0, count);
    }, variantCode);
  }

  writeViaStream(data: StreamReader, offset: bigint) {
    let position: number | undefined;
    return this.written(data, (bytes) => {
      position ??= offsetOf(offset);
      this.open.writeAll(bytes, position);
      position += bytes.length;
    });
  }

  appendViaStream(data: StreamReader) {
    return this.written(data, (bytes) => {
      this.open.writeAll(bytes, Number(this.open.file('write').stat().size));
    });
  }

  readDirectory() {
    let entries: Iterator<{ type: string; name: string }> | undefined;
    return streamOf(async () => {
      entries ??= this.open.entries();
      const { done, value } = entries.next();
      return done ? undefined : { type: { tag: value.type }, name: value.name };
    }, variantCode);
  }

  advise = (_offset: bigint, _length: bigint, _advice: string) =>
    coded(() => void this.open.file());
  syncData = () => coded(() => this.open.sync());
  sync = () => coded(() => this.open.sync());
  getFlags = () => coded((): DescriptorFlags => ({ ...this.open.flags }));
  getType = () => coded(() => ({ tag: typeName(this.open.stat().filetype) }));
  setSize = (size: bigint) => coded(() => this.open.setSize(size));
  setTimes = (access: NewTimestamp, modification: NewTimestamp) =>
    coded(() => this.open.setTimes(this.open.times(access, modification)));
  createDirectoryAt = (path: string) => coded(() => makeDirectoryAt(this.open.start(), path));
  stat = () => coded(() => variant(descriptorStat(this.open.stat())));
  statAt = (flags: PathFlags, path: string) =>
    coded(() => variant(descriptorStat(statAt(this.open.start(), path, lastOf(flags)))));
  setTimesAt = (flags: PathFlags, path: string, access: NewTimestamp, modification: NewTimestamp) =>
    coded(() => {
      const times = this.open.times(access, modification);
      setTimesAt(this.open.start(), path, lastOf(flags), times);
    });
  linkAt = (flags: PathFlags, oldPath: string, target: Descriptor, newPath: string) =>
    coded(() => linkAt(this.open.start(), oldPath, lastOf(flags), target.open.start(), newPath));
  openAt = (last: PathFlags, path: string, how: OpenFlags, flags: DescriptorFlags) =>
    coded(() => new Descriptor(this.open.open(path, last, how, flags)));
  readlinkAt = (path: string) => coded(() => readlinkAt(this.open.start(), path));
  removeDirectoryAt = (path: string) => coded(() => removeDirectoryAt(this.open.start(), path));
  renameAt = (oldPath: string, target: Descriptor, newPath: string) =>
    coded(() => renameAt(this.open.start(), oldPath, target.open.start(), newPath));
  symlinkAt = (oldPath: string, newPath: string) =>
    coded(() => symlinkAt(this.open.start(), oldPath, newPath));
  unlinkFileAt = (path: string) => coded(() => unlinkAt(this.open.start(), path));
  isSameObject = async (other: Descriptor) => this.open.isSame(other.open);
  metadataHash = () => coded(() => metadataHash(this.open.stat()));
  metadataHashAt = (flags: PathFlags, path: string) =>
    coded(() => metadataHash(statAt(this.open.start(), path, lastOf(flags))));

  private written(data: StreamReader, write: (bytes: Uint8Array) => void) {
    const call = async (): Promise<void> => {
      this.open.file('write');
      await drain(data, write);
    };
    return outcomeOf(data, call, variantCode);
  }
}

/** The interfaces of wasi:filesystem@0.3. */
export function filesystem(preopens: readonly OpenPreopen[], host: Host, fileSize: number) {
  const getDirectories = () =>
    openDirectories(preopens, host, fileSize).map(([open, name]): [Descriptor, string] => [
      new Descriptor(open),
      name,
    ]);
  return {
    'wasi:filesystem/types@0.3': { Descriptor },
    'wasi:filesystem/preopens@0.3': { getDirectories },
  };
}
