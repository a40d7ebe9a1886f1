import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIp } from '../src/core/address.js';
import { FDFLAGS, FILETYPE } from '../src/core/types.js';
import { ERRNO, MemoryHost, type NetworkOptions, NodeHost } from '../src/index.js';
import { Guest } from './guest.js';

const EVERYTHING: NetworkOptions = { tcp: true, udp: true, allow: ['localhost:*'], lookup: true };

/** A guest that speaks to sockets in both forms. */
class NetworkGuest extends Guest {
  constructor(network: NetworkOptions = EVERYTHING) {
    super({ host: new NodeHost(), network });
  }

  /** Makes a socket; its number, or the error's name. */
  socket(type: 'tcp' | 'udp', family: 4 | 6 = 4, wamr = false): number | string {
    const [udp, six] = [type === 'udp', family === 6];
    const args = wamr ? [9, +six, +!udp, this.out] : [six ? 2 : 1, udp ? 1 : 2, this.out];
    const error = this.run('sock_open', ...args);
    return error === 'SUCCESS' ? this.u32() : error;
  }

  /** An address in memory in WasmEdge's form (as arguments), or WAMR's. */
  address(ip: string, port: number, form: 'plain' | 'storage' | 'wamr' = 'plain'): number[] {
    const bytes = parseIp(ip)!;
    if (form === 'wamr') {
      const wire = new DataView(new ArrayBuffer(24));
      wire.setUint32(0, +(bytes.length === 16), true);
      for (let i = 0; i < bytes.length; i += 2) {
        if (bytes.length === 4) wire.setUint16(4 + i, (bytes[i]! << 8) | bytes[i + 1]!);
        else wire.setUint16(4 + i, (bytes[i]! << 8) | bytes[i + 1]!, true);
      }
      wire.setUint16(4 + bytes.length, port, true);
      return [this.put(new Uint8Array(wire.buffer))[0]];
    }
    const buffer = form === 'plain' ? bytes : new Uint8Array(128);
    if (form === 'storage') {
      buffer[0] = bytes.length === 4 ? 1 : 2;
      buffer.set(bytes, 2);
    }
    const [at, length] = this.put(buffer);
    const [pointer] = this.put(new Uint8Array(8));
    this.view.setUint32(pointer, at, true);
    this.view.setUint32(pointer + 4, length, true);
    return [pointer, port];
  }

  /** `sock_bind`, `sock_connect`. */
  at(
    name: string,
    fd: number | string,
    ip: string,
    port: number,
    form?: 'plain' | 'storage' | 'wamr',
  ): string {
    return this.run(name, fd as number, ...this.address(ip, port, form));
  }

  /** The port that a socket is bound to. */
  port(fd: number | string): number {
    const [pointer] = this.address('::', 0, 'storage');
    const error = this.run('sock_getlocaladdr_v2', fd as number, pointer!, this.out);
    return error === 'SUCCESS' ? this.u32() : -1;
  }

  /** Closes everything. */
  end(): void {
    this.wasi.close();
  }
}

/** A server in a thread of its own, as this one waits within the guest's calls. It says hello and counts. */
const counter = new Int32Array(new SharedArrayBuffer(8));
let server: Worker;
let port = 0;
const connections = (): number => Atomics.load(counter, 1);

beforeAll(() => {
  const program = `
    const { createServer } = require('node:net');
    const { workerData: counter } = require('node:worker_threads');
    const server = createServer((socket) => {
      Atomics.add(counter, 1, 1);
      socket.on('error', () => {});
      socket.end('hello');
    });
    server.listen(0, '::', () => {
      Atomics.store(counter, 0, server.address().port);
      Atomics.notify(counter, 0);
    });`;
  server = new Worker(program, { eval: true, workerData: counter });
  Atomics.wait(counter, 0, 0, 20_000);
  port = Atomics.load(counter, 0);
});
afterAll(async () => {
  await server.terminate();
});

/** Waits until everything that was begun has arrived. */
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 50));

