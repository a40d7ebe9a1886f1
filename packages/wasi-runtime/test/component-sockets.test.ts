/** wasi:sockets of WASI 0.2 as a component's glue calls it: addresses, states, confinement, data in both directions. */
import { describe, expect, test } from 'vitest';
import type { NetworkOptions } from '../src/core/allow-list.js';
import { WASI } from '../src/preview2/index.js';
import type { Pollable } from '../src/preview2/io.js';
import { dispose } from '../src/preview2/io.js';
import type { AddressFamily, IpSocketAddress } from '../src/preview2/socket-values.js';
import type { ResolveAddressStream, TcpSocket, UdpSocket } from '../src/preview2/sockets.js';
import { bytes, closing, text } from './components.js';

/** The functions of an instance that may do what the options say. */
const instance = (network: NetworkOptions) => {
  const wasi = closing(new WASI({ network }));
  const interfaces = wasi.getImportObject() as Record<string, Record<string, never>>;
  const get = <T>(name: string, fn: string): T => interfaces[`wasi:sockets/${name}`]![fn]! as T;
  return {
    tcp: get<(family: AddressFamily) => TcpSocket>('tcp-create-socket', 'createTcpSocket'),
    udp: get<(family: AddressFamily) => UdpSocket>('udp-create-socket', 'createUdpSocket'),
    resolve: get<(network: object, name: string) => ResolveAddressStream>(
      'ip-name-lookup',
      'resolveAddresses',
    ),
    errorCode: get<(error: unknown) => string | undefined>('network', 'networkErrorCode'),
    poll: interfaces['wasi:io/poll']!['poll'] as unknown as (list: Pollable[]) => Uint32Array,
  };
};

const open = () => instance({ tcp: true, udp: true, allow: ['localhost:*'], lookup: true });
const network = {};
const address = (family: AddressFamily, port: number): IpSocketAddress =>
  family === 'ipv4'
    ? { tag: 'ipv4', val: { port, address: [127, 0, 0, 1] } }
    : { tag: 'ipv6', val: { port, flowInfo: 0, address: [0, 0, 0, 0, 0, 0, 0, 1], scopeId: 0 } };

/** What was thrown, which is no `Error`. */
const thrown = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
};

const drop = (resource: object): void => (resource as Record<symbol, () => void>)[dispose]!();

/** A listener, and a connection to it, with its two ends. */
const connected = (family: AddressFamily) => {
  const { tcp, ...rest } = open();
  const listener = tcp(family);
  listener.startBind(network, address(family, 0));
  listener.finishBind();
  listener.startListen();
  listener.finishListen();
  const client = tcp(family);
  client.startConnect(network, listener.localAddress());
  client.subscribe().block();
  const [clientIn, clientOut] = client.finishConnect();
  listener.subscribe().block();
  const [server, serverIn, serverOut] = listener.accept();
  return { tcp, ...rest, listener, client, clientIn, clientOut, server, serverIn, serverOut };
};

describe.each(['ipv4', 'ipv6'] as const)('TCP over %s', (family) => {
  test('carries data in both directions, and their ends', () => {
    const { client, clientIn, clientOut, server, serverIn, serverOut } = connected(family);
    expect(client.remoteAddress()).toEqual(server.localAddress());
    expect(server.remoteAddress()).toEqual(client.localAddress());
    expect(clientOut.checkWrite()).toBeGreaterThan(0n);
    clientOut.blockingWriteAndFlush(bytes('hello'));
    expect(text(serverIn.blockingRead(100n))).toBe('hello');
    expect(serverIn.read(100n)).toHaveLength(0);
    serverOut.write(bytes('and back'));
    expect(text(clientIn.blockingRead(3n))).toBe('and');
    expect(text(clientIn.blockingRead(100n))).toBe(' back');
    client.shutdown('send');
    expect(thrown(() => clientOut.write(bytes('x')))).toEqual({ tag: 'closed' });
    serverIn.subscribe().block();
    expect(thrown(() => serverIn.read(1n))).toEqual({ tag: 'closed' });
    serverOut.blockingWriteAndFlush(bytes('late'));
    drop(serverOut);
    expect(text(clientIn.blockingRead(100n))).toBe('late');
    expect(thrown(() => clientIn.blockingRead(1n))).toEqual({ tag: 'closed' });
  });

  test('streams outlive their socket', () => {
    const { client, clientOut, serverIn } = connected(family);
    drop(client);
    clientOut.blockingWriteAndFlush(bytes('still'));
    expect(text(serverIn.blockingRead(100n))).toBe('still');
    drop(clientOut);
    expect(thrown(() => serverIn.blockingRead(1n))).toEqual({ tag: 'closed' });
  });

  test('much goes through without being held back', () => {
    const { clientOut, serverIn, poll } = connected(family);
    const data = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) & 255);
    const got: Uint8Array[] = [];
    let [sent, received] = [0, 0];
    while (received < data.length) {
      poll(
        sent < data.length ? [clientOut.subscribe(), serverIn.subscribe()] : [serverIn.subscribe()],
      );
      const room = Number(clientOut.checkWrite());
      clientOut.write(data.subarray(sent, sent + room));
      sent = Math.min(data.length, sent + room);
      const piece = serverIn.read(100_000n);
      received += piece.length;
      got.push(piece);
    }
    expect(Buffer.concat(got).equals(Buffer.from(data))).toBe(true);
  });
});

