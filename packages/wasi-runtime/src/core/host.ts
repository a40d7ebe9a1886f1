/**
 * The host interface: all that the core knows of the world. A name given to a {@link Directory} is
 * one path component (never empty, `.`, `..`, or with a `/` or NUL inside) and is never followed when
 * it is a symbolic link; paths are resolved by the core alone. Failures are thrown as `WasiError`.
 */
import type { SocketAddress } from './address.js';

/** What is known of a file; times are nanoseconds since 1970. */
export interface Stat {
  dev: bigint;
  ino: bigint;
  /** One of `FILETYPE`. */
  filetype: number;
  nlink: bigint;
  size: bigint;
  atim: bigint;
  mtim: bigint;
  ctim: bigint;
}

/** How {@link Directory.open} opens a file. */
export interface OpenMode {
  /** The guest may read. */
  read: boolean;
  /** The guest may write or resize. */
  write: boolean;
  /** Make the file when it is missing. */
  create: boolean;
  /** Fail with `EEXIST` when it is there. */
  exclusive: boolean;
  /** Cut it to nothing. */
  truncate: boolean;
  /**
   * A device or a pipe is meant, which may be waited for. Without it opening must never wait, as
   * something may have taken the place of the file since it was looked at.
   */
  special?: boolean;
}

/** An open file. */
export interface OpenFile {
  /** The file's state now. */
  stat(): Stat;
  /**
   * Fills the buffers from `position` (bytes from the start; `null` for a file that cannot seek: from
   * wherever it is). Returns the count of bytes read, 0 at the end.
   */
  read(buffers: Uint8Array[], position: number | null): number;
  /** Writes the buffers at `position` (as for `read`). Returns the count of bytes written. */
  write(buffers: Uint8Array[], position: number | null): number;
  /** Cuts or extends (with zeros) to `size` bytes. */
  truncate(size: number): void;
  /** Sets the times in nanoseconds; `undefined` keeps one. */
  setTimes(atim: bigint | undefined, mtim: bigint | undefined): void;
  /** Flushes to the medium. */
  sync(): void;
  /** Releases the host's resources. */
  close(): void;
}

/** A directory of some file system. */
export interface Directory {
  /** The directory's own state. */
  stat(): Stat;
  /** State of the entry `name`, not following it; `undefined` when there is none. */
  lookup(name: string): Stat | undefined;
  /** The child directory `name`, known to be a directory. */
  directory(name: string): Directory;
  /**
   * The child directory `name`, held; `undefined` when there is none, or it is no directory. Left
   * out, `lookup` and `directory(name).hold()` do the same in two steps.
   */
  enter?(name: string): Directory | undefined;
  /**
   * Where `..` leads to from a path's beginning, in a file system of our own; left out, a path cannot leave its
   * beginning.
   */
  readonly above?: Directory | undefined;
  /**
   * The same directory, kept by a descriptor: it stays the same one when it is renamed, moved or
   * replaced, and when it is removed nothing that comes in its place is seen.
   */
  hold(): Directory;
  /** Ends {@link hold}. */
  close(): void;
  /** Opens the entry `name`, known not to be a directory or a link; fails when it has become one. */
  open(name: string, mode: OpenMode): OpenFile;
  /** Target of the symbolic link `name`. */
  readlink(name: string): string;
  /** Names of all entries but `.` and `..`. */
  list(): string[];
  /** Makes a directory. */
  mkdir(name: string): void;
  /** Removes an empty directory. */
  rmdir(name: string): void;
  /** Removes an entry that is no directory. */
  unlink(name: string): void;
  /** Makes a symbolic link called `name`. */
  symlink(target: string, name: string): void;
  /** Makes a hard link `newName` in `dir`; `EXDEV` when that is another file system. */
  link(name: string, dir: Directory, newName: string): void;
  /** Renames to `newName` in `dir`, replacing as POSIX `rename` does; `EXDEV` as for `link`. */
  rename(name: string, dir: Directory, newName: string): void;
  /** Sets times of the entry `name` (the directory itself when `undefined`), not following it. */
  setTimes(name: string | undefined, atim: bigint | undefined, mtim: bigint | undefined): void;
  /** Flushes the directory itself to the medium. */
  sync(): void;
}

/** Answer of a stream that is ready. */
export interface Ready {
  /** Bytes that can be read or written at once, as far as known. */
  nbytes: number;
  /** The other side is gone. */
  hangup: boolean;
}

/** A sequence of bytes without position: a standard stream, a pipe, a socket. */
export interface Stream {
  /** One of `FILETYPE`. */
  readonly filetype: number;
  /** Which directions it serves. */
  readonly readable: boolean;
  readonly writable: boolean;
  /**
   * Reads at least one byte, waiting for it unless `nonblock` (then `EAGAIN`). 0 at the end.
   */
  read(buffers: Uint8Array[], nonblock: boolean): number;
  /** Writes everything, or with `nonblock` what can be taken at once (`EAGAIN` when nothing). */
  write(buffers: Uint8Array[], nonblock: boolean): number;
  /** Whether reading (or writing) would return at once; `undefined` when not. */
  poll(write: boolean): Ready | undefined;
  /** The state to report, when the host knows one. */
  stat?(): Stat;
  /** Releases the host's resources. */
  close(): void;
}

