/**
 * Names to addresses: `sock_getaddrinfo` of WasmEdge, `sock_addr_resolve` of WAMR. Addresses in figures are read here;
 * names are looked up by the host, if the guest may do that. A name that nobody knows is `ENOENT`.
 */
import {
  type Family,
  familyOf,
  loopback,
  parseIp,
  type SocketAddress,
  unspecified,
} from '../core/address.js';
import { type Context, guestPath, type WasiFunction } from '../core/context.js';
import { fail } from '../core/errno.js';
import { networkOf } from './network.js';
import {
  EDGE_DATAGRAM,
  EDGE_STREAM,
  edgeFamily,
  fromEdgeFamily,
  WAMR_ADDRESS,
  WAMR_DATAGRAM,
  WAMR_STREAM,
  writeWamr,
} from './socket-abi.js';

/** `aiflags` of WasmEdge. */
const AI_PASSIVE = 1;
const AI_NUMERICHOST = 4;
/** Bytes of WasmEdge's `addrinfo`, and where its parts are. */
const INFO = 28;
const AT = {
  family: 2,
  type: 3,
  protocol: 4,
  addressLength: 8,
  address: 12,
  nameLength: 20,
  next: 24,
};
/** Bytes of an address there: a `sockaddr_in` or `sockaddr_in6` without its family. */
const DATA: Record<Family, number> = { 4: 14, 6: 26 };
/** `sock_type` of WasmEdge and the protocol that goes with it. */
const EDGE_TYPES = [
  { type: EDGE_STREAM, protocol: 1 },
  { type: EDGE_DATAGRAM, protocol: 2 },
];
/** Bytes of WAMR's `addr_info`: an address and a type. */
const WAMR_INFO = WAMR_ADDRESS + 4;
/** `address_family` of WAMR that stands for any, and its types, streams first. */
const WAMR_UNSPEC = 2;
const WAMR_TYPES: readonly number[] = [WAMR_STREAM, WAMR_DATAGRAM];

/** Services that programs name; all others come as numbers. */
const SERVICES: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  domain: 53,
  ftp: 21,
  ssh: 22,
  smtp: 25,
};

/** What is asked for. */
interface Question {
  node: string;
  service: string;
  family: Family | undefined;
  passive: boolean;
  numeric: boolean;
}

