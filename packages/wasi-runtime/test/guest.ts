import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RIGHTS, RIGHTS_ALL, RIGHTS_DIRECTORY, RIGHTS_FILE } from '../src/core/types.js';
import type { WASIOptions } from '../src/index.js';
import { ERRNO, MemoryHost, WASI } from '../src/index.js';

/** Rights that programs ask for when they open a file for reading, or for reading and writing. */
export const READ =
  RIGHTS_FILE & ~(RIGHTS.FD_WRITE | RIGHTS.FD_ALLOCATE | RIGHTS.FD_FILESTAT_SET_SIZE);
export const READ_WRITE = RIGHTS_FILE;
/** Rights for a directory that everything may be done with. */
export const DIRECTORY = RIGHTS_DIRECTORY;
export const INHERIT = RIGHTS_DIRECTORY | RIGHTS_FILE;

/** Name of an error number, so that failures of tests read well. */
export function errorName(errno: number): string {
  return Object.entries(ERRNO).find(([, value]) => value === errno)?.[0] ?? String(errno);
}

/** How {@link Guest.open} opens. */
export interface OpenOptions {
  follow?: boolean;
  oflags?: number;
  rights?: number;
  inheriting?: number;
  fdflags?: number;
}

/** A guest that is only a memory; calls the import object as a program would. */
export class Guest {
  readonly memory = { buffer: new ArrayBuffer(1 << 20) };
  readonly bytes = new Uint8Array(this.memory.buffer);
  readonly view = new DataView(this.memory.buffer);
  readonly wasi: WASI;
  readonly call: WASI['wasiImport'];
  /** Where results go. */
  readonly out = 1024;
  private top = 4096;

  /** @param options of WASI; standard streams are empty unless given */
  constructor(options: WASIOptions = {}) {
    this.wasi = new WASI({ stdin: '', stdout: () => {}, stderr: () => {}, ...options });
    this.wasi.finalizeBindings({ exports: { memory: this.memory } });
    this.call = this.wasi.wasiImport;
  }

  /** Calls a function; returns the error's name, `SUCCESS` for none. */
  run(name: string, ...args: (number | bigint)[]): string {
    this.top = 4096;
    return errorName(this.call[name]!(...args));
  }

  /** Puts text or bytes into memory; returns pointer and length. */
  put(data: string | Uint8Array): [number, number] {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const at = this.top;
    this.bytes.set(bytes, at);
    this.top = (at + bytes.length + 15) & ~7;
    return [at, bytes.length];
  }

  /** An iovec array over one buffer of `length` bytes; returns [array, count, buffer]. */
  iovec(length: number): [number, number, number] {
    const [buffer] = this.put(new Uint8Array(length));
    const [array] = this.put(new Uint8Array(8));
    this.view.setUint32(array, buffer, true);
    this.view.setUint32(array + 4, length, true);
    return [array, 1, buffer];
  }

  /** Opens a path; returns the descriptor, or the error's name. */
  open(dir: number, path: string, options: OpenOptions = {}): number | string {
    const { follow = true, oflags = 0, rights = READ, inheriting = 0, fdflags = 0 } = options;
    const [pointer, length] = this.put(path);
    const error = this.run(
      'path_open',
      dir,
      follow ? 1 : 0,
      pointer,
      length,
      oflags,
      BigInt(rights),
      BigInt(inheriting),
      fdflags,
      this.out,
    );
    return error === 'SUCCESS' ? this.u32() : error;
  }

  /** Opens a path that has to open. */
  mustOpen(dir: number, path: string, options: OpenOptions = {}): number {
    const fd = this.open(dir, path, options);
    if (typeof fd === 'string') throw new Error(`${path}: ${fd}`);
    return fd;
  }

  /** Writes text; returns the count written, or the error's name. */
  write(fd: number, text: string | Uint8Array): number | string {
    const [buffer, length] = this.put(text);
    const [array] = this.put(new Uint8Array(8));
    this.view.setUint32(array, buffer, true);
    this.view.setUint32(array + 4, length, true);
    const error = this.run('fd_write', fd, array, 1, this.out);
    return error === 'SUCCESS' ? this.u32() : error;
  }

  /** Reads up to `length` bytes as text, or the error's name in angle brackets. */
  read(fd: number, length = 1024): string {
    const [array, count, buffer] = this.iovec(length);
    const error = this.run('fd_read', fd, array, count, this.out);
    return error === 'SUCCESS' ? this.text(buffer, this.u32()) : `<${error}>`;
  }

