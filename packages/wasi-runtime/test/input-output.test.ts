import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FDFLAGS, FILETYPE, OFLAGS, RIGHTS } from '../src/core/types.js';
import { OutputBuffer } from '../src/index.js';
import { Guest, PLACES, type Place, READ_WRITE, type Stat } from './guest.js';

const CREATE = { oflags: OFLAGS.CREAT, rights: READ_WRITE };

describe.each(PLACES)('files in %s', (_name, makePlace) => {
  let place: Place;
  let guest: Guest;
  let fd: number;
  beforeEach(() => {
    place = makePlace();
    guest = place.guest();
    fd = guest.mustOpen(3, 'f', CREATE);
  });
  afterEach(() => {
    guest.wasi.close();
    place.clean();
  });

  /** Seeks; returns the new offset, or the error's name. */
  function seek(offset: number, whence: number): bigint | string {
    const error = guest.run('fd_seek', fd, BigInt(offset), whence, guest.out);
    return error === 'SUCCESS' ? guest.u64() : error;
  }

  test('write, seek, read', () => {
    expect(guest.write(fd, 'hello world')).toBe(11);
    expect(seek(6, 0)).toBe(6n);
    expect(guest.read(fd, 3)).toBe('wor');
    expect(seek(-2, 1)).toBe(7n);
    expect(guest.read(fd)).toBe('orld');
    expect(guest.read(fd)).toBe('');
    expect(seek(-5, 2)).toBe(6n);
    expect(guest.write(fd, 'W')).toBe(1);
    expect(guest.run('fd_tell', fd, guest.out)).toBe('SUCCESS');
    expect(guest.u64()).toBe(7n);
    expect(seek(-1, 0)).toBe('INVAL');
    expect(seek(0, 3)).toBe('INVAL');
    expect(seek(100, 0)).toBe(100n);
    expect(guest.read(fd)).toBe('');
    expect(guest.write(fd, '!')).toBe(1);
    expect((guest.fstat(fd) as Stat).size).toBe(101n);
  });

  test('several buffers', () => {
    const [text] = guest.put('abcdef');
    const [array] = guest.put(new Uint8Array(24));
    [text, 2, text + 100, 0, text + 2, 4].forEach((value, i) => {
      guest.view.setUint32(array + i * 4, value, true);
    });
    expect(guest.run('fd_write', fd, array, 3, guest.out)).toBe('SUCCESS');
    expect(guest.u32()).toBe(6);
    seek(0, 0);
    guest.bytes.set(guest.bytes.slice(array, array + 24), 2000);
    [3000, 1, 0, 0, 3100, 50].forEach((value, i) => {
      guest.view.setUint32(2000 + i * 4, value, true);
    });
    expect(guest.run('fd_read', fd, 2000, 3, guest.out)).toBe('SUCCESS');
    expect(guest.u32()).toBe(6);
    expect(guest.text(3000, 1) + guest.text(3100, 5)).toBe('abcdef');
  });

  test('pread and pwrite leave the offset', () => {
    guest.write(fd, '0123456789');
    const [array, count, buffer] = guest.iovec(4);
    expect(guest.run('fd_pread', fd, array, count, 3n, guest.out)).toBe('SUCCESS');
    expect(guest.text(buffer, guest.u32())).toBe('3456');
    const [again, n, bytes] = guest.iovec(2);
    guest.bytes.set(new TextEncoder().encode('xy'), bytes);
    expect(guest.run('fd_pwrite', fd, again, n, 1n, guest.out)).toBe('SUCCESS');
    expect(seek(0, 1)).toBe(10n);
    seek(0, 0);
    expect(guest.read(fd)).toBe('0xy3456789');
    expect(guest.run('fd_pread', fd, again, n, -1n, guest.out)).toBe('INVAL');
    expect(guest.run('fd_pwrite', 1, again, n, 0n, guest.out)).toBe('SPIPE');
  });

  test('append', () => {
    guest.write(fd, 'abc');
    guest.run('fd_fdstat_set_flags', fd, FDFLAGS.APPEND);
    seek(0, 0);
    expect(guest.write(fd, 'def')).toBe(3);
    expect(seek(0, 1)).toBe(6n);
    guest.run('fd_fdstat_set_flags', fd, 0);
    seek(0, 0);
    guest.write(fd, 'X');
    seek(0, 0);
    expect(guest.read(fd)).toBe('Xbcdef');
  });

  test('an unlinked file lives on while it is open', () => {
    guest.write(fd, 'still here');
    expect(guest.path('path_unlink_file', 3, 'f')).toBe('SUCCESS');
    seek(0, 0);
    expect(guest.read(fd)).toBe('still here');
    expect((guest.fstat(fd) as Stat).nlink).toBe(0n);
  });

  test('a directory is not read or written', () => {
    expect(guest.read(3)).toBe('<ISDIR>');
    expect(guest.write(3, 'x')).toBe('ISDIR');
    expect(guest.run('fd_seek', 3, 0n, 0, guest.out)).toBe('ISDIR');
  });

  test('the size of files is bounded', () => {
    const small = place.guest({ limits: { fileSize: 100 } });
    const file = small.mustOpen(3, 'small', CREATE);
    expect(small.write(file, 'x'.repeat(100))).toBe(100);
    expect(small.write(file, 'x')).toBe('FBIG');
    expect(small.run('fd_filestat_set_size', file, 101n)).toBe('FBIG');
    expect(small.run('fd_allocate', file, 50n, 51n)).toBe('FBIG');
    small.wasi.close();
  });

  test('bad buffers are faults and do nothing', () => {
    const [array, count] = guest.iovec(4);
    guest.view.setUint32(array, 0xffffffff, true);
    expect(guest.run('fd_write', fd, array, count, guest.out)).toBe('FAULT');
    expect(guest.run('fd_write', fd, -8, 1, guest.out)).toBe('FAULT');
    expect(guest.run('fd_write', fd, array, 1025, guest.out)).toBe('INVAL');
    expect(guest.run('fd_write', fd, array, -1, guest.out)).toBe('INVAL');
    const [good] = guest.iovec(4);
    expect(guest.run('fd_write', fd, good, 1, -2)).toBe('FAULT');
    expect((guest.fstat(fd) as Stat).size).toBe(0n);
  });
});

