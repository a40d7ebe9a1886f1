import type { GuestMemory } from './guest-memory.js';
import type { Stat } from './host.js';

/** Where the two published versions of the interface differ. */
export interface Layout {
  /** Writes a `filestat`. */
  filestat(memory: GuestMemory, pointer: number, stat: Stat): void;
  /** Size of a `filestat` in bytes. */
  filestatSize: number;
  /** `whence` values in the order set, current, end. */
  whence: readonly [number, number, number];
  /** Size of a `subscription` in bytes. */
  subscriptionSize: number;
  /** Offset of a clock subscription's fields: id, timeout, precision, flags. */
  clock: { id: number; timeout: number; precision: number; flags: number };
  /** Is this a function that the version does not have? */
  missing(name: string): boolean;
}

/** Writes the four words that end a `filestat`: size and three times. */
function sizeAndTimes(memory: GuestMemory, pointer: number, stat: Stat): void {
  memory.setU64(pointer, stat.size);
  memory.setU64(pointer + 8, stat.atim);
  memory.setU64(pointer + 16, stat.mtim);
  memory.setU64(pointer + 24, stat.ctim);
}

/** Writes what begins a `filestat`: device, inode, type (and zeros up to 24 bytes). */
function identity(memory: GuestMemory, pointer: number, stat: Stat): void {
  memory.setU64(pointer, stat.dev);
  memory.setU64(pointer + 8, stat.ino);
  memory.setU64(pointer + 16, BigInt(stat.filetype));
}

/** `wasi_snapshot_preview1`. */
export const PREVIEW1: Layout = {
  filestat(memory, pointer, stat) {
    memory.bytes(pointer, 64);
    identity(memory, pointer, stat);
    memory.setU64(pointer + 24, stat.nlink);
    sizeAndTimes(memory, pointer + 32, stat);
  },
  filestatSize: 64,
  whence: [0, 1, 2],
  subscriptionSize: 48,
  clock: { id: 16, timeout: 24, precision: 32, flags: 40 },
  missing: () => false,
};

/** What the version before has for sockets. */
const UNSTABLE_SOCKETS = ['sock_recv', 'sock_send', 'sock_shutdown'];

/** `wasi_unstable`, the version before. */
export const UNSTABLE: Layout = {
  filestat(memory, pointer, stat) {
    memory.bytes(pointer, 56);
    identity(memory, pointer, stat);
    memory.setU32(pointer + 20, Number(BigInt.asUintN(32, stat.nlink)));
    sizeAndTimes(memory, pointer + 24, stat);
  },
  filestatSize: 56,
  whence: [2, 0, 1],
  subscriptionSize: 56,
  clock: { id: 24, timeout: 32, precision: 40, flags: 48 },
  missing: (name) => name.startsWith('sock_') && !UNSTABLE_SOCKETS.includes(name),
};
