/**
 * Somebody else changes the tree between any two calls of the host: every operation is run again and
 * again, and the folder or the file that it is about is swapped before its first call of `node:fs`,
 * before its second, and so on, once to stay and once for that call alone. What a race would hit one
 * time in a thousand is hit each time.
 */

import { execFileSync } from 'node:child_process';
import fs, { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILETYPE } from '../src/core/types.js';
import { DIRECTORY, Guest, INHERIT } from './guest.js';
import { disk, diskByPaths, OPERATIONS, type World, write } from './world.js';

/** The functions of `node:fs` that operations on paths call. */
const CALLS = Object.keys(fs).filter(
  (name) => name.endsWith('Sync') && !['existsSync', 'rmSync'].includes(name),
) as 'openSync'[];

/** Trees are made anew thousands of times: in memory, where there is a disk there. */
const QUICK = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Flags with which opening a pipe does not wait. */
const PATIENT = constants.O_NONBLOCK | constants.O_DIRECTORY;

/** Operations that only read, as far as the host can tell. */
const READERS = OPERATIONS.filter(([name]) => /^(open (for r|without|the)|stat|read)/.test(name));

/** What is swapped: the name below `root`, what takes its place, and the way that operations go. */
const SWAPS: [string, Swap][] = [
  ['a folder', { name: 'dir', link: '../outside', way: 'dir' }],
  ['a folder further up', { name: 'dir', link: '../outside', way: 'dir/deep' }],
  ['a folder further down', { name: 'dir/deep', link: '../../outside/deep', way: 'dir/deep' }],
  ['a folder behind a link', { name: 'dir', link: '../outside', way: 'soft' }],
  ['a folder by a detour', { name: 'dir', link: '../outside', way: 'dir/deep/..' }],
  ['a link', { name: 'soft', link: '../outside', way: 'soft' }],
  ['the file itself', { name: 'dir/secret', link: '../../outside/secret', way: 'dir' }],
  ['the folder itself', { name: 'dir/sub', link: '../../outside/sub', way: 'dir' }],
  ['the place of a new file', { name: 'dir/new', link: '../../outside/new', way: 'dir' }],
  ['the file, by a pipe', { name: 'dir/secret', way: 'dir' }],
  ['the folder, by a pipe', { name: 'dir/sub', way: 'dir' }],
];

interface Swap {
  name: string;
  /** Target of the link that is put there; a named pipe if left out. */
  link?: string;
  way: string;
}

