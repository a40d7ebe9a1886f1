/**
 * The two forms that the functions on sockets have in `wasi_snapshot_preview1`: WasmEdge's and WAMR's. They share
 * names, not signatures; which one a module was made for is told by how many parameters its imports have, that is,
 * by how many arguments come. Here are the layouts of addresses in the guest's memory.
 *
 * WasmEdge: `{ buffer: u32, length: u32 }`, the port apart. The buffer is a plain address (4 or 16 bytes), or, in the
 * functions called `_v2`, 128 bytes: the family as u16, then the address.
 * WAMR: 24 bytes: u32 kind (0 IPv4, 1 IPv6); IPv4: 4 bytes, port u16; IPv6: 8 groups u16, port u16.
 */
import { type Family, familyOf, type SocketAddress } from '../core/address.js';
import { fail } from '../core/errno.js';
import type { GuestMemory } from '../core/guest-memory.js';

/** Size of WasmEdge's buffer that says the family. */
const STORAGE = 128;
/** `address_family` of WasmEdge. */
const EDGE_INET4 = 1;
const EDGE_INET6 = 2;
/** `sock_type` of WasmEdge, and of WAMR. */
export const EDGE_DATAGRAM = 1;
export const EDGE_STREAM = 2;
export const WAMR_DATAGRAM = 0;
export const WAMR_STREAM = 1;
/** What WasmEdge's older functions tell in place of the family. */
const EDGE_OLD: Record<Family, number> = { 4: 4, 6: 6 };
/** Bytes of WAMR's address. */
export const WAMR_ADDRESS = 24;

/** WasmEdge's number of a family. */
export function edgeFamily(family: Family): number {
  return family === 4 ? EDGE_INET4 : EDGE_INET6;
}

/** The family of WasmEdge's number; `EAFNOSUPPORT` for local sockets and unknown ones. */
export function fromEdgeFamily(number: number): Family {
  if (number === EDGE_INET4) return 4;
  return number === EDGE_INET6 ? 6 : fail('AFNOSUPPORT');
}

/** The buffer of WasmEdge's address. */
function edgeBuffer(memory: GuestMemory, pointer: number): Uint8Array {
  return memory.bytes(memory.getU32(pointer), memory.getU32(pointer + 4));
}

/** Reads WasmEdge's address; the bytes are copied. */
export function readEdge(memory: GuestMemory, pointer: number, port: number): SocketAddress {
  const buffer = edgeBuffer(memory, pointer);
  if (port > 0xffff) fail('INVAL');
  if (buffer.length === 4 || buffer.length === 16) return { ip: new Uint8Array(buffer), port };
  if (buffer.length !== STORAGE) fail('INVAL');
  const family = fromEdgeFamily(buffer[0]! | (buffer[1]! << 8));
  return { ip: new Uint8Array(buffer.subarray(2, family === 4 ? 6 : 18)), port };
}

/** Checks that an address of any family can be written before something happens. */
export function checkEdge(memory: GuestMemory, pointer: number): void {
  const { length } = edgeBuffer(memory, pointer);
  if (length !== 4 && length !== 16 && length !== STORAGE) fail('INVAL');
}

/** Writes WasmEdge's address into the buffer that the guest has given, without the port. */
export function writeEdge(memory: GuestMemory, pointer: number, { ip }: SocketAddress): void {
  const buffer = edgeBuffer(memory, pointer);
  if (buffer.length === STORAGE) {
    buffer.fill(0);
    buffer[0] = edgeFamily(familyOf(ip));
    buffer.set(ip, 2);
  } else {
    if (buffer.length < ip.length) fail('INVAL');
    buffer.set(ip);
  }
}

/** What WasmEdge's older functions tell of an address. */
export function edgeOldType({ ip }: SocketAddress): number {
  return EDGE_OLD[familyOf(ip)];
}

/** The family of WAMR's number, which `address_family` and the kind of an address share. */
export function fromWamrFamily(number: number): Family {
  if (number === 0) return 4;
  return number === 1 ? 6 : fail('AFNOSUPPORT');
}

/** Reads WAMR's address. */
export function readWamr(memory: GuestMemory, pointer: number): SocketAddress {
  memory.bytes(pointer, WAMR_ADDRESS);
  if (fromWamrFamily(memory.getU32(pointer)) === 4) {
    return { ip: new Uint8Array(memory.bytes(pointer + 4, 4)), port: memory.getU16(pointer + 8) };
  }
  const ip = new Uint8Array(16);
  for (let i = 0; i < 16; i += 2) {
    const group = memory.getU16(pointer + 4 + i);
    ip[i] = group >> 8;
    ip[i + 1] = group & 0xff;
  }
  return { ip, port: memory.getU16(pointer + 20) };
}

/** Writes WAMR's address. */
export function writeWamr(memory: GuestMemory, pointer: number, { ip, port }: SocketAddress): void {
  memory.bytes(pointer, WAMR_ADDRESS).fill(0);
  if (ip.length === 4) {
    memory.bytes(pointer + 4, 4).set(ip);
    memory.setU16(pointer + 8, port);
    return;
  }
  memory.setU32(pointer, 1);
  for (let i = 0; i < 16; i += 2) memory.setU16(pointer + 4 + i, (ip[i]! << 8) | ip[i + 1]!);
  memory.setU16(pointer + 20, port);
}
