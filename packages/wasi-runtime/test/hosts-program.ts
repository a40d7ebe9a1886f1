/**
 * What is tried on every host, as a program: bundled with the sources as they are, and run by Node,
 * Deno and Bun. Its first argument says what, the second where; it prints one line of
 * JSON.
 */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { OFLAGS } from '../src/core/types.js';
import { NodeHost, provideBuiltins } from '../src/index.js';
import { DIRECTORY, Guest, INHERIT, READ_WRITE } from './guest.js';
import { disk, type World, write } from './world.js';

// Node 18 has no other way to its modules.
provideBuiltins(createRequire(import.meta.url));

const FOLDER = { rights: DIRECTORY, inheriting: INHERIT };
const CREATE = { oflags: OFLAGS.CREAT, rights: READ_WRITE };

/** How many descriptors this process has; one of them is for looking. */
function descriptors(): number {
  try {
    return fs.readdirSync('/proc/self/fd').length;
  } catch {
    // A host without permission to look.
    return 0;
  }
}

/** Names in a folder, or the error's name. */
function names(guest: Guest, fd: number): unknown {
  try {
    return guest.readdir(fd).map(({ name }) => name);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Guest A holds a folder, guest B makes a link of it, with its inode where the disk has it so. */
function reuse(world: World): unknown {
  const before = descriptors();
  world.base.mkdir('outside');
  write(world.base.directory('outside'), 'secret', 'the secret');
  world.base.mkdir('root');
  world.base.directory('root').mkdir('dir');
  const [a, b] = [0, 1].map(
    () => new Guest({ host: new NodeHost(), preopens: { '/': `${world.path}/root` } }),
  ) as [Guest, Guest];
  const fd = a.mustOpen(3, 'dir', FOLDER);
  const held = descriptors() - before;
  const { ino } = a.fstat(fd) as { ino: bigint };
  b.path('path_remove_directory', 3, 'dir');
  for (let i = 0; i < 20; i++) {
    b.symlink('../outside', 3, 'dir');
    if ((b.stat(3, 'dir', 0) as { ino: bigint }).ino === ino || i === 19) break;
    b.path('path_unlink_file', 3, 'dir');
  }
  const results = {
    list: names(a, fd),
    read: a.open(fd, 'secret'),
    stat: a.stat(fd, 'secret'),
    create: a.open(fd, 'made', CREATE),
    'by path': a.open(3, 'dir/secret'),
  };
  for (const guest of [a, b]) guest.wasi.close();
  const left = descriptors() - before;
  return { held, left, outside: fs.readdirSync(`${world.path}/outside`), ...results };
}

/** More folders than the host gives descriptors for, and a path that is deeper. */
function exhaust(world: World): unknown {
  const guest = new Guest({ preopens: { '/': world.path } });
  const deep = Array.from({ length: 200 }, () => 'd');
  for (let i = 1; i <= deep.length; i++) {
    guest.path('path_create_directory', 3, deep.slice(0, i).join('/'));
  }
  write(world.base, 'file', 'text');
  const open: number[] = [];
  const until = (path: string): unknown => {
    for (;;) {
      const fd = guest.open(3, path, path === 'd' ? FOLDER : {});
      if (typeof fd !== 'number') return fd;
      open.push(fd);
    }
  };
  const folders = until('d');
  const files = until('file');
  const some = open.length;
  for (const fd of open.splice(0)) guest.run('fd_close', fd);
  const up = deep.map(() => '..').join('/');
  const results = {
    folders,
    files,
    some: some > 10 && some < 400,
    deep: typeof guest.open(3, `${deep.join('/')}/.`, FOLDER),
    'deep and up again': typeof guest.open(3, `${deep.join('/')}/${up}/file`),
  };
  guest.wasi.close();
  return results;
}

/** Systems that are never closed, or that cannot be made: what is left of them. */
async function drop(world: World): Promise<unknown> {
  const collect = (globalThis as { gc?: () => void }).gc!;
  const before = descriptors();
  for (let i = 0; i < 20; i++) {
    const preopens = { '/': world.path, '/missing': `${world.path}/missing` };
    try {
      new Guest({ preopens });
    } catch {
      // The second preopen is not there; the first had been opened.
    }
  }
  const failed = descriptors() - before;
  for (let i = 0; i < 20; i++) new Guest({ preopens: { '/': world.path } });
  const dropped = descriptors() - before;
  for (let i = 0; i < 50 && descriptors() > before; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { failed, dropped, left: descriptors() - before };
}

// Whoever runs this removes the folder: here there may be too few descriptors for that.
const programs: Record<string, (world: World) => unknown> = { drop, exhaust, reuse };
const results = await programs[process.argv[2]!]!(disk(process.argv[3]));
console.log(
  JSON.stringify(results, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
);