describe('standard streams', () => {
  test('functions and buffers', () => {
    const pieces = ['one ', new Uint8Array([116, 119, 111]), null];
    const out = new OutputBuffer();
    const err: string[] = [];
    const guest = new Guest({
      stdin: () => pieces.shift(),
      stdout: out,
      stderr: (bytes) => err.push(new TextDecoder().decode(bytes)),
    });
    expect(guest.read(0, 2)).toBe('on');
    expect(guest.read(0)).toBe('e ');
    expect(guest.read(0)).toBe('two');
    expect(guest.read(0)).toBe('');
    expect(guest.write(1, 'out')).toBe(3);
    expect(guest.write(1, new Uint8Array([0, 255]))).toBe(2);
    expect(out.bytes).toEqual(new Uint8Array([111, 117, 116, 0, 255]));
    expect(guest.write(2, 'err')).toBe(3);
    expect(err).toEqual(['err']);
    expect(guest.write(0, 'x')).toBe('NOTCAPABLE');
    expect(guest.read(1)).toBe('<NOTCAPABLE>');
    expect(guest.run('fd_seek', 1, 0n, 0, guest.out)).toBe('SPIPE');
    expect(guest.fdstat(1).base & RIGHTS.FD_SEEK).toBe(0);
    expect(guest.fstat(0)).toMatchObject({ filetype: FILETYPE.UNKNOWN });
  });

  test('a failing function is an I/O error, not an exception', () => {
    const guest = new Guest({
      stdout: () => {
        throw new Error('no');
      },
      stderr: new OutputBuffer(2),
    });
    expect(guest.write(1, 'x')).toBe('IO');
    expect(guest.write(2, 'xyz')).toBe('NOSPC');
  });
});
