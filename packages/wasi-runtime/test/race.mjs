// A guest works on a tree that a second process changes as fast as it can: folders and files are
// swapped for links that lead out, removed and made anew, moved out and back.
//   node race.mjs [SECONDS [FOLDER]]
// for 2 seconds in a new folder below FOLDER, if nothing is said; also by Deno and Bun.
// WASI_RUNTIME names another build of the runtime than the one in dist. Prints one line of JSON: how
// many calls were made, how many of them succeeded, how the others failed, and each escape; the exit
// status is 1 when there is one. Where the tree could not be swapped often enough to mean anything,
// `swaps` says so.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const script = fileURLToPath(import.meta.url);
/** Most swaps in a second are made where the disk is in memory. */
const PLACE = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const OUTSIDE = 'outside';
const NAMES = ['secret', 'other'];
const RIGHTS = { read: 0x2n, write: 0x42n, folder: 0x0ffffe00n, all: 0x0fffffffn };

/** What the second process does until it is ended. */
function disturb(root) {
  const at = (name) => join(root, name);
  const quietly = (call) => {
    try {
      call();
    } catch {
      // The guest has been there first.
    }
  };
  const swap = (name, target) => {
    quietly(() => fs.renameSync(at(name), at('away')));
    quietly(() => fs.symlinkSync(target, at(name)));
    for (let i = spins(); i > 0; i--) fs.existsSync(root);
    quietly(() => fs.unlinkSync(at(name)));
    quietly(() => fs.renameSync(at('away'), at(name)));
  };
  let seed = 1;
  const spins = () => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed % 4;
  };
  for (;;) {
    swap('dir', '../outside');
    swap('dir/deep', '../../outside/deep');
    swap('dir/secret', '../../outside/secret');
    swap('soft', '../outside');
    // The inode of a folder goes to a link.
    quietly(() => fs.rmdirSync(at('empty')));
    quietly(() => fs.symlinkSync('../outside', at('empty')));
    quietly(() => fs.unlinkSync(at('empty')));
    quietly(() => fs.mkdirSync(at('empty')));
    // What is held is carried out and back.
    quietly(() => fs.renameSync(at('dir'), join(root, '../carried')));
    quietly(() => fs.symlinkSync('../outside', at('dir')));
    quietly(() => fs.unlinkSync(at('dir')));
    quietly(() => fs.renameSync(join(root, '../carried'), at('dir')));
    // Each byte stands for the six.
    fs.appendFileSync(join(root, '../swaps'), '.');
  }
}

/** Fills a folder with files that say where they are. */
function fill(path, text) {
  for (const folder of [path, join(path, 'deep')]) {
    fs.mkdirSync(folder, { recursive: true });
    for (const name of NAMES) fs.writeFileSync(join(folder, name), text);
    fs.symlinkSync(NAMES[0], join(folder, 'link'));
  }
  if (text === OUTSIDE) fs.writeFileSync(join(path, 'only outside'), text);
}

/** All that a change would show in. */
function state(path) {
  return fs
    .readdirSync(path)
    .sort()
    .map((name) => {
      const { mtimeMs, nlink, size } = fs.lstatSync(join(path, name));
      const folder = fs.lstatSync(join(path, name)).isDirectory();
      return `${name} ${mtimeMs} ${size} ${folder ? state(join(path, name)) : nlink}`;
    })
    .join();
}