describe('states of a TCP socket', () => {
  test('each call has its time', () => {
    const { tcp } = open();
    const socket = tcp('ipv4');
    const states = [
      () => socket.localAddress(),
      () => socket.remoteAddress(),
      () => socket.startListen(),
      () => socket.accept(),
      () => socket.shutdown('both'),
    ];
    for (const call of states) expect(thrown(call)).toBe('invalid-state');
    const steps = [
      () => socket.finishBind(),
      () => socket.finishListen(),
      () => socket.finishConnect(),
    ];
    for (const call of steps) expect(thrown(call)).toBe('not-in-progress');
    socket.startBind(network, address('ipv4', 0));
    expect(thrown(() => socket.startListen())).toBe('concurrency-conflict');
    socket.finishBind();
    expect(thrown(() => socket.startBind(network, address('ipv4', 0)))).toBe('invalid-state');
    expect(socket.localAddress().val.port).toBeGreaterThan(0);
    socket.startListen();
    socket.finishListen();
    expect(socket.isListening()).toBe(true);
    expect(thrown(() => socket.accept())).toBe('would-block');
    expect(thrown(() => socket.startConnect(network, address('ipv4', 1)))).toBe('invalid-state');
  });

  test('arguments that make no sense', () => {
    const { tcp } = open();
    const socket = tcp('ipv4');
    const mapped: IpSocketAddress = {
      tag: 'ipv6',
      val: { port: 80, flowInfo: 0, address: [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], scopeId: 0 },
    };
    const four = (...parts: number[]): IpSocketAddress => ({
      tag: 'ipv4',
      val: { port: 80, address: parts },
    });
    const targets = [address('ipv4', 0), address('ipv6', 80), four(0, 0, 0, 0), four(224, 0, 0, 1)];
    for (const one of targets)
      expect(thrown(() => socket.startConnect(network, one))).toBe('invalid-argument');
    expect(thrown(() => tcp('ipv6').startConnect(network, mapped))).toBe('invalid-argument');
    expect(thrown(() => socket.startBind(network, four(255, 255, 255, 255)))).toBe(
      'invalid-argument',
    );
    const zeros = [
      () => socket.setHopLimit(0),
      () => socket.setListenBacklogSize(0n),
      () => socket.setKeepAliveIdleTime(0n),
      () => socket.setKeepAliveInterval(0n),
      () => socket.setKeepAliveCount(0),
      () => socket.setSendBufferSize(0n),
      () => socket.setReceiveBufferSize(0n),
    ];
    for (const call of zeros) expect(thrown(call)).toBe('invalid-argument');
    socket.setHopLimit(7);
    expect(socket.hopLimit()).toBe(7);
  });

  test('what is refused is told when it is finished, and the socket is over', () => {
    const { tcp } = open();
    const listener = tcp('ipv4');
    listener.startBind(network, address('ipv4', 0));
    const taken = listener.localAddress();
    expect(thrown(() => tcp('ipv4').startBind(network, taken))).toBe('address-in-use');
    drop(listener);
    const socket = tcp('ipv4');
    socket.startConnect(network, taken);
    expect(thrown(() => socket.startConnect(network, taken))).toBe('concurrency-conflict');
    socket.subscribe().block();
    expect(thrown(() => socket.finishConnect())).toBe('connection-refused');
    expect(thrown(() => socket.startConnect(network, taken))).toBe('invalid-state');
  });
});

