import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FDFLAGS, FILETYPE, OFLAGS, RIGHTS } from '../src/core/types.js';
import {
  DIRECTORY,
  EVERYTHING,
  type Guest,
  INHERIT,
  PLACES,
  type Place,
  READ_WRITE,
  type Stat,
} from './guest.js';

const CREATE = { oflags: OFLAGS.CREAT, rights: READ_WRITE };

describe.each(PLACES)('descriptors in %s', (_name, makePlace) => {
  let place: Place;
  let guest: Guest;
  beforeEach(() => {
    place = makePlace();
    guest = place.guest();
  });
  afterEach(() => {
    guest.wasi.close();
    place.clean();
  });

  test('close and renumber', () => {
    const a = guest.mustOpen(3, 'a', CREATE);
    const b = guest.mustOpen(3, 'b', CREATE);
    expect([a, b]).toEqual([4, 5]);
    guest.write(a, 'A');
    expect(guest.run('fd_renumber', a, b)).toBe('SUCCESS');
    expect(guest.run('fd_close', a)).toBe('BADF');
    expect((guest.fstat(b) as Stat).size).toBe(1n);
    expect(guest.run('fd_renumber', b, 77)).toBe('BADF');
    expect(guest.run('fd_renumber', 77, b)).toBe('BADF');
    expect(guest.run('fd_renumber', b, b)).toBe('SUCCESS');
    expect(guest.mustOpen(3, 'c', CREATE)).toBe(4);
    expect(guest.run('fd_close', 0)).toBe('SUCCESS');
    expect(guest.mustOpen(3, 'd', CREATE)).toBe(0);
    expect(guest.run('fd_close', -1)).toBe('BADF');
  });

  test('the number of descriptors is bounded, and closing gives room', () => {
    const small = place.guest({ limits: { openFiles: 6 } });
    const a = small.mustOpen(3, 'a', CREATE);
    small.mustOpen(3, 'b', CREATE);
    expect(small.open(3, 'c', CREATE)).toBe('MFILE');
    expect(small.stat(3, 'c')).toBe('NOENT');
    expect(small.open(3, '.', { rights: DIRECTORY })).toBe('MFILE');
    small.run('fd_close', a);
    small.mustOpen(3, 'c', CREATE);
    small.wasi.close();
  });

  test('fdstat: flags and rights', () => {
    const fd = guest.mustOpen(3, 'f', { ...CREATE, fdflags: FDFLAGS.APPEND });
    expect(guest.fdstat(fd)).toEqual({
      filetype: FILETYPE.REGULAR_FILE,
      flags: FDFLAGS.APPEND,
      base: READ_WRITE,
      inheriting: 0,
    });
    expect(guest.run('fd_fdstat_set_flags', fd, FDFLAGS.SYNC | FDFLAGS.NONBLOCK)).toBe('SUCCESS');
    expect(guest.fdstat(fd).flags).toBe(FDFLAGS.SYNC | FDFLAGS.NONBLOCK);
    expect(guest.write(fd, 'x')).toBe(1);
    expect(guest.run('fd_fdstat_set_flags', fd, 32)).toBe('INVAL');
    const less = RIGHTS.FD_READ | RIGHTS.FD_SEEK;
    expect(guest.run('fd_fdstat_set_rights', fd, BigInt(EVERYTHING), 0n)).toBe('NOTCAPABLE');
    expect(guest.run('fd_fdstat_set_rights', fd, 1n << 40n, 0n)).toBe('NOTCAPABLE');
    expect(guest.run('fd_fdstat_set_rights', fd, BigInt(less), 0n)).toBe('SUCCESS');
    expect(guest.fdstat(fd).base).toBe(less);
    expect(guest.write(fd, 'x')).toBe('NOTCAPABLE');
    expect(guest.fstat(fd)).toBe('NOTCAPABLE');
    expect(guest.run('fd_fdstat_set_flags', fd, 0)).toBe('NOTCAPABLE');
    expect(guest.run('fd_tell', fd, guest.out)).toBe('NOTCAPABLE');
    expect(guest.run('fd_seek', fd, 0n, 1, guest.out)).toBe('SUCCESS');
  });

  test('size', () => {
    const fd = guest.mustOpen(3, 'f', CREATE);
    guest.write(fd, 'hello');
    expect(guest.run('fd_filestat_set_size', fd, 2n)).toBe('SUCCESS');
    expect(guest.run('fd_filestat_set_size', fd, 4n)).toBe('SUCCESS');
    expect(guest.run('fd_seek', fd, 0n, 0, guest.out)).toBe('SUCCESS');
    expect(guest.read(fd)).toBe('he\0\0');
    expect(guest.run('fd_filestat_set_size', fd, -1n)).toBe('INVAL');
    expect(guest.run('fd_filestat_set_size', fd, 1n << 62n)).toBe('FBIG');
    expect(guest.run('fd_filestat_set_size', 3, 0n)).toBe('ISDIR');
    expect(guest.run('fd_allocate', fd, 2n, 10n)).toBe('SUCCESS');
    expect((guest.fstat(fd) as Stat).size).toBe(12n);
    expect(guest.run('fd_allocate', fd, 0n, 1n)).toBe('SUCCESS');
    expect((guest.fstat(fd) as Stat).size).toBe(12n);
    expect(guest.run('fd_allocate', fd, 0n, 0n)).toBe('INVAL');
    expect(guest.run('fd_allocate', fd, 1n << 62n, 1n << 62n)).toBe('FBIG');
    expect(guest.run('fd_advise', fd, 0n, 10n, 3)).toBe('SUCCESS');
    expect(guest.run('fd_advise', fd, 0n, 10n, 6)).toBe('INVAL');
    expect(guest.run('fd_advise', fd, -1n, 10n, 0)).toBe('INVAL');
    expect(guest.run('fd_advise', 3, 0n, 10n, 0)).toBe('BADF');
  });

  test('times and syncing', () => {
    const fd = guest.mustOpen(3, 'f', CREATE);
    expect(guest.run('fd_filestat_set_times', fd, 5n, 1234567890123456789n, 4)).toBe('SUCCESS');
    expect((guest.fstat(fd) as Stat).mtim).toBe(1234567890123456789n);
    expect((guest.stat(3, 'f') as Stat).mtim).toBe(1234567890123456789n);
    expect(guest.run('fd_filestat_set_times', fd, 5n, 7n, 12)).toBe('INVAL');
    expect(guest.run('fd_filestat_set_times', 3, 5n, 7n, 5)).toBe('SUCCESS');
    expect(guest.fstat(3)).toMatchObject({ atim: 5n, mtim: 7n });
    expect(guest.run('fd_sync', fd)).toBe('SUCCESS');
    expect(guest.run('fd_datasync', fd)).toBe('SUCCESS');
    expect(guest.run('fd_sync', 3)).toBe('SUCCESS');
    expect(guest.run('fd_sync', 9)).toBe('BADF');
  });

  test('preopens', () => {
    expect(guest.run('fd_prestat_get', 3, guest.out)).toBe('SUCCESS');
    expect([guest.bytes[guest.out], guest.u32(guest.out + 4)]).toEqual([0, 1]);
    expect(guest.run('fd_prestat_dir_name', 3, 2000, 1)).toBe('SUCCESS');
    expect(guest.text(2000, 1)).toBe('/');
    expect(guest.run('fd_prestat_dir_name', 3, 2000, 0)).toBe('NAMETOOLONG');
    expect(guest.run('fd_prestat_get', 4, guest.out)).toBe('BADF');
    expect(guest.run('fd_prestat_get', 0, guest.out)).toBe('BADF');
    const fd = guest.mustOpen(3, '.', { rights: DIRECTORY });
    expect(guest.run('fd_prestat_get', fd, guest.out)).toBe('BADF');
    expect(guest.run('fd_prestat_dir_name', fd, 2000, 1)).toBe('BADF');
  });

  test('readdir: all entries, however small the buffer', () => {
    const names = Array.from({ length: 40 }, (_, i) => `file-${i}-${'x'.repeat(i)}`);
    for (const name of names) guest.run('fd_close', guest.mustOpen(3, name, CREATE));
    guest.path('path_create_directory', 3, 'dir');
    guest.symlink('dir', 3, 'link');
    for (const space of [90, 256, 65536]) {
      const seen: string[] = [];
      let cookie = 0n;
      for (;;) {
        const entries = guest.readdir(3, cookie, space);
        if (entries.length === 0) break;
        seen.push(...entries.map((entry) => entry.name));
        cookie = entries[entries.length - 1]!.next;
      }
      expect(seen.sort()).toEqual(['.', '..', ...names, 'dir', 'link'].sort());
    }
    const types = new Map(guest.readdir(3, 0n, 65536).map(({ name, type }) => [name, type]));
    expect(types.get('.')).toBe(FILETYPE.DIRECTORY);
    expect(types.get('dir')).toBe(FILETYPE.DIRECTORY);
    expect(types.get('link')).toBe(FILETYPE.SYMBOLIC_LINK);
    expect(types.get('file-0-')).toBe(FILETYPE.REGULAR_FILE);
  });

  test('readdir: cookies stay good when entries come and go', () => {
    for (const name of ['a', 'b', 'c', 'd']) guest.mustOpen(3, name, CREATE);
    const before = guest.readdir(3);
    const third = before[2]!;
    const rest = before.slice(3).map((entry) => entry.name);
    guest.mustOpen(3, 'e', CREATE);
    guest.path('path_unlink_file', 3, third.name);
    // Rewound, the directory is read afresh; the old cookie still stands for the same place.
    expect(guest.readdir(3).map((entry) => entry.name)).toEqual(['.', '..', ...rest, 'e']);
    expect(guest.readdir(3, third.next).map((entry) => entry.name)).toEqual([...rest, 'e']);
    guest.path('path_unlink_file', 3, rest[0]!);
    expect(guest.readdir(3, third.next).map((entry) => entry.name)).toEqual([
      ...rest.slice(1),
      'e',
    ]);
    expect(guest.readdir(3, 1n << 40n)).toEqual([]);
    expect(guest.readdir(3, -1n)).toEqual([]);
  });

  test('readdir: failures', () => {
    const file = guest.mustOpen(3, 'a', CREATE);
    expect(guest.run('fd_readdir', file, 2000, 100, 0n, guest.out)).toBe('NOTDIR');
    const dir = guest.mustOpen(3, '.', { rights: RIGHTS.PATH_OPEN, inheriting: INHERIT });
    expect(guest.run('fd_readdir', dir, 2000, 100, 0n, guest.out)).toBe('NOTCAPABLE');
    expect(guest.run('fd_readdir', 3, 2000, -1, 0n, guest.out)).toBe('FAULT');
  });
});