describe('what is not allowed', () => {
  test('by default nothing, not even a socket', () => {
    const guest = new NetworkGuest({});
    for (const type of ['tcp', 'udp'] as const) {
      expect(guest.socket(type)).toBe('ACCES');
      expect(guest.socket(type, 6, true)).toBe('ACCES');
    }
    expect(new NetworkGuest({ tcp: true }).socket('udp')).toBe('ACCES');
    expect(new NetworkGuest({ udp: true }).socket('tcp')).toBe('ACCES');
    const bare = new Guest({ host: new MemoryHost(), network: EVERYTHING });
    expect(bare.run('sock_open', 1, 2, bare.out)).toBe('NOTSUP');
  });

  test('connections to other addresses and ports are refused before they begin', async () => {
    const before = connections();
    const guest = new NetworkGuest({ tcp: true, allow: ['192.0.2.1:*', `127.0.0.1:${port + 1}`] });
    for (const [ip, to] of [
      ['127.0.0.1', port],
      ['127.0.0.2', port],
      ['0.0.0.0', port],
      ['255.255.255.255', port],
    ] as const) {
      for (const form of ['plain', 'storage', 'wamr'] as const) {
        expect(guest.at('sock_connect', guest.socket('tcp'), ip, to, form), ip).toBe('ACCES');
      }
    }
    for (const ip of ['::1', '::', '::ffff:127.0.0.1', '::ffff:0.0.0.0', '::127.0.0.1']) {
      for (const form of ['plain', 'storage', 'wamr'] as const) {
        expect(guest.at('sock_connect', guest.socket('tcp', 6), ip, port, form), ip).toBe('ACCES');
      }
    }
    const nonblocking = guest.socket('tcp') as number;
    expect(guest.run('fd_fdstat_set_flags', nonblocking, FDFLAGS.NONBLOCK)).toBe('SUCCESS');
    expect(guest.at('sock_connect', nonblocking, '127.0.0.1', port)).toBe('ACCES');
    guest.end();
    await settle();
    expect(connections()).toBe(before);
  });

  test('nor may they be bound or listened on', () => {
    const guest = new NetworkGuest({ tcp: true, udp: true, allow: ['127.0.0.1:1', '[::1]:0'] });
    for (const type of ['tcp', 'udp'] as const) {
      expect(guest.at('sock_bind', guest.socket(type), '127.0.0.1', 2)).toBe('ACCES');
      expect(guest.at('sock_bind', guest.socket(type), '127.0.0.1', 0)).toBe('ACCES');
      expect(guest.at('sock_bind', guest.socket(type), '0.0.0.0', 1)).toBe('ACCES');
      expect(guest.at('sock_bind', guest.socket(type, 6), '::', 1)).toBe('ACCES');
      expect(guest.at('sock_bind', guest.socket(type, 6), '::ffff:0.0.0.0', 1)).toBe('ACCES');
      expect(guest.at('sock_bind', guest.socket(type), '0.0.0.0', 0)).toBe('SUCCESS');
    }
    const any = guest.socket('tcp');
    expect(guest.at('sock_bind', any, '0.0.0.0', 0)).toBe('SUCCESS');
    expect(guest.run('sock_listen', any as number, 1)).toBe('ACCES');
    expect(guest.run('sock_listen', guest.socket('tcp') as number, 1)).toBe('ACCES');
    const named = guest.socket('tcp', 6);
    expect(guest.at('sock_bind', named, '::1', 0)).toBe('SUCCESS');
    expect(guest.run('sock_listen', named as number, 1)).toBe('SUCCESS');
    guest.end();
  });

  test('datagrams go nowhere else, by any of the ways, and come from nowhere else', async () => {
    const stranger = new NetworkGuest();
    const heard = stranger.socket('udp') as number;
    expect(stranger.at('sock_bind', heard, '127.0.0.1', 0)).toBe('SUCCESS');
    const to = stranger.port(heard);
    const guest = new NetworkGuest({ udp: true, allow: ['192.0.2.1:*'] });
    const fd = guest.socket('udp') as number;
    const [iovs, count] = guest.iovec(4);
    const send = (ip: string, form: 'plain' | 'storage'): string =>
      guest.run('sock_send_to', fd, iovs, count, ...guest.address(ip, to, form), 0, guest.out);
    expect(send('127.0.0.1', 'plain')).toBe('ACCES');
    expect(send('0.0.0.0', 'storage')).toBe('ACCES');
    const [wamr] = guest.address('127.0.0.1', to, 'wamr');
    expect(guest.run('sock_send_to', fd, iovs, count, 0, wamr!, guest.out)).toBe('ACCES');
    expect(guest.at('sock_connect', fd, '127.0.0.1', to)).toBe('ACCES');
    expect(guest.run('sock_send', fd, iovs, count, 0, guest.out)).toBe('DESTADDRREQ');
    // What was bound without the list hears only from those on it.
    expect(guest.at('sock_bind', fd, '0.0.0.0', 0)).toBe('SUCCESS');
    const [array, one] = stranger.iovec(4);
    const back = stranger.address('127.0.0.1', guest.port(fd));
    expect(stranger.run('sock_send_to', heard, array, one, ...back, 0, stranger.out)).toBe(
      'SUCCESS',
    );
    await settle();
    guest.run('fd_fdstat_set_flags', fd, FDFLAGS.NONBLOCK);
    expect(guest.read(fd)).toBe('<AGAIN>');
    stranger.run('fd_fdstat_set_flags', heard, FDFLAGS.NONBLOCK);
    expect(stranger.read(heard)).toBe('<AGAIN>');
    guest.end();
    stranger.end();
  });

  test('names need the permission, addresses in figures do not', () => {
    const guest = new NetworkGuest({ tcp: true });
    const lookUp = (name: string): string => {
      const [host] = guest.put(`${name}\0`);
      const [hints] = guest.put(new Uint8Array(12));
      const [list] = guest.put(new Uint8Array(56));
      return guest.run('sock_addr_resolve', host, 0, hints, list, 2, guest.out);
    };
    expect(lookUp('localhost')).toBe('ACCES');
    expect(lookUp('127.0.0.1')).toBe('SUCCESS');
    expect(guest.u32()).toBe(2);
    guest.end();
  });
});

