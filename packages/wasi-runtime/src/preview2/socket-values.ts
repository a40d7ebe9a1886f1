/** What wasi:sockets of 0.2 and 0.3 have in common with the core: addresses and failures, in both forms. */
import {
  type Family,
  familyOf,
  isUnspecified,
  type SocketAddress,
  unmapped,
} from '../core/address.js';
import { type ErrnoName, WasiError } from '../core/errno.js';

/** `ip-address-family`. */
export type AddressFamily = 'ipv4' | 'ipv6';

/** `ip-address`: four bytes, or eight numbers of 16 bits. */
export interface IpAddress {
  tag: AddressFamily;
  val: readonly number[];
}

/** `ip-socket-address`. */
export interface IpSocketAddress {
  tag: AddressFamily;
  val: { port: number; address: readonly number[]; flowInfo?: number; scopeId?: number };
}

/** The name of a family. */
export const familyName = (family: Family): AddressFamily => (family === 4 ? 'ipv4' : 'ipv6');

/** The number of one. */
export const familyNumber = (family: AddressFamily): Family => (family === 'ipv4' ? 4 : 6);

/** An address as the interface has it. */
export function ipAddress(ip: Uint8Array): IpAddress {
  if (ip.length === 4) return { tag: 'ipv4', val: [...ip] };
  const val = Array.from({ length: 8 }, (_, i) => (ip[2 * i]! << 8) | ip[2 * i + 1]!);
  return { tag: 'ipv6', val };
}

/** An address and a port as the interface has them. */
export function ipSocketAddress({ ip, port }: SocketAddress): IpSocketAddress {
  const { tag, val: address } = ipAddress(ip);
  const val = tag === 'ipv4' ? { port, address } : { port, flowInfo: 0, address, scopeId: 0 };
  return { tag, val };
}

/** And back. */
export function socketAddress({ tag, val: { port, address } }: IpSocketAddress): SocketAddress {
  const ip =
    tag === 'ipv4'
      ? Uint8Array.from(address)
      : Uint8Array.from(address.flatMap((group) => [group >> 8, group & 0xff]));
  return { ip, port };
}

/** Does a socket of this family take such an address? The interface wants families, and IPv6, kept apart. */
export function isOfFamily({ ip }: SocketAddress, family: Family): boolean {
  return familyOf(ip) === family && unmapped(ip) === ip;
}

/** Is it one host's? Groups (224.0.0.0/4, ff00::/8) and broadcast are not. */
export function isUnicast({ ip }: SocketAddress): boolean {
  if (ip.length === 16) return ip[0] !== 0xff;
  return (ip[0]! & 0xf0) !== 0xe0 && !ip.every((byte) => byte === 0xff);
}

/** Can it be connected to: a port of one host? */
export const isTarget = (address: SocketAddress): boolean =>
  address.port !== 0 && !isUnspecified(address.ip) && isUnicast(address);

/** A call that the state of a socket, or one of its arguments, does not permit. */
export class SocketError extends Error {
  /** The `error-code`. */
  readonly code: string;

  /** @param code the `error-code` */
  constructor(code: string) {
    super(code);
    Object.setPrototypeOf(this, SocketError.prototype);
    this.code = code;
  }
}

/** Throws a {@link SocketError}. */
export function refuse(code: string): never {
  throw new SocketError(code);
}

/** The `error-code` of each error number that has one. */
const CODES: Partial<Record<ErrnoName, string>> = {
  ACCES: 'access-denied',
  NOTCAPABLE: 'access-denied',
  PERM: 'access-denied',
  NOTSUP: 'not-supported',
  NOSYS: 'not-supported',
  INVAL: 'invalid-argument',
  AFNOSUPPORT: 'invalid-argument',
  DESTADDRREQ: 'invalid-argument',
  NOMEM: 'out-of-memory',
  NOBUFS: 'out-of-memory',
  TIMEDOUT: 'timeout',
  AGAIN: 'would-block',
  ISCONN: 'invalid-state',
  NOTCONN: 'invalid-state',
  MFILE: 'new-socket-limit',
  NFILE: 'new-socket-limit',
  ADDRNOTAVAIL: 'address-not-bindable',
  ADDRINUSE: 'address-in-use',
  NETUNREACH: 'remote-unreachable',
  NETDOWN: 'remote-unreachable',
  HOSTUNREACH: 'remote-unreachable',
  CONNREFUSED: 'connection-refused',
  CONNRESET: 'connection-reset',
  PIPE: 'connection-aborted',
  CONNABORTED: 'connection-aborted',
  MSGSIZE: 'datagram-too-large',
};

/** The `error-code` of something that was thrown; what is no failure of a socket passes through. */
export function socketCode(error: unknown): string {
  if (error instanceof SocketError) return error.code;
  if (error instanceof WasiError) return CODES[error.message] ?? 'unknown';
  throw error;
}