describe.each(['ipv4', 'ipv6'] as const)('UDP over %s', (family) => {
  test('datagrams to and from whoever is named', () => {
    const { udp } = open();
    const [one, other] = [udp(family), udp(family)];
    expect(thrown(() => one.stream(undefined))).toBe('invalid-state');
    for (const socket of [one, other]) {
      socket.startBind(network, address(family, 0));
      socket.finishBind();
    }
    const [oneIn] = one.stream(undefined);
    const [, otherOut] = other.stream(one.localAddress());
    expect(other.remoteAddress()).toEqual(one.localAddress());
    expect(() => otherOut.send([{ data: bytes('early') }])).toThrow('permitted');
    expect(otherOut.checkSend()).toBeGreaterThan(1n);
    const wrong = [{ data: bytes('x'), remoteAddress: other.localAddress() }];
    expect(thrown(() => otherOut.send(wrong))).toBe('invalid-argument');
    expect(otherOut.send([{ data: bytes('a') }, { data: bytes('bc') }])).toBe(2n);
    const got: string[] = [];
    while (got.length < 2) {
      oneIn.subscribe().block();
      for (const { data, remoteAddress } of oneIn.receive(10n)) {
        got.push(text(data));
        expect(remoteAddress).toEqual(other.localAddress());
      }
    }
    expect(got).toEqual(['a', 'bc']);
    expect(oneIn.receive(10n)).toEqual([]);
    const [, unconnected] = other.stream(undefined);
    unconnected.checkSend();
    expect(thrown(() => unconnected.send([{ data: bytes('x') }]))).toBe('invalid-argument');
    expect(thrown(() => other.remoteAddress())).toBe('invalid-state');
  });
});

describe('confinement', () => {
  test('nothing is had that was not allowed', () => {
    const { tcp, udp, resolve } = instance({});
    expect(thrown(() => tcp('ipv4'))).toBe('access-denied');
    expect(thrown(() => udp('ipv6'))).toBe('access-denied');
    expect(thrown(() => resolve(network, 'localhost'))).toBe('access-denied');
    expect(resolve(network, '127.0.0.1').resolveNextAddress()).toEqual({
      tag: 'ipv4',
      val: [127, 0, 0, 1],
    });
  });

  test('and nothing reached or bound that no rule names', () => {
    const { tcp, udp } = instance({ tcp: true, udp: true, allow: ['127.0.0.1:9'] });
    expect(thrown(() => tcp('ipv4').startBind(network, address('ipv4', 8000)))).toBe(
      'access-denied',
    );
    expect(thrown(() => tcp('ipv4').startConnect(network, address('ipv4', 8000)))).toBe(
      'access-denied',
    );
    expect(thrown(() => tcp('ipv6').startConnect(network, address('ipv6', 9)))).toBe(
      'access-denied',
    );
    const any: IpSocketAddress = { tag: 'ipv4', val: { port: 0, address: [0, 0, 0, 0] } };
    const server = tcp('ipv4');
    server.startBind(network, any);
    server.finishBind();
    expect(thrown(() => server.startListen())).toBe('access-denied');
    const socket = udp('ipv4');
    socket.startBind(network, any);
    socket.finishBind();
    const [, out] = socket.stream(undefined);
    out.checkSend();
    const datagram = { data: bytes('x'), remoteAddress: address('ipv4', 10) };
    expect(thrown(() => out.send([datagram]))).toBe('access-denied');
  });

  test('names are looked up where that is allowed', () => {
    const { resolve } = open();
    const stream = resolve(network, 'localhost');
    stream.subscribe().block();
    const found = [];
    for (let one = stream.resolveNextAddress(); one; one = stream.resolveNextAddress())
      found.push(one.val.join());
    expect(found.some((one) => one === '127,0,0,1' || one === '0,0,0,0,0,0,0,1')).toBe(true);
    for (const name of ['', 'a b', '-x', 'a..b', 'x'.repeat(300)])
      expect(thrown(() => resolve(network, name))).toBe('invalid-argument');
    const nobody = resolve(network, 'nobody.invalid');
    nobody.subscribe().block();
    expect(String(thrown(() => nobody.resolveNextAddress()))).toMatch(/unresolvable|resolver/);
  });
});

test('why a stream has failed is told as a code of sockets', () => {
  const { server, serverOut, serverIn, clientIn, clientOut, client, errorCode, poll } =
    connected('ipv4');
  expect(errorCode({})).toBe(undefined);
  // Closed with input that nobody has read, a connection is reset.
  serverOut.blockingWriteAndFlush(bytes('unread'));
  clientIn.subscribe().block();
  for (const one of [clientIn, clientOut, client]) drop(one);
  poll([serverIn.subscribe()]);
  const failures: unknown[] = [];
  for (let i = 0; i < 50 && failures.length === 0; i++) {
    const failure = thrown(() => {
      serverOut.blockingWriteAndFlush(bytes('x'));
      server.subscribe().block();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    });
    if (failure !== undefined) failures.push(failure);
  }
  const [failure] = failures as [{ tag: string; val?: unknown }];
  if (failure.tag === 'last-operation-failed')
    expect(errorCode(failure.val)).toMatch(/^connection-(?:reset|aborted)$/);
  else expect(failure.tag).toBe('closed');
});
