import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FILETYPE, OFLAGS } from '../src/core/types.js';
import { DIRECTORY, Guest, INHERIT, READ, READ_WRITE } from './guest.js';
import { OPERATIONS, readlink, setTimes, snapshot, WORLDS, type World, write } from './world.js';

/** Ways out of the preopen: paths that would lead to the directory `outside`. */
const WAYS_OUT: [string, (world: World) => string][] = [
  ['..', () => '../outside'],
  ['.. further down', () => 'dir/../../outside'],
  ['.. behind dots and slashes', () => './/dir/.//..//./..//outside'],
  ['an absolute path', ({ path }) => `${path}/outside`],
  ['an absolute link', () => 'absolute'],
  ['a relative link', () => 'relative'],
  ['a link with trailing slash', () => 'relative/'],
  ['a link with trailing /.', () => 'relative/.'],
  ['an absolute link with trailing /.', () => 'absolute/.'],
  ['a chain of links', () => 'chain'],
  ['a link out of a folder', () => 'dir/up'],
  ['a link that goes down and up', () => 'deep'],
  ['a link to ..', () => 'dotdot/outside'],
  ['a link whose target ends in a slash', () => 'slash'],
  ['a link whose target ends in /.', () => 'slashdot'],
  ['a link to /', ({ path }) => `top${path}/outside`],
  ['a link to /proc/self/root', ({ path }) => `procroot${path}/outside`],
  ['a link to /proc/self/cwd', () => 'proccwd'],
];

/** Links that are the last component and lead to a file outside, there or not. */
const LAST_LINKS = ['file-absolute', 'file-relative', 'dangling-absolute', 'dangling-relative'];