  /** Text at a place in memory. */
  text(pointer: number, length: number): string {
    return new TextDecoder().decode(this.bytes.slice(pointer, pointer + length));
  }

  /** The 32-bit result of the last call. */
  u32(at = this.out): number {
    return this.view.getUint32(at, true);
  }

  /** The 64-bit result of the last call. */
  u64(at = this.out): bigint {
    return this.view.getBigUint64(at, true);
  }

  /** A function that takes one path. */
  path(name: string, dir: number, path: string): string {
    return this.run(name, dir, ...this.put(path));
  }

  /** `path_symlink`. */
  symlink(target: string, dir: number, path: string): string {
    return this.run('path_symlink', ...this.put(target), dir, ...this.put(path));
  }

  /** `path_rename`. */
  rename(dir: number, from: string, newDir: number, to: string): string {
    return this.run('path_rename', dir, ...this.put(from), newDir, ...this.put(to));
  }

  /** `path_link`. */
  link(dir: number, from: string, newDir: number, to: string, follow = 0): string {
    return this.run('path_link', dir, follow, ...this.put(from), newDir, ...this.put(to));
  }

  /** `path_filestat_get`: type, size and times, or the error's name. */
  stat(dir: number, path: string, follow = 1): Stat | string {
    const error = this.run('path_filestat_get', dir, follow, ...this.put(path), this.out);
    return error === 'SUCCESS' ? this.filestat() : error;
  }

  /** `fd_filestat_get`. */
  fstat(fd: number): Stat | string {
    const error = this.run('fd_filestat_get', fd, this.out);
    return error === 'SUCCESS' ? this.filestat() : error;
  }

  /** The filestat at the result place. */
  filestat(): Stat {
    const at = this.out;
    return {
      ino: this.u64(at + 8),
      filetype: this.bytes[at + 16]!,
      nlink: this.u64(at + 24),
      size: this.u64(at + 32),
      atim: this.u64(at + 40),
      mtim: this.u64(at + 48),
    };
  }

  /** `fd_fdstat_get`. */
  fdstat(fd: number): { filetype: number; flags: number; base: number; inheriting: number } {
    const error = this.run('fd_fdstat_get', fd, this.out);
    if (error !== 'SUCCESS') throw new Error(error);
    return {
      filetype: this.bytes[this.out]!,
      flags: this.view.getUint16(this.out + 2, true),
      base: Number(this.u64(this.out + 8)),
      inheriting: Number(this.u64(this.out + 16)),
    };
  }

  /** The entries that one `fd_readdir` gives whole. */
  readdir(fd: number, cookie = 0n, space = 4096): { name: string; next: bigint; type: number }[] {
    const [buffer] = this.put(new Uint8Array(space));
    const error = this.run('fd_readdir', fd, buffer, space, cookie, this.out);
    if (error !== 'SUCCESS') throw new Error(error);
    const end = buffer + this.u32();
    const entries = [];
    for (let at = buffer; at + 24 <= end; ) {
      const length = this.u32(at + 16);
      if (at + 24 + length > end) break;
      const name = this.text(at + 24, length);
      entries.push({ name, next: this.u64(at), type: this.bytes[at + 20]! });
      at += 24 + length;
    }
    return entries;
  }
}

/** Part of a `filestat`. */
export interface Stat {
  ino: bigint;
  filetype: number;
  nlink: bigint;
  size: bigint;
  atim: bigint;
  mtim: bigint;
}

/** A guest whose descriptor 3 is a directory of its own, on disk or in memory. */
export interface Place {
  name: string;
  /** Makes the guest; `readonly` for its directory. */
  guest(options?: WASIOptions & { readonly?: boolean }): Guest;
  /** Removes what was made. */
  clean(): void;
}

/** The places that every test of files is run in. */
export const PLACES: [string, () => Place][] = [
  ['disk', diskPlace],
  ['memory', memoryPlace],
];

/** A directory on disk. */
function diskPlace(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'wasi-test-')));
  return {
    name: 'disk',
    guest: ({ readonly = false, ...options } = {}) =>
      new Guest({ preopens: { '/': { directory: root, readonly } }, ...options }),
    clean: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A directory in memory; every guest of the place sees the same. */
function memoryPlace(): Place {
  const host = new MemoryHost();
  return {
    name: 'memory',
    guest: ({ readonly = false, ...options } = {}) =>
      new Guest({ host, preopens: { '/': { directory: '.', readonly } }, ...options }),
    clean: () => {},
  };
}

/** All rights, for asking for too much. */
export const EVERYTHING = RIGHTS_ALL;
