import { type ErrnoName, fail } from './errno.js';
import type { Directory, Listener, OpenFile, Socket, Stream } from './host.js';
import type { Listing } from './listing.js';
import type { GuestEndpoint, SocketOptions } from './network.js';

interface Common {
  /** One of `FILETYPE`. */
  filetype: number;
  /** `fs_rights_base`. */
  base: number;
  /** `fs_rights_inheriting`. */
  inheriting: number;
  /** `fdflags`. */
  flags: number;
}

/** An open regular file or device. */
export interface FileDescriptor extends Common {
  kind: 'file';
  file: OpenFile;
  /** Offset in bytes; `null` when the file cannot seek. */
  position: number | null;
  /** Opened below a read-only preopen. */
  readonly: boolean;
}

/** An open directory. */
export interface DirectoryDescriptor extends Common {
  kind: 'directory';
  directory: Directory;
  /** UTF-8 of the guest's name for it, when it is a preopen. */
  preopen: Uint8Array | undefined;
  /** Nothing below it may change. */
  readonly: boolean;
  /** State of `fd_readdir`. */
  listing: Listing | undefined;
}

/** A standard stream. */
export interface StreamDescriptor extends Common {
  kind: 'stream';
  stream: Stream;
}

/** A socket that is connected, or that the guest has made. */
export interface SocketDescriptor extends Common {
  kind: 'socket';
  stream: Socket;
  /** The same, where the guest has made it. */
  endpoint?: GuestEndpoint;
  /** What the guest has set. */
  options?: SocketOptions;
}

/** A listening socket. */
export interface ListenerDescriptor extends Common {
  kind: 'listener';
  listener: Listener;
  /** What the guest has set, also for the connections that it accepts. */
  options?: SocketOptions;
}

/** What a file descriptor of the guest stands for. */
export type Descriptor =
  | FileDescriptor
  | DirectoryDescriptor
  | StreamDescriptor
  | SocketDescriptor
  | ListenerDescriptor;

/** Releases what a descriptor holds. */
export function closeDescriptor(descriptor: Descriptor): void {
  if (descriptor.kind === 'file') descriptor.file.close();
  else if (descriptor.kind === 'directory') descriptor.directory.close();
  else if (descriptor.kind === 'listener') descriptor.listener.close();
  else descriptor.stream.close();
}

/** The guest's file descriptors. A new one gets the lowest free number. */
export class DescriptorTable {
  private readonly entries: (Descriptor | undefined)[] = [];
  private readonly limit: number;
  private count = 0;
  private lowest = 0;

  /** @param limit most descriptors open at once */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Throws `EMFILE` when no descriptor can be added; to be asked before the host opens something. */
  reserve(): void {
    if (this.count >= this.limit) fail('MFILE');
  }

  /** Adds a descriptor and returns its number. */
  add(descriptor: Descriptor): number {
    this.reserve();
    let fd = this.lowest;
    while (this.entries[fd]) fd++;
    this.entries[fd] = descriptor;
    this.lowest = fd + 1;
    this.count++;
    return fd;
  }

  /** The descriptor `fd`; throws `EBADF`. */
  get(fd: number): Descriptor {
    return this.entries[fd] ?? fail('BADF');
  }

  /** The descriptor `fd` with all of `rights`; throws `EBADF`, `ENOTCAPABLE`. */
  withRights(fd: number, rights: number): Descriptor {
    const descriptor = this.get(fd);
    if (rights & ~descriptor.base) fail('NOTCAPABLE');
    return descriptor;
  }

  /** The file `fd` with `rights`; `ENOTCAPABLE`, `EISDIR`, or `other` when it is no file at all. */
  file(fd: number, rights: number, other: ErrnoName): FileDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind === 'directory') fail('ISDIR');
    if (descriptor.kind !== 'file') fail(other);
    if (rights & ~descriptor.base) fail('NOTCAPABLE');
    return descriptor;
  }

  /** The directory `fd` with `rights`; throws `EBADF`, `ENOTDIR`, `ENOTCAPABLE`. */
  directory(fd: number, rights: number): DirectoryDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind !== 'directory') fail('NOTDIR');
    if (rights & ~descriptor.base) fail('NOTCAPABLE');
    return descriptor;
  }

  /** Closes `fd`. */
  close(fd: number): void {
    const descriptor = this.get(fd);
    this.entries[fd] = undefined;
    this.count--;
    if (fd < this.lowest) this.lowest = fd;
    closeDescriptor(descriptor);
  }

  /** Puts a descriptor in the place of `fd`, which is not closed: what stands for it has become something else. */
  replace(fd: number, descriptor: Descriptor): void {
    this.get(fd);
    this.entries[fd] = descriptor;
  }

  /** Moves `from` to `to`, closing what was there; both must be open (`EBADF`). */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    const replaced = this.get(to);
    if (from === to) return;
    this.entries[to] = descriptor;
    this.entries[from] = undefined;
    this.count--;
    if (from < this.lowest) this.lowest = from;
    closeDescriptor(replaced);
  }

  /** Closes everything; failures are the host's and are dropped. */
  closeAll(): void {
    for (let fd = 0; fd < this.entries.length; fd++) {
      if (!this.entries[fd]) continue;
      try {
        this.close(fd);
      } catch {
        // A descriptor that cannot be closed is gone all the same.
      }
    }
  }

  /** How many descriptors are open. */
  get size(): number {
    return this.count;
  }
}