describe.each(WORLDS)('confinement on %s', (_name, makeWorld) => {
  let world: World;
  let guests: Guest[];
  let before: string[];

  beforeEach(() => {
    world = makeWorld();
    guests = [];
    const { base, path } = world;
    for (const name of ['outside', 'root', 'other']) base.mkdir(name);
    const outside = base.directory('outside');
    write(outside, 'secret', 'the secret');
    outside.mkdir('sub');
    outside.symlink('secret', 'link');
    const root = base.directory('root');
    write(root, 'inside', 'harmless');
    root.mkdir('dir');
    write(root.directory('dir'), 'file', 'in a folder');
    const links: [string, string][] = [
      ['absolute', `${path}/outside`],
      ['relative', '../outside'],
      ['chain', 'chain2'],
      ['chain2', 'dir/../chain3'],
      ['chain3', './/relative'],
      ['deep', 'dir/../../outside'],
      ['dotdot', '..'],
      ['slash', '../outside/'],
      ['slashdot', '../outside/.'],
      ['top', '/'],
      ['procroot', '/proc/self/root'],
      ['proccwd', '/proc/self/cwd'],
      ['file-absolute', `${path}/outside/secret`],
      ['file-relative', '../outside/secret'],
      ['dangling-absolute', `${path}/outside/new`],
      ['dangling-relative', '../outside/new'],
      ['loop', 'loop2'],
      ['loop2', 'loop'],
      ['good', 'dir/file'],
    ];
    for (const [name, target] of links) root.symlink(target, name);
    root.directory('dir').symlink('../../outside', 'up');
    before = snapshot(base);
  });

  afterEach(() => {
    for (const guest of guests) guest.wasi.close();
    world.clean();
  });

  /** A guest that sees `root` as descriptor 3. */
  function guestOf(readonly: boolean): Guest {
    const directory = world.base.directory('root');
    const guest = new Guest({ preopens: { '/': { directory, readonly } } });
    guests.push(guest);
    return guest;
  }

  describe.each([
    ['read-write', false],
    ['read-only', true],
  ])('%s', (_access, readonly) => {
    test.each(WAYS_OUT)('no operation gets out by %s', (_way, out) => {
      const guest = guestOf(readonly);
      const results = OPERATIONS.map(([name, run]) => [name, run(guest, out(world))]);
      expect(results).toEqual(OPERATIONS.map(([name]) => [name, 'NOTCAPABLE']));
      expect(snapshot(world.base)).toEqual(before);
    });

    test.each(LAST_LINKS)('the link %s is not followed out', (link) => {
      const guest = guestOf(readonly);
      const opens = [
        guest.open(3, link),
        guest.open(3, link, { rights: READ_WRITE }),
        guest.open(3, link, { oflags: OFLAGS.CREAT, rights: READ_WRITE }),
        guest.open(3, link, { oflags: OFLAGS.TRUNC }),
        guest.open(3, `${link}/`, { oflags: OFLAGS.CREAT }),
        guest.open(3, `${link}/`, { follow: false }),
        guest.open(3, `${link}/.`, { follow: false }),
        guest.stat(3, link, 1),
        guest.stat(3, `${link}/`, 0),
        setTimes(guest, link, 1),
        guest.link(3, link, 3, 'stolen', 1),
      ];
      expect(opens).toEqual(opens.map(() => 'NOTCAPABLE'));
      expect(guest.open(3, link, { follow: false })).toBe('LOOP');
      expect(guest.open(3, link, { follow: false, oflags: OFLAGS.CREAT })).toBe('LOOP');
      expect(guest.open(3, link, { oflags: OFLAGS.CREAT | OFLAGS.EXCL })).toBe('EXIST');
      expect(guest.path('path_create_directory', 3, link)).toBe('EXIST');
      expect(guest.path('path_create_directory', 3, `${link}/`)).toBe('EXIST');
      expect(guest.path('path_remove_directory', 3, `${link}/`)).toBe('NOTCAPABLE');
      expect(guest.path('path_unlink_file', 3, `${link}/`)).toBe('NOTDIR');
      expect(guest.stat(3, link, 0)).toMatchObject({ filetype: FILETYPE.SYMBOLIC_LINK });
      const target = link.endsWith('absolute') ? 'NOTCAPABLE' : /^-> \.\.\/outside/;
      expect(readlink(guest, link)).toMatch(target);
      expect(snapshot(world.base)).toEqual(before);
    });

    test('loops', () => {
      const guest = guestOf(readonly);
      expect(guest.open(3, 'loop')).toBe('LOOP');
      expect(guest.open(3, 'loop/x', { oflags: OFLAGS.CREAT })).toBe('LOOP');
      expect(guest.stat(3, 'loop')).toBe('LOOP');
      expect(guest.path('path_create_directory', 3, 'loop/x')).toBe('LOOP');
      expect(guest.rename(3, 'inside', 3, 'loop/x')).toBe('LOOP');
      expect(snapshot(world.base)).toEqual(before);
    });

    test('a descriptor of a folder is a root of its own', () => {
      const guest = guestOf(readonly);
      const dir = guest.mustOpen(3, 'dir', { rights: DIRECTORY, inheriting: INHERIT });
      expect(guest.open(dir, '../inside')).toBe('NOTCAPABLE');
      expect(guest.open(dir, '..', { rights: DIRECTORY })).toBe('NOTCAPABLE');
      expect(guest.open(dir, 'up/secret')).toBe('NOTCAPABLE');
      expect(guest.read(guest.mustOpen(dir, 'file'))).toBe('in a folder');
    });

    test('links within the preopen work', () => {
      const guest = guestOf(readonly);
      expect(guest.read(guest.mustOpen(3, 'good'))).toBe('in a folder');
      expect(guest.read(guest.mustOpen(3, 'dir/../good'))).toBe('in a folder');
    });
  });

  test('a guest cannot make an absolute link', () => {
    const guest = guestOf(false);
    expect(guest.symlink(`${world.path}/outside`, 3, 'mine')).toBe('NOTCAPABLE');
    expect(guest.symlink('../outside', 3, 'mine')).toBe('SUCCESS');
    expect(guest.open(3, 'mine/secret')).toBe('NOTCAPABLE');
  });

  test('a folder swapped for a link does not lead out', () => {
    const guest = guestOf(false);
    const dir = guest.mustOpen(3, 'dir', { rights: DIRECTORY, inheriting: INHERIT });
    expect(guest.rename(3, 'dir', 3, 'elsewhere')).toBe('SUCCESS');
    expect(guest.symlink('../outside', 3, 'dir')).toBe('SUCCESS');
    expect(guest.open(dir, 'secret')).toBe('NOENT');
    expect(guest.read(guest.mustOpen(dir, 'file'))).toBe('in a folder');
    expect(guest.path('path_create_directory', dir, 'new')).toBe('SUCCESS');
    expect(world.base.directory('outside').lookup('new')).toBeUndefined();
  });

  test('read-only refuses every change with EROFS', () => {
    const guest = guestOf(true);
    const dir = guest.mustOpen(3, 'dir', { rights: DIRECTORY, inheriting: INHERIT });
    const fd = guest.mustOpen(3, 'inside', { rights: READ });
    const changes: Record<string, unknown> = {
      write: guest.open(3, 'inside', { rights: READ_WRITE }),
      cut: guest.open(3, 'inside', { oflags: OFLAGS.TRUNC }),
      create: guest.open(3, 'new', { oflags: OFLAGS.CREAT }),
      'create below': guest.open(dir, 'new', { oflags: OFLAGS.CREAT }),
      times: setTimes(guest, 'inside', 1),
      'times of a link': setTimes(guest, 'good', 0),
      'times of a folder': setTimes(guest, 'dir', 0),
      'times of the root': setTimes(guest, '.', 0),
      'times by descriptor': guest.run('fd_filestat_set_times', fd, 0n, 0n, 5),
      'times by directory': guest.run('fd_filestat_set_times', 3, 0n, 0n, 5),
      'times now': guest.run('fd_filestat_set_times', dir, 0n, 0n, 10),
      mkdir: guest.path('path_create_directory', 3, 'new'),
      'mkdir below': guest.path('path_create_directory', dir, 'new'),
      rmdir: guest.path('path_remove_directory', 3, 'dir'),
      unlink: guest.path('path_unlink_file', 3, 'inside'),
      'unlink a link': guest.path('path_unlink_file', 3, 'good'),
      symlink: guest.symlink('inside', 3, 'new'),
      link: guest.link(3, 'inside', 3, 'new'),
      rename: guest.rename(3, 'inside', 3, 'new'),
      'rename a folder': guest.rename(3, 'dir', 3, 'new'),
    };
    for (const [name, result] of Object.entries(changes))
      expect([name, result]).toEqual([name, 'ROFS']);
    expect(guest.run('fd_filestat_set_size', fd, 0n)).toBe('NOTCAPABLE');
    expect(guest.run('fd_allocate', fd, 0n, 100n)).toBe('NOTCAPABLE');
    expect(guest.write(fd, 'x')).toBe('NOTCAPABLE');
    expect(guest.read(fd)).toBe('harmless');
    // What fails for another reason says so, as on a disk that is mounted read-only.
    expect(guest.path('path_create_directory', 3, 'dir')).toBe('EXIST');
    expect(guest.path('path_unlink_file', 3, 'nothing')).toBe('NOENT');
    expect(guest.open(3, 'inside', { oflags: OFLAGS.CREAT, rights: READ })).toBeTypeOf('number');
    expect(snapshot(world.base)).toEqual(before);
  });

  test('links and renames between preopens of different rights', () => {
    const [root, other] = [world.base.directory('root'), world.base.directory('other')];
    const guest = new Guest({
      preopens: { '/ro': { directory: root, readonly: true }, '/rw': other },
    });
    guests.push(guest);
    expect(guest.link(3, 'inside', 4, 'mine')).toBe('ROFS');
    expect(guest.link(3, 'good', 4, 'mine', 1)).toBe('ROFS');
    expect(guest.rename(3, 'inside', 4, 'mine')).toBe('ROFS');
    guest.mustOpen(4, 'own', { oflags: OFLAGS.CREAT, rights: READ_WRITE });
    expect(guest.rename(4, 'own', 3, 'gift')).toBe('ROFS');
    expect(guest.link(4, 'own', 3, 'gift')).toBe('ROFS');
    expect(guest.symlink('../root/inside', 4, 'soft')).toBe('SUCCESS');
    expect(guest.open(4, 'soft')).toBe('NOTCAPABLE');
  });
});

describe.skipIf(process.platform !== 'linux')('/proc as a preopen', () => {
  test('its links do not lead anywhere else', () => {
    const guest = new Guest({ preopens: { '/proc': '/proc' } });
    for (const link of ['root', 'cwd', 'exe']) {
      expect(guest.open(3, `self/${link}`)).toBe('NOTCAPABLE');
      expect(guest.open(3, `self/${link}/etc/passwd`)).toBe('NOTCAPABLE');
      expect(guest.stat(3, `self/${link}`)).toBe('NOTCAPABLE');
    }
    const escaped = Array.from({ length: 64 }, (_, fd) => guest.open(3, `self/fd/${fd}`));
    expect(escaped.filter((result) => typeof result === 'number')).toEqual([]);
    guest.wasi.close();
  });
});