describe('connections', () => {
  test.each(['127.0.0.1', '::1', '0.0.0.0', '::ffff:127.0.0.1'])('to %s', (ip) => {
    const guest = new NetworkGuest();
    const fd = guest.socket('tcp', ip.includes(':') ? 6 : 4) as number;
    expect(guest.fdstat(fd).filetype).toBe(FILETYPE.SOCKET_STREAM);
    expect(guest.at('sock_connect', fd, ip, port)).toBe('SUCCESS');
    expect(guest.read(fd)).toBe('hello');
    expect(guest.read(fd)).toBe('');
    expect(guest.at('sock_connect', fd, ip, port)).toBe('ISCONN');
    expect(guest.run('fd_close', fd)).toBe('SUCCESS');
    guest.end();
  });

  test('without waiting', () => {
    const guest = new NetworkGuest();
    const fd = guest.socket('tcp') as number;
    guest.run('fd_fdstat_set_flags', fd, FDFLAGS.NONBLOCK);
    expect(guest.at('sock_connect', fd, '127.0.0.1', port)).toBe('INPROGRESS');
    let again = '';
    do again = guest.at('sock_connect', fd, '127.0.0.1', port);
    while (again === 'ALREADY');
    expect(again).toBe('ISCONN');
    guest.end();
  });

  test('that nobody takes', async () => {
    const gone = createServer();
    await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
    const { port: free } = gone.address() as { port: number };
    await new Promise((done) => gone.close(done));
    const guest = new NetworkGuest();
    const waiting = guest.socket('tcp') as number;
    expect(guest.at('sock_connect', waiting, '127.0.0.1', free)).toBe('CONNREFUSED');
    const fd = guest.socket('tcp') as number;
    guest.run('fd_fdstat_set_flags', fd, FDFLAGS.NONBLOCK);
    expect(guest.at('sock_connect', fd, '127.0.0.1', free)).toBe('INPROGRESS');
    const again = (): string => {
      for (;;) {
        const error = guest.at('sock_connect', fd, '127.0.0.1', free);
        if (error !== 'ALREADY') return error;
      }
    };
    expect([again(), again(), again()]).toEqual(['CONNREFUSED', 'INPROGRESS', 'CONNREFUSED']);
    expect(guest.at('sock_connect', fd, '127.0.0.1', free)).toBe('INPROGRESS');
    await settle();
    const [value] = guest.put(new Uint8Array(4));
    const [size] = guest.put(Uint8Array.of(4, 0, 0, 0));
    for (const expected of [ERRNO.CONNREFUSED, 0]) {
      expect(guest.run('sock_getsockopt', fd, 0, 2, value, size)).toBe('SUCCESS');
      expect(guest.u32(value)).toBe(expected);
    }
    guest.run('fd_fdstat_set_flags', fd, 0);
    expect(guest.at('sock_connect', fd, '127.0.0.1', port)).toBe('SUCCESS');
    expect(guest.at('sock_connect', waiting, '127.0.0.1', port)).toBe('SUCCESS');
    guest.end();
  });

  test('to a listener of the same guest, and what each end tells of addresses', () => {
    const guest = new NetworkGuest();
    const listener = guest.socket('tcp', 4, true) as number;
    expect(guest.at('sock_bind', listener, '127.0.0.1', 0, 'wamr')).toBe('SUCCESS');
    expect(guest.run('sock_listen', listener, 16)).toBe('SUCCESS');
    const bound = guest.port(listener);
    expect(bound).toBeGreaterThan(0);
    const client = guest.socket('tcp') as number;
    expect(guest.run('sock_send', client, ...guest.iovec(1).slice(0, 2), 0, guest.out)).toBe(
      'NOTCONN',
    );
    expect(guest.at('sock_connect', client, '127.0.0.1', bound)).toBe('SUCCESS');
    // Without flags, as WasmEdge and WAMR have it.
    expect(guest.run('sock_accept', listener, guest.out)).toBe('SUCCESS');
    const served = guest.u32();
    expect(guest.write(client, 'to the server')).toBe(13);
    expect(guest.read(served)).toBe('to the server');
    // Older form: address, type, port.
    const [pointer] = guest.address('::', 0);
    expect(guest.run('sock_getpeeraddr', served, pointer!, guest.out, guest.out + 4)).toBe(
      'SUCCESS',
    );
    expect(guest.u32()).toBe(4);
    const told = guest.u32(guest.out + 4);
    expect([...guest.bytes.subarray(guest.u32(pointer!), guest.u32(pointer!) + 4)]).toEqual([
      127, 0, 0, 1,
    ]);
    expect(told).toBe(guest.port(client));
    expect(guest.run('sock_addr_remote', client, guest.out)).toBe('SUCCESS');
    expect(guest.view.getUint16(guest.out + 8, true)).toBe(bound);
    expect(guest.run('sock_close', served)).toBe('SUCCESS');
    expect(guest.read(client)).toBe('');
    guest.end();
  });

  test('an address in use is told', () => {
    const guest = new NetworkGuest();
    const fd = guest.socket('tcp', 6) as number;
    expect(guest.at('sock_bind', fd, '::1', port)).toBe('SUCCESS');
    expect(guest.run('sock_listen', fd, 1)).toBe('ADDRINUSE');
    guest.end();
  });

  test('a socket that waits for data stops at its timeout', () => {
    const guest = new NetworkGuest();
    const fd = guest.socket('udp') as number;
    expect(guest.at('sock_bind', fd, '127.0.0.1', 0)).toBe('SUCCESS');
    expect(guest.run('sock_set_recv_timeout', fd, 30_000n)).toBe('SUCCESS');
    const before = performance.now();
    expect(guest.read(fd)).toBe('<AGAIN>');
    expect(performance.now() - before).toBeGreaterThan(25);
    expect(guest.run('sock_get_recv_timeout', fd, guest.out)).toBe('SUCCESS');
    expect(guest.u64()).toBe(30_000n);
    guest.end();
  });
});