/** A connected stream socket. What it does not know of addresses and settings, it leaves out. */
export interface Socket extends Stream {
  /** As `read`, but leaves the bytes to be read again. */
  peek(buffers: Uint8Array[], nonblock: boolean): number;
  /** Ends one or both directions. */
  shutdown(read: boolean, write: boolean): void;
  /** Its own address. */
  local?(): SocketAddress;
  /** The other side's address. */
  remote?(): SocketAddress;
  /** The number of the error that ended it, told once; 0 for none. */
  error?(): number;
  /** Changes a setting. */
  set?(option: SystemOption, value: number): void;
}

/** A listening stream socket. */
export interface Listener {
  /** Takes the next connection, waiting for it unless `nonblock` (then `EAGAIN`). */
  accept(nonblock: boolean): Socket;
  /** Whether `accept` would return at once. */
  poll(): Ready | undefined;
  /** Its address. */
  local?(): SocketAddress;
  /** Stops listening. */
  close(): void;
}

/** Settings that reach the system; all others are only remembered. */
export type SystemOption =
  | 'noDelay'
  | 'keepAlive'
  | 'broadcast'
  | 'ttl'
  | 'multicastTtl'
  | 'multicastLoop';

/** A TCP connection that is being made or has been. */
export interface Connection extends Socket {
  /**
   * Returns when it is made; throws why it could not be, or with `nonblock` `EAGAIN` when that is not known yet.
   */
  established(nonblock: boolean): void;
  error(): number;
  local(): SocketAddress;
  remote(): SocketAddress;
  set(option: SystemOption, value: number): void;
}

/** A datagram and where it has come from. */
export interface Received {
  from: SocketAddress;
  data: Uint8Array;
}

/** A bound UDP socket. */
export interface Datagrams {
  local(): SocketAddress;
  /** Sends one datagram, or `EAGAIN` with `nonblock` while too much is on its way. */
  send(data: Uint8Array, to: SocketAddress, nonblock: boolean): void;
  /** The next datagram from an address that `wanted` takes, waiting for it; others are dropped. */
  receive(nonblock: boolean, peek: boolean, wanted: (from: SocketAddress) => boolean): Received;
  poll(write: boolean, wanted: (from: SocketAddress) => boolean): Ready | undefined;
  set(option: SystemOption, value: number): void;
  close(): void;
}

/** A listener that tells its address. */
export interface BoundListener extends Listener {
  local(): SocketAddress;
}

/** How an address is bound. */
export interface BindOptions {
  /** A socket of IPv6 takes no part in IPv4. */
  ipv6Only: boolean;
  reusePort: boolean;
}

/** What the host offers to sockets; addresses are used as they are given. Failures are `WasiError`s. */
export interface Network {
  /** Listens; the address is bound when it returns. */
  listen(local: SocketAddress, options: BindOptions & { backlog: number }): BoundListener;
  /**
   * Begins to connect, from `local` if that is given.
   * @param tls the name of whom the certificate has to be, where the connection is to be encrypted
   */
  connect(remote: SocketAddress, local: SocketAddress | undefined, tls?: string): Connection;
  /** Binds a UDP socket. */
  datagrams(local: SocketAddress, options: BindOptions): Datagrams;
  /** The host's own address that datagrams to another one come from, as far as it can be told. */
  sourceFor(remote: SocketAddress): Uint8Array | undefined;
  /** Begins to look up a name; what it returns gives the addresses, or throws `EAGAIN` with `nonblock`. */
  lookUp(name: string): (nonblock: boolean) => Uint8Array[];
}

/** Everything outside the guest. */
export interface Host {
  /** Time of a `CLOCK` in nanoseconds; the realtime clock counts from 1970. */
  now(clock: number): bigint;
  /** Resolution of a `CLOCK` in nanoseconds. */
  resolution(clock: number): bigint;
  /** Fills with random bytes fit for cryptography. */
  random(buffer: Uint8Array): void;
  /** Waits `ms` milliseconds, or less when something that a guest waits for may have happened. */
  sleep(ms: number): void;
  /**
   * As `sleep`, without keeping the thread: resolves when something that a guest waits for may have happened, after `ms`
   * milliseconds at the latest. Left out where there is nothing that knows.
   */
  change?(ms: number): Promise<void>;
  /** Gives the processor away for a moment. */
  yield(): void;
  /** The stream for one of the host's own descriptors (0 to 2 by default). */
  stream(fd: number): Stream;
  /** The directory at a path of the host; the path itself may lead through links. */
  directory(path: string): Directory;
  /** Listens on `address` (`host:port`). */
  listen(address: string): Listener;
  /** What guests make sockets with; left out where there is no network. */
  network?(): Network;
  /** Ends the host's process; `undefined` when there is none to end. */
  exit?(code: number): never;
  /** Called when the guest is done: pending output is written out. */
  finish(): void;
}
