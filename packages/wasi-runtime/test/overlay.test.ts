/** Files that are only read, below a layer that takes what is changed. */

import { describe, expect, test } from 'vitest';
import { resolve } from '../src/core/resolve.js';
import type { LowerDirectory, LowerFile, LowerLink } from '../src/index.js';
import { OverlayFileSystem, WASI } from '../src/memory/index.js';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const folder = (
  entries: Record<string, LowerFile | LowerLink | LowerDirectory>,
): LowerDirectory => ({ type: 'directory', entries: new Map(Object.entries(entries)), mtime: 3 });

const shared: LowerFile = { type: 'file', content: text('shared'), mtime: 7 };
const lower = (): LowerDirectory =>
  folder({
    one: { type: 'file', content: text('one'), mtime: 5 },
    hard: shared,
    etc: folder({ again: shared, up: { type: 'link', target: '../one' } }),
    empty: { type: 'file', content: text('') },
  });

describe('an overlay', () => {
  test('begins as what is below, times and hard links included', () => {
    const files = new OverlayFileSystem(lower());
    expect(files.list('/').sort()).toEqual(['empty', 'etc', 'hard', 'one']);
    expect(read(files.readFile('/etc/up'))).toBe('one');
    const one = files.root.lookup('one')!;
    expect(one.mtim).toBe(5_000_000_000n);
    expect(files.root.lookup('etc')!.mtim).toBe(3_000_000_000n);
    const [a, b] = [files.root.lookup('hard')!, files.directory('/etc').lookup('again')!];
    expect([a.ino, a.nlink]).toEqual([b.ino, 2n]);
  });

  test('every kind of change leaves what is below as it was', () => {
    const below = lower();
    const changes: ((files: OverlayFileSystem) => void)[] = [
      (files) => files.writeFile('/one', 'another, longer one'),
      (files) => files.writeFile('/one', ''),
      (files) => {
        const file = files.root.open('one', mode({ write: true }));
        file.write([text('X')], 1);
        expect(read(files.readFile('/one'))).toBe('oXe');
        file.truncate(2);
        file.truncate(4);
        expect(read(files.readFile('/one'))).toBe('oX\0\0');
        file.close();
      },
      (files) => {
        const file = files.root.open('one', mode({ write: true }));
        file.truncate(1);
        file.write([text('!')], 3);
        expect(read(files.readFile('/one'))).toBe('o\0\0!');
      },
      (files) => files.root.unlink('one'),
      (files) => files.root.rename('one', files.directory('/etc'), 'two'),
      (files) => files.writeFile('/etc/again', 'both'),
    ];
    for (const change of changes) {
      const files = new OverlayFileSystem(below);
      change(files);
      expect(read((below.entries.get('one') as LowerFile).content)).toBe('one');
      expect(read(shared.content)).toBe('shared');
      expect(read(new OverlayFileSystem(below).readFile('/one'))).toBe('one');
    }
    const files = new OverlayFileSystem(below);
    files.writeFile('/hard', 'by one name');
    expect(read(files.readFile('/etc/again'))).toBe('by one name');
  });

  test('only what is written counts against the limits', () => {
    const files = new OverlayFileSystem(lower(), { bytes: 12, nodes: 2 });
    files.writeFile('/new', '12345');
    files.writeFile('/one', 'one!!');
    expect(() => files.writeFile('/hard', 'more')).toThrow('NOSPC');
    expect(read(files.readFile('/etc/again'))).toBe('');
    files.root.unlink('new');
    files.writeFile('/hard', 'more');
    files.root.mkdir('a');
    expect(() => files.root.mkdir('b')).toThrow('NOSPC');
  });

  test('with a working directory: its names come first, then those of the root', () => {
    const system = new OverlayFileSystem(
      folder({
        one: shared,
        etc: folder({ motd: { type: 'file', content: text('motd') } }),
        work: folder({
          one: { type: 'file', content: text('inner') },
          up: { type: 'link', target: '../etc/motd' },
          etc2: folder({}),
        }),
      }),
    );
    const view = system.workingDirectory('/work');
    const size = (name: string): bigint | undefined => view.lookup(name)?.size;
    expect([size('one'), size('two'), view.lookup('etc')?.filetype]).toEqual([5n, undefined, 3]);
    expect(view.directory('etc').list()).toEqual(['motd']);
    expect(view.list().sort()).toEqual(['etc2', 'one', 'up']);
    // What is made is made in it; what is there is changed where it is.
    view.mkdir('new');
    expect(system.list('/work')).toContain('new');
    expect(() => view.mkdir('etc')).toThrow('EXIST');
    view.open('one', mode({ write: true, truncate: true })).close();
    expect(read(system.readFile('/one'))).toBe('shared');
    view.unlink('one');
    expect(size('one')).toBe(6n);
    view.rename('one', view.directory('etc2'), 'three');
    expect(system.list('/')).toEqual(['etc', 'work']);
    expect(read(system.readFile('/work/etc2/three'))).toBe('shared');
    view.link('up', view, 'etc3');
    expect(system.list('/work')).toContain('etc3');
    const at = (path: string): string =>
      resolve(view, path, 'follow', ({ directory, stat, name }) => {
        if (stat === undefined) throw new Error('NOENT');
        const file = directory.open(name, mode({}));
        const bytes = new Uint8Array(Number(stat.size));
        file.read([bytes], 0);
        return read(bytes);
      });
    // As from where a process is: upwards, but not out of the root.
    for (const path of [
      'up',
      '../work/up',
      'etc2/../../etc/motd',
      'etc/../etc/motd',
      '../etc/motd',
    ])
      expect(at(path), path).toBe('motd');
    for (const path of ['../../etc/motd', '../../../x', '../..'])
      expect(() => at(path), path).toThrow('NOTCAPABLE');
    expect(system.workingDirectory('/')).toBe(system.root);
    expect(() => system.workingDirectory('/none')).toThrow('NOENT');
  });

  test('is a preopen besides others; one of the same name takes its place', () => {
    const overlay = { files: lower(), preopens: { '/': '/', '/e': '/etc' } };
    expect(() => new WASI({ overlay })).not.toThrow();
    expect(() => new WASI({ overlay: { ...overlay, preopens: { '/x': '/none' } } })).toThrow(
      'cannot preopen /none as /x',
    );
    const names = (options: ConstructorParameters<typeof WASI>[0]): string[] => {
      const wasi = new WASI(options);
      const memory = { buffer: new ArrayBuffer(65536) };
      wasi.finalizeBindings({ exports: { memory } });
      const found: string[] = [];
      const call = (name: string, ...args: unknown[]): unknown => wasi.wasiImport[name]!(...args);
      for (let fd = 3; call('fd_prestat_get', fd, 0) === 0; fd++) {
        const length = new DataView(memory.buffer).getUint32(4, true);
        call('fd_prestat_dir_name', fd, 16, length);
        found.push(read(new Uint8Array(memory.buffer, 16, length)));
      }
      return found;
    };
    expect(names({ overlay })).toEqual(['/', '/e']);
    expect(names({ overlay, preopens: { '/e': '/', '/f': '/' } })).toEqual(['/', '/e', '/f']);
    expect(names({ overlay: { files: lower() }, files: { a: 'b' } })).toEqual(['/']);
  });
});

const mode = (given: object) => ({
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  ...given,
});