describe('names', () => {
  test('WasmEdge’s form fills the list that the guest has made', () => {
    const guest = new NetworkGuest();
    const [node, nodeLength] = guest.put('localhost\0');
    const [service, serviceLength] = guest.put('8080');
    const [hints] = guest.put(new Uint8Array(28));
    const entries = [0, 1].map(() => {
      const [data] = guest.put(new Uint8Array(26));
      const [address] = guest.put(new Uint8Array(12));
      guest.view.setUint32(address + 4, 26, true);
      guest.view.setUint32(address + 8, data, true);
      const [info] = guest.put(new Uint8Array(28));
      guest.view.setUint32(info + 12, address, true);
      return { data, info };
    });
    guest.view.setUint32(entries[0]!.info + 24, entries[1]!.info, true);
    const [list] = guest.put(new Uint8Array(4));
    guest.view.setUint32(list, entries[0]!.info, true);
    const ask = (): string =>
      guest.run(
        'sock_getaddrinfo',
        node,
        nodeLength,
        service,
        serviceLength,
        hints,
        list,
        2,
        guest.out,
      );
    guest.view.setUint8(hints + 2, 1);
    expect(ask()).toBe('SUCCESS');
    expect(guest.u32()).toBe(2);
    expect([...guest.bytes.subarray(entries[0]!.data, entries[0]!.data + 6)]).toEqual([
      31, 144, 127, 0, 0, 1,
    ]);
    expect(guest.bytes[entries[0]!.info + 3]).toBe(2);
    expect(guest.bytes[entries[1]!.info + 3]).toBe(1);
    guest.end();
  });

  test('a name that nobody knows', () => {
    const guest = new NetworkGuest();
    const [host] = guest.put('no-such-name.invalid\0');
    const [hints] = guest.put(new Uint8Array(12));
    const error = guest.run('sock_addr_resolve', host, 0, hints, guest.out, 0, guest.out);
    expect(['NOENT', 'AGAIN']).toContain(error);
    guest.end();
  });
});

