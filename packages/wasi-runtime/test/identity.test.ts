/**
 * What is held stays what it was: folders that somebody else removes, moves or replaces while a guest
 * holds them, so that the name, and on many file systems the inode too, goes to something else.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FILETYPE, OFLAGS } from '../src/core/types.js';
import { type Directory, MemoryFileSystem } from '../src/index.js';
import { DIRECTORY, Guest, INHERIT, READ_WRITE } from './guest.js';
import { snapshot, WORLDS, type World, write } from './world.js';

/** How often a replacement is made anew in the hope for the inode of what it replaces. */
const TRIES = 20;
const FOLDER = { rights: DIRECTORY, inheriting: INHERIT };
const CREATE = { oflags: OFLAGS.CREAT, rights: READ_WRITE };

/** What guest A holds when the folder `dir` of its tree is taken from under it. */
const HOLDERS: [string, (world: World) => Holder][] = [
  ['a folder', (world) => held(guestOf(world.base.directory('root')), 'dir')],
  ['a folder below it', (world) => held(guestOf(world.base.directory('root')), 'dir/sub')],
  ['a preopen', (world) => preopened(world.base.directory('root').directory('dir'))],
  ['a folder of a preopen', (world) => held(guestOf(rootOf(world, 'dir')), 'sub')],
  ['a copy of a descriptor', (world) => held(copying(world), 'again/dir')],
];

/** A guest and its descriptor of the folder that it holds. */
interface Holder {
  guest: Guest;
  fd: number;
}

const guests: Guest[] = [];

/** A guest that sees `directory` as descriptor 3, closed after the test. */
function guestOf(directory: Directory, ...more: Directory[]): Guest {
  const preopens = Object.fromEntries([directory, ...more].map((at, i) => [`/${i}`, at]));
  const guest = new Guest({ preopens });
  guests.push(guest);
  return guest;
}

/** Opens a folder. */
function held(guest: Guest, path: string): Holder {
  return { guest, fd: guest.mustOpen(3, path, FOLDER) };
}

/** The preopen as what is held. */
function preopened(directory: Directory): Holder {
  return { guest: guestOf(directory), fd: 3 };
}

/** A folder of `root`. */
function rootOf(world: World, name: string): Directory {
  return world.base.directory('root').directory(name);
}

/** A guest whose descriptor 3 has been moved there, a folder that was opened by way of a link. */
function copying(world: World): Guest {
  world.base.directory('root').symlink('.', 'again');
  const guest = guestOf(world.base.directory('root'));
  guest.run('fd_renumber', guest.mustOpen(3, '.', FOLDER), 3);
  return guest;
}

/** Who takes it away: descriptor 3 of the guest that is given back is the same `root`. */
const OTHERS: [string, (world: World, holder: Holder) => Guest][] = [
  ['another guest', (world) => guestOf(world.at('root'))],
  ['another guest of the same host', (world) => guestOf(world.base.directory('root'))],
];

/** Removes `dir` and all in it. */
function removeTree(guest: Guest): void {
  for (const name of ['dir/sub/file', 'dir/file'])
    expect(guest.path('path_unlink_file', 3, name)).toBe('SUCCESS');
  for (const name of ['dir/sub', 'dir'])
    expect(guest.path('path_remove_directory', 3, name)).toBe('SUCCESS');
}

/** Makes something until it has the inode `wanted`, or all tries are used up. */
function makeUntil(guest: Guest, wanted: bigint, name: string, kind: 'link' | 'folder'): void {
  for (let i = 0; ; i++) {
    const made =
      kind === 'link'
        ? guest.symlink('../outside', 3, name)
        : guest.path('path_create_directory', 3, name);
    expect(made).toBe('SUCCESS');
    const stat = guest.stat(3, name, 0);
    if (i === TRIES || (typeof stat !== 'string' && stat.ino === wanted)) return;
    guest.path(kind === 'link' ? 'path_unlink_file' : 'path_remove_directory', 3, name);
  }
}

/** A folder that takes the place of the one that was held; what is in it is not A's to see. */
function decoy(guest: Guest, path: string): void {
  for (const name of ['secret', 'link'])
    guest.write(guest.mustOpen(3, `${path}/${name}`, CREATE), 'decoy');
  guest.path('path_create_directory', 3, `${path}/sub`);
}