/** Pauses this thread. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Runs the guest's side; gives what is to be printed. */
async function race(seconds, base) {
  const runtime = process.env.WASI_RUNTIME ?? join(script, '../../dist/node/index.js');
  const { ERRNO, WASI, provideBuiltins } = await import(pathToFileURL(runtime).href);
  // Node 18 has no other way to its modules.
  provideBuiltins?.(createRequire(import.meta.url));
  const names = Object.fromEntries(Object.entries(ERRNO).map(([name, number]) => [number, name]));
  const root = join(base, 'root');
  fill(join(base, 'outside'), OUTSIDE);
  fill(join(root, 'dir'), 'inside');
  fs.mkdirSync(join(root, 'empty'));
  fs.mkdirSync(join(root, 'mine'));
  fs.writeFileSync(join(root, 'own'), 'inside');
  fs.symlinkSync('dir', join(root, 'soft'));
  const inodes = new Set();
  for (const name of ['secret', 'other', 'deep', 'deep/secret', '.']) {
    inodes.add(fs.lstatSync(join(base, 'outside', name), { bigint: true }).ino);
  }
  const before = state(join(base, 'outside'));

  const bytes = new Uint8Array(1 << 17);
  const view = new DataView(bytes.buffer);
  const wasi = new WASI({ stdin: '', preopens: { '/': root } });
  wasi.finalizeBindings({ exports: { memory: { buffer: bytes.buffer } } });
  const results = {};
  const escapes = [];
  let calls = 0;
  let what = '';
  const run = (name, ...args) => {
    calls++;
    const error = names[wasi.wasiImport[name](...args)];
    results[error] = (results[error] ?? 0) + 1;
    return error === 'SUCCESS';
  };
  const put = (path, at = 1024) => [
    at,
    new TextEncoder().encodeInto(path, bytes.subarray(at, at + 512)).written,
  ];
  const open = (dir, path, rights, oflags = 0, inheriting = 0n) =>
    run('path_open', dir, 1, ...put(path), oflags, rights, inheriting, 0, 8)
      ? view.getUint32(8, true)
      : undefined;
  const escaped = (how) => escapes.length < 20 && escapes.push(`${what}: ${how}`);
  const text = (from, length) => new TextDecoder().decode(bytes.slice(from, from + length));
  const close = (fd) => fd !== undefined && run('fd_close', fd);

  const readFile = (dir, path) => {
    const fd = open(dir, path, RIGHTS.read);
    if (fd === undefined) return;
    view.setUint32(16, 4096, true);
    view.setUint32(20, 64, true);
    if (run('fd_read', fd, 16, 1, 8) && text(4096, view.getUint32(8, true)).startsWith(OUTSIDE)) {
      escaped('reads');
    }
    close(fd);
  };
  const list = (fd) => {
    if (!run('fd_readdir', fd, 8192, 4096, 0n, 8)) return;
    if (text(8192, view.getUint32(8, true)).includes('only outside')) escaped('lists');
  };
  const stat = (dir, path) => {
    if (!run('path_filestat_get', dir, 1, ...put(path), 2048)) return;
    if (inodes.has(view.getBigUint64(2056, true))) escaped('looks');
  };
  const folder = (dir, path) => open(dir, path, RIGHTS.folder, 2, RIGHTS.all);
  const two = (name, dir, from, newDir, to) =>
    run(name, dir, ...put(from), newDir, ...put(to, 1600));
  let count = 0;
  /** Everything by one way, from a descriptor. */
  const by = (dir, way) => {
    what = `${dir === 3 ? 'by path' : 'by descriptor'} ${way}`;
    const at = (name) => (way ? `${way}/${name}` : name);
    const name = `made ${count++ % 8}`;
    readFile(dir, at('secret'));
    readFile(dir, at('link'));
    stat(dir, at('secret'));
    stat(dir, at('.'));
    const fd = folder(dir, at('.'));
    if (fd !== undefined) list(fd);
    close(fd);
    close(open(dir, at(name), RIGHTS.write, 1));
    close(open(dir, at('secret'), RIGHTS.write, 0));
    run('path_create_directory', dir, ...put(at(`${name}d`)));
    run('path_remove_directory', dir, ...put(at(`${name}d`)));
    run('path_symlink', ...put('x', 1600), dir, ...put(at(`${name}l`)));
    run('path_link', 3, 0, ...put('own'), dir, ...put(at(`${name}h`), 1600));
    run('path_filestat_set_times', dir, 1, ...put(at('other')), 0n, 0n, 5);
    two('path_rename', dir, at(name), 3, 'mine/file');
    two('path_rename', 3, 'mine/file', dir, at(name));
    for (const suffix of ['', 'l', 'h']) run('path_unlink_file', dir, ...put(at(name + suffix)));
    close(open(dir, at('other'), RIGHTS.write, 8));
  };

  const flags = process.versions.deno ? ['run', '-A'] : [];
  const child = spawn(process.execPath, [...flags, script, '--disturb', root], { stdio: 'ignore' });
  const patience = Date.now() + 20_000;
  while (!fs.existsSync(join(base, 'swaps')) && Date.now() < patience) pause(10);
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    for (const way of ['dir', 'dir/deep', 'soft', 'dir/deep/..', 'empty']) by(3, way);
    for (const way of ['dir', 'dir/deep', 'empty']) {
      const fd = folder(3, way);
      if (fd === undefined) continue;
      by(fd, '');
      by(fd, 'deep');
      close(fd);
    }
  }
  child.kill('SIGKILL');
  const swaps = fs.statSync(join(base, 'swaps')).size * 6;
  if (state(join(base, 'outside')) !== before) escapes.push('what is outside has been changed');
  wasi.close();
  return { calls, swaps, results, escapes };
}

if (process.argv[2] === '--disturb') {
  disturb(process.argv[3]);
} else {
  const base = fs.mkdtempSync(join(fs.realpathSync(process.argv[3] ?? PLACE), 'wasi-race-'));
  try {
    const told = await race(Number(process.argv[2] ?? 2), base);
    console.log(JSON.stringify(told));
    process.exitCode = told.escapes.length > 0 ? 1 : 0;
  } finally {
    // The second process may be at its last call still.
    fs.rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  }
}
