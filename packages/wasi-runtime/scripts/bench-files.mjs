// What file operations cost a guest: microseconds each, the best of several rounds.
// node scripts/bench-files.mjs [RUNTIME]...   (default: dist/node/index.js; several are interleaved,
// so that builds of different commits compare on a noisy machine)
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROUNDS = 7;
const CALLS = 2000;
const FILES = 500;
const DIRECTORY = { rights: 0x0fffffffn, inheriting: 0x0fffffffn };

const folder = mkdtempSync(join(tmpdir(), 'wasi-bench-'));
mkdirSync(join(folder, 'a/b/c'), { recursive: true });
mkdirSync(join(folder, 'many'));
for (const name of ['file', 'a/file', 'a/b/c/file']) writeFileSync(join(folder, name), 'content');
for (let i = 0; i < FILES; i++) writeFileSync(join(folder, `many/${i}`), `file ${i}`);

/** A guest that is only a memory, and the operations that are timed. */
function makeGuest({ WASI }) {
  const bytes = new Uint8Array(1 << 20);
  const view = new DataView(bytes.buffer);
  const wasi = new WASI({ stdin: '', preopens: { '/': folder } });
  wasi.finalizeBindings({ exports: { memory: { buffer: bytes.buffer } } });
  const call = wasi.wasiImport;
  view.setUint32(16, 4096, true);
  view.setUint32(20, 1024, true);
  const check = (name, ...args) => {
    const error = call[name](...args);
    if (error !== 0) throw new Error(`${name}: errno ${error}`);
  };
  const put = (path) => new TextEncoder().encodeInto(path, bytes.subarray(1024)).written;
  const open = (path, rights = 0x2n, inheriting = 0n) => {
    check('path_open', 3, 1, 1024, put(path), 0, rights, inheriting, 0, 8);
    return view.getUint32(8, true);
  };
  const read = (path) => {
    const fd = open(path);
    check('fd_read', fd, 16, 1, 8);
    check('fd_close', fd);
  };
  const many = open('many', DIRECTORY.rights & 0x4000n, 0n);
  let next = 0;
  return {
    close: () => wasi.close(),
    operations: {
      'open, read, close: file': () => read('file'),
      'open, read, close: a/file': () => read('a/file'),
      'open, read, close: a/b/c/file': () => read('a/b/c/file'),
      [`open, read, close: each of ${FILES}`]: () => read(`many/${next++ % FILES}`),
      'stat: file': () => check('path_filestat_get', 3, 1, 1024, put('file'), 4096),
      'stat: a/b/c/file': () => check('path_filestat_get', 3, 1, 1024, put('a/b/c/file'), 4096),
      'make and remove a folder': () => {
        const length = put('a/new');
        check('path_create_directory', 3, 1024, length);
        check('path_remove_directory', 3, 1024, length);
      },
      [`list ${FILES} names (per name)`]: () => check('fd_readdir', many, 65536, 65536, 0n, 8),
    },
  };
}

const paths = process.argv.slice(2);
if (paths.length === 0) paths.push(new URL('../dist/node/index.js', import.meta.url).pathname);
const guests = [];
for (const path of paths) guests.push(makeGuest(await import(pathToFileURL(resolve(path)).href)));
for (const name of Object.keys(guests[0].operations)) {
  const perName = name.startsWith('list');
  const calls = perName ? 20 : CALLS;
  const best = guests.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    guests.forEach((guest, i) => {
      const run = guest.operations[name];
      const start = performance.now();
      for (let k = 0; k < calls; k++) run();
      const each = ((performance.now() - start) * 1000) / calls / (perName ? FILES : 1);
      best[i] = Math.min(best[i], each);
    });
  }
  console.log(name.padEnd(36) + best.map((each) => each.toFixed(2).padStart(9)).join(''));
}
for (const guest of guests) guest.close();
rmSync(folder, { recursive: true });