describe.skipIf(process.platform !== 'linux')('a swap between any two calls of the host', () => {
  let world: World;
  let root: string;
  let before: string;
  let swapped = 0;

  /** Fills a folder; `text` says whose it is. */
  function fill(path: string, text: string): void {
    for (const folder of [path, join(path, 'deep')]) {
      fs.mkdirSync(folder, { recursive: true });
      for (const name of ['secret', 'victim']) fs.writeFileSync(join(folder, name), text);
      fs.mkdirSync(join(folder, 'sub'));
      fs.symlinkSync('secret', join(folder, 'link'));
    }
  }

  /** Makes the tree that the guest sees anew. */
  function renew(): void {
    fs.rmSync(root, { recursive: true, force: true });
    fill(join(root, 'dir'), 'inside');
    fs.writeFileSync(join(root, 'inside'), 'inside');
    fs.symlinkSync('dir', join(root, 'soft'));
    fs.linkSync(pipe, join(root, 'pipe'));
  }

  let pipe: string;
  /** Both ends of the pipe: whoever opens it as what it is need not wait. */
  let ends: number;

  /** All that a change would show in. */
  function state(path: string): string {
    const entries = fs.readdirSync(path, { withFileTypes: true }).map((entry) => {
      const at = join(path, entry.name);
      const { mtimeMs, nlink, size } = fs.lstatSync(at);
      const content = entry.isDirectory() ? state(at) : nlink;
      return `${entry.name} ${mtimeMs} ${size} ${content}`;
    });
    return entries.join();
  }

  /** Starts over in a world of its own. */
  function begin(made: World): void {
    world = made;
    root = join(world.path, 'root');
    pipe = join(world.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    ends = fs.openSync(pipe, constants.O_RDWR);
    fill(join(world.path, 'outside'), 'outside');
    renew();
    before = state(join(world.path, 'outside'));
  }

  /** Ends with the world. */
  function end(): void {
    fs.closeSync(ends);
    world.clean();
  }

  /** Puts something in the place of a file or folder, and gives the way back. */
  function swap({ name, link }: Swap): () => void {
    const path = join(root, name);
    const away = join(root, 'away');
    const had = fs.lstatSync(path, { throwIfNoEntry: false });
    if (had) fs.renameSync(path, away);
    if (link === undefined) fs.linkSync(pipe, path);
    else fs.symlinkSync(link, path);
    swapped++;
    return () => {
      fs.unlinkSync(path);
      if (had) fs.renameSync(away, path);
    };
  }

  /**
   * Runs an operation with a swap before its call number `step`, for that call alone if `once`.
   * @returns its result, whether it has so many calls, what text it got at, and whether it would have
   * waited for a pipe
   */
  function run(
    operation: (guest: Guest) => unknown,
    what: Swap,
    step: number,
    once: boolean,
  ): { result: unknown; reached: boolean; seen: string; waits: boolean } {
    const guest = new Guest({ preopens: { '/': world.at('root') } });
    const real = Object.fromEntries(CALLS.map((name) => [name, fs[name]]));
    let calls = 0;
    let inside = true;
    let waits = false;
    const restore = (): void => void Object.assign(fs, real);
    const patched = CALLS.map((name) => [
      name,
      (...args: unknown[]) => {
        const call = (real[name] as unknown as (...args: unknown[]) => unknown).bind(fs);
        if (!inside || calls++ !== step) return call(...args);
        inside = false;
        const back = swap(what);
        waits = name === 'openSync' && what.link === undefined && !(Number(args[1]) & PATIENT);
        try {
          return call(...args);
        } finally {
          if (once) back();
          inside = true;
        }
      },
    ]);
    Object.assign(fs, Object.fromEntries(patched));
    let result: unknown;
    try {
      result = operation(guest);
    } finally {
      restore();
    }
    const seen = typeof result === 'number' ? text(guest, result) : '';
    guest.wasi.close();
    return { result, reached: calls > step, seen, waits };
  }

  /** Text of an open file, or of `secret` in an open folder; of a pipe, none. */
  function text(guest: Guest, fd: number): string {
    const { filetype } = guest.fdstat(fd);
    if (filetype === FILETYPE.REGULAR_FILE) return guest.read(fd);
    const below = filetype === FILETYPE.DIRECTORY ? guest.open(fd, 'secret') : '';
    return typeof below === 'number' ? text(guest, below) : '';
  }

  /** Runs operations with swaps at all their calls. */
  function all(operations: typeof OPERATIONS, what: Swap, modes: boolean[]): void {
    const { ino } = fs.statSync(join(world.path, 'outside/secret'), { bigint: true });
    const wrong: string[] = [];
    for (const [name, operation] of operations) {
      for (const once of modes) {
        for (let step = 0, reached = true; reached; step++) {
          const done = run((guest) => operation(guest, what.way), what, step, once);
          reached = done.reached;
          const where = `${name}, call ${step}${once ? ' alone' : ''}`;
          if (done.seen.startsWith('outside')) wrong.push(`${where}: reads`);
          if ((done.result as { ino?: bigint })?.ino === ino) wrong.push(`${where}: looks`);
          if (done.waits) wrong.push(`${where}: waits`);
          if (state(join(world.path, 'outside')) !== before) wrong.push(`${where}: changes`);
          renew();
        }
      }
    }
    expect(wrong).toEqual([]);
  }

  describe('on disk', () => {
    beforeAll(() => begin(disk(QUICK)));
    afterAll(end);

    test.each(SWAPS)(
      '%s: nothing leads out, nothing waits',
      (_name, what) => {
        const start = swapped;
        all(OPERATIONS, what, [false, true]);
        expect(swapped - start).toBeGreaterThan(OPERATIONS.length);
      },
      120_000,
    );

    test('of a folder that is held: it is no longer there to be swapped', () => {
      const guest = new Guest({ preopens: { '/': world.at('root') } });
      const fd = guest.mustOpen(3, 'dir', { rights: DIRECTORY, inheriting: INHERIT });
      swap({ name: 'dir', link: '../outside', way: '' });
      for (const [, operation] of OPERATIONS) {
        // The operations take descriptor 3.
        expect(
          guest.run(
            'fd_renumber',
            guest.mustOpen(fd, '.', { rights: DIRECTORY, inheriting: INHERIT }),
            3,
          ),
        ).toBe('SUCCESS');
        operation(guest, 'deep');
      }
      expect(state(join(world.path, 'outside'))).toBe(before);
      guest.wasi.close();
      renew();
    });
  });

  describe('on disk, known by paths', () => {
    beforeAll(() => begin(diskByPaths(QUICK)));
    afterAll(end);

    test.each(SWAPS)(
      '%s: no reading leads out once the swap stays',
      (_name, what) => {
        const start = swapped;
        all(READERS, what, [false]);
        expect(swapped - start).toBeGreaterThan(READERS.length);
      },
      120_000,
    );
  });

  test('a pipe that is there from the start is opened as it is', () => {
    const here = disk();
    here.base.mkdir('root');
    write(here.base.directory('root'), 'file', 'text');
    execFileSync('mkfifo', [join(here.path, 'root/pipe')]);
    const writer = fs.openSync(join(here.path, 'root/pipe'), constants.O_RDWR);
    fs.writeSync(writer, 'by the pipe');
    const guest = new Guest({ preopens: { '/': here.at('root') } });
    expect(guest.read(guest.mustOpen(3, 'pipe'))).toBe('by the pipe');
    fs.closeSync(writer);
    guest.wasi.close();
    here.clean();
  });
});
