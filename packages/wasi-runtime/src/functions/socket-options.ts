/**
 * Settings of sockets, in WasmEdge's form (`sock_getsockopt`, `sock_setsockopt`) and in WAMR's (a function for each
 * to set and one to get). What the system can be told it is told; the rest is remembered and told back, as buffers
 * and timeouts are this runtime's own.
 */
import type { Context, WasiFunction } from '../core/context.js';
import type { Descriptor, ListenerDescriptor, SocketDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import { isSystem } from '../core/network.js';
import { FILETYPE } from '../core/types.js';
import { EDGE_DATAGRAM, EDGE_STREAM } from './socket-abi.js';

/** `sock_opt_level` of WasmEdge: the only one. */
const SOL_SOCKET = 0;

/** `sock_opt_so` of WasmEdge: names of options by number; those without are not supported. */
const EDGE: readonly (string | undefined)[] = [
  'reuseAddress',
  'type',
  'error',
  'dontRoute',
  'broadcast',
  'sendBuffer',
  'receiveBuffer',
  'keepAlive',
  'inline',
  'linger',
  'receiveLow',
  'receiveTimeout',
  'sendTimeout',
  'accepting',
];

/** What only the system knows. */
const READ_ONLY = new Set(['type', 'error', 'accepting']);
/** Bytes of a `timeval`: seconds and microseconds, 64 bits each. */
const TIMEVAL = 16;
/** Bytes of a `linger`: whether, and seconds. */
const LINGER = 8;

/** What an option is before it has been set; 0 for those that are not here. */
const DEFAULTS: Readonly<Record<string, number>> = {
  sendBuffer: 1 << 18,
  receiveBuffer: 1 << 18,
  receiveLow: 1,
  noDelay: 1,
  ttl: 64,
  multicastTtl: 1,
  multicastLoop: 1,
  keepIdle: 7200,
  keepInterval: 75,
};

/** How WAMR's functions pass a value: bytes of the number, by the option's name in theirs. */
const WAMR: Readonly<Record<string, [option: string, bytes: 1 | 4 | 8]>> = {
  broadcast: ['broadcast', 1],
  reuse_addr: ['reuseAddress', 1],
  reuse_port: ['reusePort', 1],
  keep_alive: ['keepAlive', 1],
  tcp_no_delay: ['noDelay', 1],
  tcp_quick_ack: ['quickAck', 1],
  tcp_fastopen_connect: ['fastOpen', 1],
  ipv6_only: ['ipv6Only', 1],
  ip_ttl: ['ttl', 1],
  ip_multicast_ttl: ['multicastTtl', 1],
  recv_buf_size: ['receiveBuffer', 4],
  send_buf_size: ['sendBuffer', 4],
  tcp_keep_idle: ['keepIdle', 4],
  tcp_keep_intvl: ['keepInterval', 4],
  recv_timeout: ['receiveTimeout', 8],
  send_timeout: ['sendTimeout', 8],
};

/** Is this a socket of any kind? */
const isSocket = (descriptor: Descriptor): descriptor is SocketDescriptor | ListenerDescriptor =>
  descriptor.kind === 'socket' || descriptor.kind === 'listener';

/** The functions. */
export function socketOptionFunctions(c: Context): Record<string, WasiFunction> {
  const socket = (fd: number): SocketDescriptor | ListenerDescriptor => {
    const descriptor = c.descriptors.get(fd);
    return isSocket(descriptor) ? descriptor : fail('NOTSOCK');
  };

  function get(fd: number, option: string): number {
    const descriptor = socket(fd);
    const { kind, filetype, options } = descriptor;
    if (option === 'type') {
      return filetype === FILETYPE.SOCKET_DGRAM ? EDGE_DATAGRAM : EDGE_STREAM;
    }
    if (option === 'accepting') return Number(kind === 'listener');
    if (option === 'error') return kind === 'socket' ? (descriptor.stream.error?.() ?? 0) : 0;
    return options?.get(option) ?? DEFAULTS[option] ?? 0;
  }

  function set(fd: number, option: string, value: number): void {
    const descriptor = socket(fd);
    if (READ_ONLY.has(option)) fail('NOPROTOOPT');
    descriptor.options ??= new Map();
    descriptor.options.set(option, value);
    if (isSystem(option) && descriptor.kind === 'socket') descriptor.stream.set?.(option, value);
  }

  /** The option of WasmEdge's level and number. */
  const edgeOption = (level: number, number: number): string =>
    (level === SOL_SOCKET && EDGE[number]) || fail('NOPROTOOPT');

  const seconds = (micros: number): bigint => BigInt(Math.floor(micros / 1e6));

  const functions: Record<string, WasiFunction> = {
    /** `sock_getsockopt`: (fd, level, name, value, size), the size being what there is room for, then what is there. */
    sock_getsockopt(fd: number, level: number, name: number, out: number, sizeOut: number): void {
      const { memory } = c;
      const option = edgeOption(level, name);
      const room = memory.getU32(sizeOut);
      const timeout = option.endsWith('Timeout');
      const size = timeout ? TIMEVAL : option === 'linger' ? LINGER : 4;
      if (room < size) fail('INVAL');
      memory.bytes(out, size);
      const value = get(fd, option);
      if (timeout) {
        memory.setU64(out, seconds(value));
        memory.setU64(out + 8, BigInt(value % 1e6));
      } else if (option === 'linger') {
        // Kept as seconds and one, so that 0 is none.
        memory.setU32(out, Number(value > 0));
        memory.setU32(out + 4, Math.max(0, value - 1));
      } else {
        memory.setU32(out, value);
      }
      memory.setU32(sizeOut, size);
    },

    /** `sock_setsockopt`: (fd, level, name, value, size). */
    sock_setsockopt(fd: number, level: number, name: number, value: number, size: number): void {
      const { memory } = c;
      const option = edgeOption(level, name);
      if (option.endsWith('Timeout')) {
        if (size < TIMEVAL) fail('INVAL');
        const micros = memory.getU64(value) * BigInt(1e6) + memory.getU64(value + 8);
        set(fd, option, timeoutOf(micros));
      } else if (option === 'linger') {
        if (size < LINGER) fail('INVAL');
        setLinger(fd, memory.getU32(value), memory.getU32(value + 4));
      } else {
        if (size < 4) fail('INVAL');
        set(fd, option, memory.getU32(value));
      }
    },

    /** `sock_set_linger` of WAMR: (fd, on, seconds), or (fd, structure of both). */
    sock_set_linger(fd: number, on: number, time?: number): void {
      if (time === undefined) setLinger(fd, c.memory.getU8(on), c.memory.getU32(on + 4));
      else setLinger(fd, on, time);
    },

    /** `sock_get_linger` of WAMR: where to write as for setting. */
    sock_get_linger(fd: number, onOut: number, timeOut = onOut + 4): void {
      const value = get(fd, 'linger');
      c.memory.setU32(timeOut, Math.max(0, value - 1));
      c.memory.setU8(onOut, Number(value > 0));
    },

    /** `sock_set_ip_multicast_loop` of WAMR: (fd, value), newer (fd, IPv6, value). */
    sock_set_ip_multicast_loop(fd: number, ...rest: number[]): void {
      set(fd, 'multicastLoop', rest.pop()!);
    },

    /** `sock_get_ip_multicast_loop`: as for setting. */
    sock_get_ip_multicast_loop(fd: number, ...rest: number[]): void {
      c.memory.setU8(rest.pop()!, get(fd, 'multicastLoop'));
    },

    /** A group's datagrams come from anywhere, so that no list of addresses bounds them. */
    sock_set_ip_add_membership(fd: number): void {
      socket(fd);
      fail('NOTSUP');
    },

    /** As there is no member, none can leave. */
    sock_set_ip_drop_membership(fd: number): void {
      socket(fd);
      fail('NOTSUP');
    },
  };

  function setLinger(fd: number, on: number, time: number): void {
    set(fd, 'linger', on ? time + 1 : 0);
  }

  /** Microseconds of a timeout as a number: 0 is none, and what is longer than a number holds is none, too. */
  function timeoutOf(micros: bigint): number {
    return micros > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(micros);
  }

  for (const [name, [option, bytes]] of Object.entries(WAMR)) {
    functions[`sock_set_${name}`] = (fd: number, value: number | bigint): void => {
      set(fd, option, typeof value === 'bigint' ? timeoutOf(BigInt.asUintN(64, value)) : value);
    };
    functions[`sock_get_${name}`] = (fd: number, out: number): void => {
      c.memory.bytes(out, bytes);
      const value = get(fd, option);
      if (bytes === 1) c.memory.setU8(out, value);
      else if (bytes === 4) c.memory.setU32(out, value);
      else c.memory.setU64(out, BigInt(value));
    };
  }
  return functions;
}
