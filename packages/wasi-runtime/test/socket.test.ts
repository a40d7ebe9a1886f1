import { describe, expect, test } from 'vitest';
import { scatter, totalLength } from '../src/core/buffers.js';
import { fail } from '../src/core/errno.js';
import { FDFLAGS, FILETYPE, RIGHTS_LISTENER, RIGHTS_SOCKET } from '../src/core/types.js';
import { type Listener, MemoryFileSystem, NodeHost, type Socket } from '../src/index.js';
import { Guest } from './guest.js';

/** A connection whose other side has sent some pieces and gone. */
class Peer implements Socket {
  readonly filetype = FILETYPE.SOCKET_STREAM;
  readonly readable = true;
  readonly writable = true;
  readonly calls: string[] = [];
  received = '';
  private readonly pieces: Uint8Array[];

  constructor(...pieces: string[]) {
    this.pieces = pieces.map((piece) => new TextEncoder().encode(piece));
  }

  read(buffers: Uint8Array[], nonblock: boolean): number {
    if (this.pieces.length === 0) return nonblock ? fail('AGAIN') : 0;
    const piece = this.pieces.shift()!;
    const count = scatter(piece, buffers);
    if (count < piece.length) this.pieces.unshift(piece.subarray(count));
    return count;
  }

  peek(buffers: Uint8Array[]): number {
    return this.pieces.length > 0 ? scatter(this.pieces[0]!, buffers) : 0;
  }

  write(buffers: Uint8Array[]): number {
    for (const buffer of buffers) this.received += new TextDecoder().decode(buffer);
    return totalLength(buffers);
  }

  poll(): { nbytes: number; hangup: boolean } {
    return { nbytes: totalLength(this.pieces), hangup: this.pieces.length === 0 };
  }

  shutdown(read: boolean, write: boolean): void {
    this.calls.push(`shutdown ${read} ${write}`);
  }

  close(): void {
    this.calls.push('close');
  }
}

/** A listener with connections waiting. */
function listenerOf(...peers: Peer[]): Listener {
  return {
    accept: (nonblock) => peers.shift() ?? fail(nonblock ? 'AGAIN' : 'CONNABORTED'),
    poll: () => (peers.length > 0 ? { nbytes: peers.length, hangup: false } : undefined),
    close: () => {},
  };
}

/** A guest with a listener as 3 and a directory as 4. */
function guestOf(...peers: Peer[]): Guest {
  const { root } = new MemoryFileSystem({ f: 'x' });
  return new Guest({ listeners: [listenerOf(...peers)], preopens: { '/': root } });
}

/** Accepts; returns the descriptor, or the error's name. */
function accept(guest: Guest, flags = 0): number | string {
  const error = guest.run('sock_accept', 3, flags, guest.out);
  return error === 'SUCCESS' ? guest.u32() : error;
}

/** Receives as text, or the error's name in angle brackets. */
function receive(guest: Guest, fd: number, length: number, flags = 0): string {
  const [array, count, buffer] = guest.iovec(length);
  const error = guest.run('sock_recv', fd, array, count, flags, guest.out, guest.out + 8);
  return error === 'SUCCESS' ? guest.text(buffer, guest.u32()) : `<${error}>`;
}

/** Sends text; returns the count, or the error's name. */
function send(guest: Guest, fd: number, text: string, flags = 0): number | string {
  const [array, count, buffer] = guest.iovec(text.length);
  guest.bytes.set(new TextEncoder().encode(text), buffer);
  const error = guest.run('sock_send', fd, array, count, flags, guest.out);
  return error === 'SUCCESS' ? guest.u32() : error;
}