describe('options', () => {
  test('WasmEdge’s', () => {
    const guest = new NetworkGuest();
    const fd = guest.socket('tcp') as number;
    const [value] = guest.put(new Uint8Array(16));
    const [size] = guest.put(Uint8Array.of(16, 0, 0, 0));
    const get = (name: number): number | string => {
      guest.view.setUint32(size, 16, true);
      const error = guest.run('sock_getsockopt', fd, 0, name, value, size);
      return error === 'SUCCESS' ? guest.u32(value) : error;
    };
    expect([0, 1, 2, 7, 13].map(get)).toEqual([0, 2, 0, 0, 0]);
    guest.view.setUint32(value, 1, true);
    expect(guest.run('sock_setsockopt', fd, 0, 7, value, 4)).toBe('SUCCESS');
    expect(get(7)).toBe(1);
    expect(guest.run('sock_setsockopt', fd, 0, 1, value, 4)).toBe('NOPROTOOPT');
    expect(guest.run('sock_setsockopt', fd, 1, 7, value, 4)).toBe('NOPROTOOPT');
    expect(guest.run('sock_setsockopt', fd, 0, 14, value, 4)).toBe('NOPROTOOPT');
    expect(guest.run('sock_setsockopt', fd, 0, 7, value, 3)).toBe('INVAL');
    guest.view.setBigUint64(value, 2n, true);
    guest.view.setBigUint64(value + 8, 500_000n, true);
    expect(guest.run('sock_setsockopt', fd, 0, 11, value, 16)).toBe('SUCCESS');
    expect(get(11)).toBe(2);
    expect(guest.u64(value + 8)).toBe(500_000n);
    expect(guest.run('sock_getsockopt', 0, 0, 1, value, size)).toBe('NOTSOCK');
    guest.end();
  });

  test('WAMR’s', () => {
    const guest = new NetworkGuest();
    const fd = guest.socket('udp', 4, true) as number;
    for (const name of ['broadcast', 'reuse_addr', 'keep_alive', 'tcp_no_delay', 'ip_ttl']) {
      expect(guest.run(`sock_set_${name}`, fd, 1)).toBe('SUCCESS');
      expect(guest.run(`sock_get_${name}`, fd, guest.out)).toBe('SUCCESS');
      expect(guest.bytes[guest.out], name).toBe(1);
    }
    expect(guest.run('sock_set_recv_buf_size', fd, 4096)).toBe('SUCCESS');
    expect(guest.run('sock_get_recv_buf_size', fd, guest.out)).toBe('SUCCESS');
    expect(guest.u32()).toBe(4096);
    expect(guest.run('sock_set_linger', fd, 1, 5)).toBe('SUCCESS');
    expect(guest.run('sock_get_linger', fd, guest.out, guest.out + 4)).toBe('SUCCESS');
    expect([guest.bytes[guest.out], guest.u32(guest.out + 4)]).toEqual([1, 5]);
    expect(guest.run('sock_set_ip_add_membership', fd, guest.out)).toBe('NOTSUP');
    guest.end();
  });
});