/** How `dir` is removed and what comes in its place; `ino` is the inode that A holds. */
const REMOVALS: [string, (guest: Guest, ino: bigint) => void][] = [
  [
    'removed, a link in its place',
    (guest, ino) => {
      removeTree(guest);
      makeUntil(guest, ino, 'dir', 'link');
    },
  ],
  [
    'removed, a folder in its place',
    (guest, ino) => {
      removeTree(guest);
      makeUntil(guest, ino, 'dir', 'folder');
      decoy(guest, 'dir');
    },
  ],
  [
    'removed, a folder elsewhere that gets its inode, then a link',
    (guest, ino) => {
      removeTree(guest);
      makeUntil(guest, ino, 'other', 'folder');
      decoy(guest, 'other');
      makeUntil(guest, ino, 'dir', 'link');
    },
  ],
  [
    'replaced by a rename',
    (guest) => {
      guest.path('path_create_directory', 3, 'new');
      guest.path('path_unlink_file', 3, 'dir/file');
      guest.path('path_unlink_file', 3, 'dir/sub/file');
      guest.path('path_remove_directory', 3, 'dir/sub');
      expect(guest.rename(3, 'new', 3, 'dir')).toBe('SUCCESS');
      decoy(guest, 'dir');
    },
  ],
  ['removed', (guest) => removeTree(guest)],
];

/** How `dir` is moved away; A keeps it wherever it is. */
const MOVES: [string, (guest: Guest) => void][] = [
  [
    'moved, a link in its place',
    (guest) => {
      expect(guest.rename(3, 'dir', 3, 'moved')).toBe('SUCCESS');
      expect(guest.symlink('../outside', 3, 'dir')).toBe('SUCCESS');
    },
  ],
  [
    'moved twice, a folder in its place',
    (guest) => {
      expect(guest.rename(3, 'dir', 3, 'once')).toBe('SUCCESS');
      guest.path('path_create_directory', 3, 'moved');
      expect(guest.rename(3, 'once', 3, 'moved')).toBe('SUCCESS');
      guest.path('path_create_directory', 3, 'dir');
      decoy(guest, 'dir');
    },
  ],
];

/** Everything that can be tried on a descriptor of a folder. */
function tryAll({ guest, fd }: Holder): Record<string, unknown> {
  const names = (): string[] | string => {
    try {
      return guest.readdir(fd).map(({ name }) => name);
    } catch (error) {
      return (error as Error).message;
    }
  };
  const times = (path: string): string =>
    guest.run('path_filestat_set_times', fd, 0, ...guest.put(path), 0n, 0n, 5);
  return {
    list: names(),
    read: guest.open(fd, 'secret'),
    'read below': guest.open(fd, 'sub/secret'),
    write: guest.open(fd, 'secret', { rights: READ_WRITE }),
    cut: guest.open(fd, 'secret', { oflags: OFLAGS.TRUNC }),
    'open a folder': guest.open(fd, 'sub', FOLDER),
    'open by a detour': guest.open(fd, 'sub/../secret'),
    stat: guest.stat(fd, 'secret'),
    'stat a link': guest.stat(fd, 'link', 0),
    'read a link': guest.run('path_readlink', fd, ...guest.put('link'), 8192, 64, guest.out),
    'set times': times('secret'),
    'hard link': guest.link(fd, 'secret', fd, 'stolen'),
    rename: guest.rename(fd, 'secret', fd, 'stolen'),
    unlink: guest.path('path_unlink_file', fd, 'secret'),
    rmdir: guest.path('path_remove_directory', fd, 'sub'),
    create: guest.open(fd, 'made', CREATE),
    mkdir: guest.path('path_create_directory', fd, 'made folder'),
    symlink: guest.symlink('x', fd, 'made link'),
    'hard link from elsewhere': guest.link(3, 'kept', fd, 'made link 2'),
    above: guest.open(fd, '..', FOLDER),
    'above and elsewhere': guest.open(fd, '../outside/secret'),
  };
}