/** The functions. */
export function lookupFunctions(c: Context): Record<string, WasiFunction> {
  /** The addresses that answer a question. */
  function resolve({ node, service, family, passive, numeric }: Question): SocketAddress[] {
    const port =
      service === '' ? 0 : (SERVICES[service] ?? Number(/^\d{1,5}$/.exec(service)?.[0] ?? -1));
    if (port < 0 || port > 0xffff) fail('INVAL');
    const wanted = (ip: Uint8Array): boolean => family === undefined || familyOf(ip) === family;
    const found = addresses(node, passive, numeric).filter(wanted);
    return found.length > 0 ? found.map((ip) => ({ ip, port })) : fail('NOENT');
  }

  function addresses(node: string, passive: boolean, numeric: boolean): Uint8Array[] {
    if (node === '') return passive ? [unspecified(4), unspecified(6)] : [loopback(4), loopback(6)];
    const ip = parseIp(node);
    if (ip) return [ip];
    if (numeric) fail('NOENT');
    if (!c.allowed.lookup) fail('ACCES');
    const { get } = c.waiter.state(() => ({ get: networkOf(c).lookUp(node) }));
    return c.waiter.attempt(false, get);
  }

  /** A text of so many bytes; one that ends before is ended by NUL. */
  const text = (pointer: number, length: number): string =>
    guestPath(c, pointer, length).replace(/\0.*$/s, '');

  /** A text that NUL ends. */
  function terminated(pointer: number): string {
    const { u8 } = c.memory;
    const end = u8.indexOf(0, pointer);
    return end < 0 ? fail('FAULT') : guestPath(c, pointer, end - pointer);
  }

  return {
    /**
     * `sock_getaddrinfo`: (node, its length, service, its length, hints, where the guest's list begins, its length,
     * count out). The list's entries and their addresses are the guest's; an address that does not fit is left out.
     */
    sock_getaddrinfo(
      node: number,
      nodeLength: number,
      service: number,
      serviceLength: number,
      hints: number,
      listAt: number,
      most: number,
      countOut: number,
    ): void {
      const { memory } = c;
      memory.bytes(hints, INFO);
      memory.bytes(countOut, 4);
      const flags = memory.getU16(hints);
      const family = memory.getU8(hints + AT.family);
      const type = memory.getU8(hints + AT.type);
      if (type > 2) fail('INVAL');
      const types = EDGE_TYPES.filter((one) => type === 0 || one.type === type);
      const found = resolve({
        node: text(node, nodeLength),
        service: text(service, serviceLength),
        family: family === 0 ? undefined : fromEdgeFamily(family),
        passive: (flags & AI_PASSIVE) !== 0,
        numeric: (flags & AI_NUMERICHOST) !== 0,
      });
      let info = memory.getU32(listAt);
      let count = 0;
      for (const address of found) {
        for (const { type: kind, protocol } of types) {
          if (count >= most) break;
          memory.bytes(info, INFO);
          const at = memory.getU32(info + AT.address);
          if (!writeData(at, address)) continue;
          memory.setU8(info + AT.family, edgeFamily(familyOf(address.ip)));
          memory.setU8(info + AT.type, kind);
          memory.setU8(info + AT.protocol, protocol);
          memory.setU32(info + AT.addressLength, DATA[familyOf(address.ip)] + 2);
          memory.setU32(info + AT.nameLength, 0);
          info = memory.getU32(info + AT.next);
          count++;
        }
      }
      memory.setU32(countOut, count);
    },

    /** `sock_addr_resolve`: (host, service, hints, list, its length, count out), the texts ended by NUL. */
    sock_addr_resolve(
      host: number,
      service: number,
      hints: number,
      list: number,
      most: number,
      countOut: number,
    ): void {
      const { memory } = c;
      memory.bytes(hints, 12);
      memory.bytes(countOut, 4);
      const enabled = memory.getU8(hints + 8) !== 0;
      const wantedType = memory.getU32(hints);
      const wantedFamily = memory.getU32(hints + 4);
      const types = WAMR_TYPES.filter((type) => !enabled || type === wantedType);
      const found = resolve({
        node: terminated(host),
        service: service === 0 ? '' : terminated(service),
        family: !enabled || wantedFamily === WAMR_UNSPEC ? undefined : wantedFamily === 0 ? 4 : 6,
        passive: false,
        numeric: false,
      });
      const entries = found.flatMap((address) => types.map((type) => ({ address, type })));
      const fitting = entries.slice(0, most);
      memory.bytes(list, fitting.length * WAMR_INFO);
      fitting.forEach(({ address, type }, i) => {
        writeWamr(memory, list + i * WAMR_INFO, address);
        memory.setU32(list + i * WAMR_INFO + WAMR_ADDRESS, type);
      });
      memory.setU32(countOut, entries.length);
    },
  };

  /** Writes an address into a `sockaddr` of WasmEdge (family, length, pointer); false where it does not fit. */
  function writeData(pointer: number, { ip, port }: SocketAddress): boolean {
    const { memory } = c;
    const family = familyOf(ip);
    const room = memory.getU32(pointer + 4);
    if (room < DATA[family]) return false;
    const data = memory.bytes(memory.getU32(pointer + 8), DATA[family]).fill(0);
    data[0] = port >> 8;
    data[1] = port & 0xff;
    data.set(ip, family === 4 ? 2 : 6);
    memory.setU8(pointer, edgeFamily(family));
    memory.setU32(pointer + 4, DATA[family]);
    return true;
  }
}
