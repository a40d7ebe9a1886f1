import type { AllowList } from './allow-list.js';
import type { DescriptorTable } from './descriptors.js';
import { fail } from './errno.js';
import type { GuestMemory } from './guest-memory.js';
import type { Host } from './host.js';
import type { Layout } from './layout.js';
import type { Waiter } from './waiting.js';

/** Bounds on what a guest can make the host hold or do in one call. */
export interface Limits {
  /** Descriptors open at once, standard streams and preopens included. */
  openFiles: number;
  /** Entries of one iovec array. */
  iovecs: number;
  /** Subscriptions of one `poll_oneoff`. */
  subscriptions: number;
  /** Bytes of a path or a link's target. */
  pathLength: number;
  /** Size in bytes that a file may be given. */
  fileSize: number;
}

/** Limits used where the host sets none. */
export const DEFAULT_LIMITS: Limits = {
  openFiles: 1024,
  iovecs: 1024,
  subscriptions: 4096,
  pathLength: 4096,
  fileSize: Number.MAX_SAFE_INTEGER,
};

/** What both versions of WASI in one instance share. */
export interface Shared {
  readonly descriptors: DescriptorTable;
  readonly host: Host;
  readonly limits: Limits;
  /** What may be reached on the network. */
  readonly allowed: AllowList;
  /** Fills with random bytes: the host's way, or the one that the options name. */
  readonly random: (buffer: Uint8Array) => void;
  /** Arguments, each with its terminating NUL. */
  readonly args: Uint8Array[];
  /** `KEY=VALUE` pairs, each with its terminating NUL. */
  readonly env: Uint8Array[];
}

/** What the functions of one WASI version share. */
export interface Context extends Shared {
  /** The guest's memory; throws before the guest has been started. */
  readonly memory: GuestMemory;
  readonly layout: Layout;
  /** How calls wait. */
  readonly waiter: Waiter;
}

/**
 * A WASI function before it is given to the guest: takes unsigned numbers for 32-bit parameters and
 * BigInts for 64-bit ones, and throws `WasiError` for every failure.
 */
export type WasiFunction = (...args: never[]) => void;

/** An unsigned 64-bit parameter as a number; `error` when it is 2^53 or more. */
export function toNumber(value: bigint, error: 'INVAL' | 'FBIG'): number {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned > BigInt(Number.MAX_SAFE_INTEGER)) fail(error);
  return Number(unsigned);
}

/** A path or link target given by the guest: `ENAMETOOLONG` past the limit, `EILSEQ` if not UTF-8. */
export function guestPath(c: Context, pointer: number, length: number): string {
  if (length > c.limits.pathLength) fail('NAMETOOLONG');
  return c.memory.string(pointer, length);
}