describe('sockets', () => {
  test('accept, receive, send, shut down', () => {
    const peer = new Peer('hello ', 'world');
    const guest = guestOf(peer);
    const fd = accept(guest, FDFLAGS.NONBLOCK) as number;
    expect(fd).toBe(5);
    expect(guest.fdstat(fd)).toEqual({
      filetype: FILETYPE.SOCKET_STREAM,
      flags: FDFLAGS.NONBLOCK,
      base: RIGHTS_SOCKET,
      inheriting: 0,
    });
    expect(guest.fdstat(3).base).toBe(RIGHTS_LISTENER);
    expect(receive(guest, fd, 4)).toBe('hell');
    expect(receive(guest, fd, 10, 1)).toBe('o ');
    expect(receive(guest, fd, 10)).toBe('o ');
    expect(guest.read(fd)).toBe('world');
    expect(receive(guest, fd, 10)).toBe('<AGAIN>');
    expect(send(guest, fd, 'answer')).toBe(6);
    expect(guest.write(fd, '!')).toBe(1);
    expect(peer.received).toBe('answer!');
    expect(guest.run('sock_shutdown', fd, 1)).toBe('SUCCESS');
    expect(guest.run('sock_shutdown', fd, 3)).toBe('SUCCESS');
    expect(guest.run('fd_close', fd)).toBe('SUCCESS');
    expect(peer.calls).toEqual(['shutdown true false', 'shutdown true true', 'close']);
  });

  test('waiting for all', () => {
    const guest = guestOf(new Peer('ab', 'cd', 'ef'), new Peer('gh'));
    const fd = accept(guest) as number;
    expect(receive(guest, fd, 5, 2)).toBe('abcde');
    expect(receive(guest, accept(guest) as number, 5, 2)).toBe('gh');
  });

  test('refusals', () => {
    const guest = guestOf(new Peer());
    const fd = accept(guest) as number;
    expect(accept(guest)).toBe('CONNABORTED');
    guest.run('fd_fdstat_set_flags', 3, FDFLAGS.NONBLOCK);
    expect(accept(guest)).toBe('AGAIN');
    expect(accept(guest, FDFLAGS.APPEND)).toBe('INVAL');
    expect(guest.run('sock_accept', fd, 0, guest.out)).toBe('INVAL');
    expect(guest.run('sock_accept', 4, 0, guest.out)).toBe('NOTSOCK');
    expect(guest.run('sock_accept', 99, 0, guest.out)).toBe('BADF');
    expect(guest.run('sock_accept', 3, 0, -1)).toBe('FAULT');
    expect(receive(guest, 3, 1)).toBe('<NOTCONN>');
    expect(receive(guest, 1, 1)).toBe('<NOTSOCK>');
    expect(receive(guest, fd, 1, 4)).toBe('<INVAL>');
    expect(send(guest, 4, 'x')).toBe('NOTSOCK');
    expect(send(guest, fd, 'x', 1)).toBe('INVAL');
    expect(guest.read(3)).toBe('<NOTCONN>');
    for (const how of [0, 4]) expect(guest.run('sock_shutdown', fd, how)).toBe('INVAL');
    expect(guest.run('sock_shutdown', 3, 1)).toBe('NOTCONN');
    expect(guest.run('sock_shutdown', 4, 1)).toBe('NOTSOCK');
  });

  test('programs that look for preopened directories pass over a listener', () => {
    const guest = guestOf();
    expect(guest.run('fd_prestat_get', 3, guest.out)).toBe('SUCCESS');
    expect(guest.bytes[guest.out]).not.toBe(0);
    expect(guest.run('fd_prestat_get', 4, guest.out)).toBe('SUCCESS');
    expect(guest.bytes[guest.out]).toBe(0);
    expect(guest.open(3, 'f')).toBe('NOTDIR');
    expect(guest.read(guest.mustOpen(4, 'f'))).toBe('x');
  });

  test('addresses', () => {
    const host = new NodeHost();
    expect(() => host.listen('nonsense')).toThrow(TypeError);
    expect(() => host.listen('127.0.0.1:99999')).toThrow(TypeError);
    const first = host.listen('127.0.0.1:0') as Listener & { port: number };
    expect(first.port).toBeGreaterThan(0);
    expect(() => host.listen(`127.0.0.1:${first.port}`)).toThrow('EADDRINUSE');
    expect(first.poll()).toBeUndefined();
    first.close();
    host.finish();
  });
});