describe.each(WORLDS)('identity on %s', (place, makeWorld) => {
  let world: World;

  beforeEach(() => {
    world = makeWorld();
    const { base } = world;
    for (const name of ['outside', 'root']) base.mkdir(name);
    const outside = base.directory('outside');
    write(outside, 'secret', 'the secret');
    outside.symlink('secret', 'link');
    outside.mkdir('sub');
    write(outside.directory('sub'), 'secret', 'the secret below');
    const root = base.directory('root');
    write(root, 'kept', 'in the root');
    root.mkdir('dir');
    write(root.directory('dir'), 'file', 'in the folder');
    root.directory('dir').mkdir('sub');
    write(root.directory('dir').directory('sub'), 'file', 'below the folder');
  });

  afterEach(() => {
    for (const guest of guests.splice(0)) guest.wasi.close();
    world.clean();
  });

  /** The inode of the folder that is held. */
  function inode({ guest, fd }: Holder): bigint {
    const stat = guest.fstat(fd);
    return typeof stat === 'string' ? -1n : stat.ino;
  }

  describe.each(HOLDERS)('%s', (_holder, makeHolder) => {
    describe.each(OTHERS)('by %s', (_other, makeOther) => {
      test.each(REMOVALS)('%s: what comes in its place is not seen', (_how, remove) => {
        const holder = makeHolder(world);
        remove(makeOther(world, holder), inode(holder));
        const before = snapshot(world.base);
        const { list, above, 'above and elsewhere': elsewhere, ...rest } = tryAll(holder);
        const seen = Array.isArray(list) ? list.filter((name) => !/^\.\.?$/.test(name)) : list;
        expect(['NOENT', []]).toContainEqual(seen);
        expect([above, elsewhere]).toEqual(['NOTCAPABLE', 'NOTCAPABLE']);
        for (const [name, result] of Object.entries(rest))
          expect([name, result]).toEqual([name, 'NOENT']);
        expect(snapshot(world.base)).toEqual(before);
      });

      test.each(MOVES)('%s: it is held where it is', (_how, move) => {
        const holder = makeHolder(world);
        move(makeOther(world, holder));
        const outside = snapshot(world.base.directory('outside'));
        const { guest, fd } = holder;
        expect(guest.read(guest.mustOpen(fd, 'file'))).toMatch(/^(in|below) the folder/);
        const { create, mkdir, read, stat, above } = tryAll(holder);
        expect([mkdir, read, stat, above]).toEqual(['SUCCESS', 'NOENT', 'NOENT', 'NOTCAPABLE']);
        expect(create).toBeTypeOf('number');
        expect(snapshot(world.base.directory('outside'))).toEqual(outside);
        const root = world.base.directory('root');
        const files = snapshot(root).filter((line) => /(^|\/)made [34] /.test(line));
        expect(files).toHaveLength(1);
        expect(files[0]).toMatch(/^moved\//);
      });
    });
  });

  test('the same guest by a second host object', () => {
    const guest = guestOf(world.base.directory('root'), world.at('root'));
    const holder = held(guest, 'dir');
    const ino = inode(holder);
    const at = (name: string) => guest.path('path_unlink_file', 4, name);
    expect([at('dir/sub/file'), at('dir/file')]).toEqual(['SUCCESS', 'SUCCESS']);
    guest.path('path_remove_directory', 4, 'dir/sub');
    expect(guest.path('path_remove_directory', 4, 'dir')).toBe('SUCCESS');
    makeUntil(guest, ino, 'dir', 'link');
    const before = snapshot(world.base);
    expect(tryAll(holder)).toMatchObject({ read: 'NOENT', create: 'NOENT', mkdir: 'NOENT' });
    expect(snapshot(world.base)).toEqual(before);
  });

  test('a file that is held is not the one that comes in its place', () => {
    const a = guestOf(world.base.directory('root'));
    const b = guestOf(world.at('root'));
    const fd = a.mustOpen(3, 'dir/file', { rights: READ_WRITE });
    const { ino } = a.fstat(fd) as { ino: bigint };
    expect(b.path('path_unlink_file', 3, 'dir/file')).toBe('SUCCESS');
    expect(b.symlink('../../outside/secret', 3, 'dir/file')).toBe('SUCCESS');
    expect(a.read(fd, 13)).toBe('in the folder');
    expect(a.write(fd, '!')).toBe(1);
    expect(a.fstat(fd)).toMatchObject({ ino, size: 14n, nlink: 0n });
    expect(a.open(3, 'dir/file')).toBe('NOTCAPABLE');
    expect(snapshot(world.base.directory('outside')).join()).not.toContain('!');
  });

  describe.each([
    ['by its path', (at: World, path: string) => at.at(`root/${path}`)],
    [
      'by the directory above',
      (at: World, path: string) =>
        path.split('/').reduce((above, name) => above.directory(name), at.at('root')),
    ],
  ])('a preopen given %s, before its guest is made', (_how, open) => {
    test('is removed, a link in its place', () => {
      const preopen = open(world, 'dir');
      const { ino } = preopen.stat();
      const b = guestOf(world.base.directory('root'));
      removeTree(b);
      makeUntil(b, ino, 'dir', 'link');
      expect(() => new Guest({ preopens: { '/': preopen } })).toThrow(/cannot preopen/);
    });

    test('has the directory above it replaced by a link', () => {
      const preopen = open(world, 'dir/sub');
      const b = guestOf(world.base.directory('root'));
      expect(b.rename(3, 'dir', 3, 'moved')).toBe('SUCCESS');
      expect(b.symlink('../outside', 3, 'dir')).toBe('SUCCESS');
      // Memory has it still; on disk it is found no more.
      const made = (): Guest => guestOf(preopen);
      if (place === 'memory') expect(made().open(3, 'secret')).toBe('NOENT');
      else expect(made).toThrow(/cannot preopen/);
    });
  });

  test('a folder that is moved out of the preopen leads nowhere above', () => {
    const guest = guestOf(world.base.directory('root'));
    const fd = guest.mustOpen(3, 'dir/sub', FOLDER);
    world.base.directory('root').rename('dir', world.base.directory('outside'), 'taken');
    const before = snapshot(world.base);
    for (const path of ['..', '../secret', '../../secret', 'x/../../secret', './..//']) {
      expect([path, guest.open(fd, path)]).toEqual([
        path,
        path[0] === 'x' ? 'NOENT' : 'NOTCAPABLE',
      ]);
      expect(guest.rename(fd, path, fd, 'stolen')).toMatch(/NOTCAPABLE|NOENT/);
    }
    expect(guest.open(3, 'dir')).toBe('NOENT');
    expect(guest.read(guest.mustOpen(fd, 'file'))).toBe('below the folder');
    expect(snapshot(world.base)).toEqual(before);
  });

  test('renames with what is held in flight', () => {
    const a = guestOf(world.base.directory('root'));
    const b = guestOf(world.at('root'));
    const dir = a.mustOpen(3, 'dir', FOLDER);
    const sub = a.mustOpen(3, 'dir/sub', FOLDER);
    expect(b.rename(3, 'dir', 3, 'gone')).toBe('SUCCESS');
    expect(b.symlink('../outside', 3, 'dir')).toBe('SUCCESS');
    expect(a.rename(dir, 'file', sub, 'moved')).toBe('SUCCESS');
    expect(a.rename(sub, 'file', 3, 'up')).toBe('SUCCESS');
    expect(a.rename(3, 'dir/secret', 3, 'stolen')).toBe('NOTCAPABLE');
    expect(a.rename(3, 'kept', 3, 'dir/kept')).toBe('NOTCAPABLE');
    expect(a.link(3, 'up', dir, 'linked')).toBe('SUCCESS');
    expect(b.stat(3, 'gone/sub/moved')).toMatchObject({ filetype: FILETYPE.REGULAR_FILE });
    expect(b.stat(3, 'gone/linked')).toMatchObject({ nlink: 2n });
    // A folder that is gone takes nothing in.
    const e = a.mustOpen(3, 'gone/sub', FOLDER);
    for (const name of ['gone/sub/moved']) b.path('path_unlink_file', 3, name);
    expect(b.path('path_remove_directory', 3, 'gone/sub')).toBe('SUCCESS');
    expect(a.rename(3, 'kept', e, 'kept')).toBe('NOENT');
    expect(a.link(3, 'kept', e, 'kept')).toBe('NOENT');
    expect(a.stat(3, 'kept')).toMatchObject({ size: 11n });
  });

  test.skipIf(place === 'disk, known by paths')(
    'a folder that has been removed is still one',
    () => {
      const a = guestOf(world.base.directory('root'));
      const fd = a.mustOpen(3, 'dir', FOLDER);
      const before = a.fstat(fd);
      removeTree(guestOf(world.at('root')));
      expect(a.fstat(fd)).toMatchObject({ filetype: FILETYPE.DIRECTORY, nlink: 0n });
      expect(a.readdir(fd).filter(({ name }) => !/^\.\.?$/.test(name))).toEqual([]);
      expect((a.fstat(fd) as { ino: bigint }).ino).toBe((before as { ino: bigint }).ino);
    },
  );
});

test('memory: a folder that is gone cannot be held again', () => {
  const files = new MemoryFileSystem({ d: {} }, { nodes: 4 });
  const gone = files.directory('/d');
  const guest = new Guest({ preopens: { '/': files.root } });
  expect(guest.path('path_remove_directory', 3, 'd')).toBe('SUCCESS');
  for (let i = 0; i < 10; i++) {
    expect(() => new Guest({ preopens: { '/': gone } })).toThrow(/NOENT/);
  }
  // Room was given back once: the root, and three files.
  for (const name of ['a', 'b', 'c']) guest.mustOpen(3, name, CREATE);
  expect(guest.open(3, 'd', CREATE)).toBe('NOSPC');
});
