import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FILETYPE, OFLAGS, RIGHTS } from '../src/core/types.js';
import {
  DIRECTORY,
  type Guest,
  INHERIT,
  PLACES,
  type Place,
  READ,
  READ_WRITE,
  type Stat,
} from './guest.js';

const CREATE = { oflags: OFLAGS.CREAT, rights: READ_WRITE };

describe.each(PLACES)('paths in %s', (_name, makePlace) => {
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

  /** Makes a file with text in it. */
  function file(path: string, text = path): void {
    const fd = guest.mustOpen(3, path, CREATE);
    guest.write(fd, text);
    guest.run('fd_close', fd);
  }

  /** The text of a file, or why it cannot be opened. */
  function content(path: string): string {
    const fd = guest.open(3, path);
    if (typeof fd === 'string') return `<${fd}>`;
    const text = guest.read(fd);
    guest.run('fd_close', fd);
    return text;
  }

  test('open: creation, exclusion, truncation', () => {
    expect(guest.open(3, 'a')).toBe('NOENT');
    file('a', 'hello');
    expect(content('a')).toBe('hello');
    expect(guest.open(3, 'a', { oflags: OFLAGS.CREAT | OFLAGS.EXCL })).toBe('EXIST');
    guest.mustOpen(3, 'a', { oflags: OFLAGS.TRUNC, rights: READ_WRITE });
    expect(content('a')).toBe('');
    expect(guest.open(3, 'a', { oflags: OFLAGS.DIRECTORY })).toBe('NOTDIR');
    expect(guest.open(3, 'a', { oflags: 16 })).toBe('INVAL');
    expect(guest.open(3, 'a', { fdflags: 32 })).toBe('INVAL');
    expect(guest.open(3, 'd', { oflags: OFLAGS.CREAT | OFLAGS.DIRECTORY })).toBe('INVAL');
    expect(guest.open(3, 'new/', CREATE)).toBe('ISDIR');
    expect(guest.open(3, '')).toBe('NOENT');
    expect(guest.open(3, 'a\0b')).toBe('INVAL');
    expect(guest.open(3, 'x'.repeat(5000))).toBe('NAMETOOLONG');
    expect(guest.open(3, 'x'.repeat(300), CREATE)).toBe('NAMETOOLONG');
  });

  test('open: names that are not UTF-8', () => {
    const [pointer, length] = guest.put(new Uint8Array([0x61, 0xff]));
    expect(guest.run('path_open', 3, 0, pointer, length, 0, 0n, 0n, 0, guest.out)).toBe('ILSEQ');
  });

  test('open: rights asked for have to be inherited', () => {
    guest.path('path_create_directory', 3, 'd');
    const dir = guest.mustOpen(3, 'd', { rights: DIRECTORY, inheriting: READ });
    file('d/f');
    expect(guest.open(dir, 'f', { rights: READ_WRITE })).toBe('NOTCAPABLE');
    const fd = guest.mustOpen(dir, 'f', { rights: READ });
    expect(guest.write(fd, 'x')).toBe('NOTCAPABLE');
    expect(guest.open(3, 'd', { inheriting: RIGHTS.SOCK_ACCEPT })).toBe('NOTCAPABLE');
    const blind = guest.mustOpen(3, 'd', { rights: RIGHTS.FD_READDIR });
    expect(guest.open(blind, 'f')).toBe('NOTCAPABLE');
    const noCreate = guest.mustOpen(3, 'd', { rights: RIGHTS.PATH_OPEN, inheriting: INHERIT });
    expect(guest.open(noCreate, 'g', CREATE)).toBe('NOTCAPABLE');
    expect(guest.open(noCreate, 'f', { oflags: OFLAGS.TRUNC })).toBe('NOTCAPABLE');
  });

  test('open: directories', () => {
    guest.path('path_create_directory', 3, 'd');
    for (const path of ['d', 'd/', 'd/.', './d', 'd/../d', '.']) {
      const fd = guest.mustOpen(3, path, { oflags: OFLAGS.DIRECTORY, rights: DIRECTORY });
      expect(guest.fdstat(fd)).toMatchObject({ filetype: FILETYPE.DIRECTORY, base: DIRECTORY });
      guest.run('fd_close', fd);
    }
    expect(guest.open(3, 'd', { rights: READ_WRITE })).toBe('ISDIR');
    expect(guest.open(3, 'd', { oflags: OFLAGS.TRUNC })).toBe('ISDIR');
    expect(guest.open(3, 'd', { oflags: OFLAGS.CREAT })).toBe('ISDIR');
    expect(guest.open(3, 'd', { oflags: OFLAGS.CREAT | OFLAGS.EXCL })).toBe('EXIST');
  });

  test('a directory stays the same one when it is renamed or replaced', () => {
    guest.path('path_create_directory', 3, 'd');
    guest.path('path_create_directory', 3, 'd/e');
    const d = guest.mustOpen(3, 'd', { rights: DIRECTORY, inheriting: INHERIT });
    const e = guest.mustOpen(3, 'd/e', { rights: DIRECTORY, inheriting: INHERIT });
    expect(guest.rename(3, 'd', 3, 'moved')).toBe('SUCCESS');
    expect(guest.symlink('moved', 3, 'd')).toBe('SUCCESS');
    guest.mustOpen(d, 'f', CREATE);
    guest.mustOpen(e, 'g', CREATE);
    expect(guest.stat(3, 'moved/f')).toMatchObject({ filetype: FILETYPE.REGULAR_FILE });
    expect(guest.stat(3, 'moved/e/g')).toMatchObject({ filetype: FILETYPE.REGULAR_FILE });
    guest.path('path_unlink_file', 3, 'moved/e/g');
    expect(guest.path('path_remove_directory', 3, 'moved/e')).toBe('SUCCESS');
    guest.path('path_create_directory', 3, 'moved/e');
    expect(guest.open(e, 'h', CREATE)).toBe('NOENT');
  });

  test('directories: made and removed', () => {
    const make = (path: string) => guest.path('path_create_directory', 3, path);
    const remove = (path: string) => guest.path('path_remove_directory', 3, path);
    expect(make('d')).toBe('SUCCESS');
    expect(make('d')).toBe('EXIST');
    expect(make('d/e/')).toBe('SUCCESS');
    expect(make('x/y')).toBe('NOENT');
    expect(make('.')).toBe('EXIST');
    file('f');
    expect(make('f/e')).toBe('NOTDIR');
    expect(make('f')).toBe('EXIST');
    expect(remove('d')).toBe('NOTEMPTY');
    expect(remove('d/e/')).toBe('SUCCESS');
    expect(remove('d/.')).toBe('INVAL');
    expect(remove('d')).toBe('SUCCESS');
    expect(remove('d')).toBe('NOENT');
    expect(remove('f')).toBe('NOTDIR');
    expect(guest.path('path_unlink_file', 3, 'f/')).toBe('NOTDIR');
    make('d');
    expect(guest.path('path_unlink_file', 3, 'd')).toBe('ISDIR');
    expect(guest.path('path_unlink_file', 3, 'f')).toBe('SUCCESS');
    expect(guest.path('path_unlink_file', 3, 'f')).toBe('NOENT');
  });

  test('rename', () => {
    file('a', '1');
    file('b', '2');
    guest.path('path_create_directory', 3, 'd');
    guest.path('path_create_directory', 3, 'd/sub');
    expect(guest.rename(3, 'a', 3, 'b')).toBe('SUCCESS');
    expect(content('b')).toBe('1');
    expect(content('a')).toBe('<NOENT>');
    expect(guest.rename(3, 'missing', 3, 'x')).toBe('NOENT');
    expect(guest.rename(3, 'b', 3, 'd')).toBe('ISDIR');
    expect(guest.rename(3, 'd', 3, 'b')).toBe('NOTDIR');
    expect(guest.rename(3, 'b', 3, 'new/')).toBe('NOTDIR');
    expect(guest.rename(3, 'b/', 3, 'new')).toBe('NOTDIR');
    expect(guest.rename(3, 'd', 3, 'd/sub/x')).toBe('INVAL');
    expect(guest.rename(3, '.', 3, 'x')).toBe('BUSY');
    expect(guest.rename(3, 'b', 3, 'b')).toBe('SUCCESS');
    guest.path('path_create_directory', 3, 'empty');
    expect(guest.rename(3, 'empty', 3, 'd')).toBe('NOTEMPTY');
    expect(guest.rename(3, 'd', 3, 'empty')).toBe('SUCCESS');
    expect(guest.stat(3, 'empty/sub')).toMatchObject({ filetype: FILETYPE.DIRECTORY });
  });

  test('hard links', () => {
    file('a', 'x');
    expect(guest.link(3, 'a', 3, 'b')).toBe('SUCCESS');
    expect((guest.stat(3, 'a') as Stat).nlink).toBe(2n);
    expect(guest.link(3, 'a', 3, 'b')).toBe('EXIST');
    expect(guest.link(3, 'missing', 3, 'c')).toBe('NOENT');
    guest.path('path_create_directory', 3, 'd');
    expect(guest.link(3, 'd', 3, 'c')).toBe('PERM');
    expect(guest.link(3, 'a', 3, 'c', 2)).toBe('INVAL');
    guest.symlink('a', 3, 'l');
    expect(guest.link(3, 'l', 3, 'soft')).toBe('SUCCESS');
    expect(guest.stat(3, 'soft', 0)).toMatchObject({ filetype: FILETYPE.SYMBOLIC_LINK });
    expect(guest.link(3, 'l', 3, 'hard', 1)).toBe('SUCCESS');
    expect((guest.stat(3, 'hard', 0) as Stat).nlink).toBe(3n);
    guest.path('path_unlink_file', 3, 'a');
    expect(content('b')).toBe('x');
  });

  test('symbolic links', () => {
    guest.path('path_create_directory', 3, 'd');
    file('d/f', 'text');
    expect(guest.symlink('d/f', 3, 'l')).toBe('SUCCESS');
    expect(guest.symlink('d/f', 3, 'l')).toBe('EXIST');
    expect(guest.symlink('d/f', 3, 'x/')).toBe('NOENT');
    expect(guest.symlink('', 3, 'x')).toBe('NOENT');
    expect(content('l')).toBe('text');
    expect(guest.open(3, 'l', { follow: false })).toBe('LOOP');
    expect(guest.stat(3, 'l', 0)).toMatchObject({ filetype: FILETYPE.SYMBOLIC_LINK, size: 3n });
    expect(guest.stat(3, 'l', 1)).toMatchObject({ filetype: FILETYPE.REGULAR_FILE, size: 4n });
    guest.symlink('../d', 3, 'd/self');
    expect(content('d/self/self/f')).toBe('text');
    guest.symlink('new', 3, 'dangling');
    expect(guest.stat(3, 'dangling')).toBe('NOENT');
    expect(guest.open(3, 'dangling', { ...CREATE, follow: false })).toBe('LOOP');
    expect(guest.open(3, 'dangling', { oflags: OFLAGS.CREAT | OFLAGS.EXCL })).toBe('EXIST');
    guest.mustOpen(3, 'dangling', CREATE);
    expect(guest.stat(3, 'new')).toMatchObject({ filetype: FILETYPE.REGULAR_FILE });
    guest.symlink('two', 3, 'one');
    guest.symlink('one', 3, 'two');
    expect(guest.open(3, 'one')).toBe('LOOP');
    expect(guest.open(3, 'one/x')).toBe('LOOP');
    guest.symlink('made/', 3, 'slash');
    expect(guest.open(3, 'slash', CREATE)).toBe('ISDIR');
  });

  test('readlink', () => {
    guest.symlink('some/where', 3, 'l');
    const readlink = (path: string, space: number): string => {
      const [buffer] = guest.put(new Uint8Array(64));
      const error = guest.run('path_readlink', 3, ...guest.put(path), buffer, space, guest.out);
      return error === 'SUCCESS' ? guest.text(buffer, guest.u32()) : `<${error}>`;
    };
    expect(readlink('l', 64)).toBe('some/where');
    expect(readlink('l', 4)).toBe('some');
    expect(readlink('.', 64)).toBe('<INVAL>');
    expect(readlink('none', 64)).toBe('<NOENT>');
  });

  test('times', () => {
    file('f');
    guest.symlink('f', 3, 'l');
    const set = (path: string, flags: number, follow = 1): string =>
      guest.run('path_filestat_set_times', 3, follow, ...guest.put(path), 1234567n, 89n, flags);
    expect(set('f', 1 | 4)).toBe('SUCCESS');
    expect(guest.stat(3, 'f')).toMatchObject({ atim: 1234567n, mtim: 89n });
    expect(set('f', 1 | 2)).toBe('INVAL');
    expect(set('f', 16)).toBe('INVAL');
    expect(set('none', 1)).toBe('NOENT');
    expect(set('l', 4, 0)).toBe('SUCCESS');
    expect(guest.stat(3, 'l', 0)).toMatchObject({ mtim: 89n });
    expect(set('.', 4)).toBe('SUCCESS');
    expect(guest.stat(3, '.')).toMatchObject({ mtim: 89n });
    expect(set('f', 8)).toBe('SUCCESS');
    const { mtim } = guest.stat(3, 'f') as Stat;
    expect(Number(mtim) / 1e6).toBeGreaterThan(Date.now() - 60_000);
  });

  test('a descriptor that is no directory', () => {
    file('f');
    const fd = guest.mustOpen(3, 'f');
    expect(guest.open(fd, 'x')).toBe('NOTDIR');
    expect(guest.open(99, 'x')).toBe('BADF');
    expect(guest.path('path_create_directory', 0, 'x')).toBe('NOTDIR');
  });
});
