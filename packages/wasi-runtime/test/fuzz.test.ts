import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Directory } from '../src/index.js';
import {
  MemoryFileSystem,
  MemoryHost,
  NodeHost,
  OutputBuffer,
  WASI,
  WasiExit,
} from '../src/index.js';
import { NodeFileSystem } from '../src/node/file-system.js';
import { errorName, INHERIT, READ_WRITE } from './guest.js';

/** Calls per run; `npm run fuzz` makes many more. */
const CALLS = Number(process.env['WASI_FUZZ_CALLS'] ?? 4000);
const SEED = Number(process.env['WASI_FUZZ_SEED'] ?? 20_240_607);

/** What a parameter is: a descriptor, a pointer with its length, an array of iovecs, a number... */
type Kind =
  | 'fd'
  | 'path'
  | 'buffer'
  | 'iovecs'
  | 'out'
  | 'u32'
  | 'u64'
  | 'flags'
  | 'rights'
  | 'oflags'
  | 'lookup'
  | 'clock'
  | 'subs';

/** Parameters of every function; `path`, `buffer` and `iovecs` are two of the function's each. */
const SIGNATURES: Record<string, Kind[]> = {
  args_get: ['out', 'out'],
  args_sizes_get: ['out', 'out'],
  environ_get: ['out', 'out'],
  environ_sizes_get: ['out', 'out'],
  clock_res_get: ['clock', 'out'],
  clock_time_get: ['clock', 'u64', 'out'],
  fd_advise: ['fd', 'u64', 'u64', 'flags'],
  fd_allocate: ['fd', 'u64', 'u64'],
  fd_close: ['fd'],
  fd_datasync: ['fd'],
  fd_fdstat_get: ['fd', 'out'],
  fd_fdstat_set_flags: ['fd', 'flags'],
  fd_fdstat_set_rights: ['fd', 'rights', 'rights'],
  fd_filestat_get: ['fd', 'out'],
  fd_filestat_set_size: ['fd', 'u64'],
  fd_filestat_set_times: ['fd', 'u64', 'u64', 'flags'],
  fd_pread: ['fd', 'iovecs', 'u64', 'out'],
  fd_prestat_get: ['fd', 'out'],
  fd_prestat_dir_name: ['fd', 'buffer'],
  fd_pwrite: ['fd', 'iovecs', 'u64', 'out'],
  fd_read: ['fd', 'iovecs', 'out'],
  fd_readdir: ['fd', 'buffer', 'u64', 'out'],
  fd_renumber: ['fd', 'fd'],
  fd_seek: ['fd', 'u64', 'flags', 'out'],
  fd_sync: ['fd'],
  fd_tell: ['fd', 'out'],
  fd_write: ['fd', 'iovecs', 'out'],
  path_create_directory: ['fd', 'path'],
  path_filestat_get: ['fd', 'lookup', 'path', 'out'],
  path_filestat_set_times: ['fd', 'lookup', 'path', 'u64', 'u64', 'flags'],
  path_link: ['fd', 'lookup', 'path', 'fd', 'path'],
  path_open: ['fd', 'lookup', 'path', 'oflags', 'rights', 'rights', 'flags', 'out'],
  path_readlink: ['fd', 'path', 'buffer', 'out'],
  path_remove_directory: ['fd', 'path'],
  path_rename: ['fd', 'path', 'fd', 'path'],
  path_symlink: ['path', 'fd', 'path'],
  path_unlink_file: ['fd', 'path'],
  poll_oneoff: ['subs', 'out', 'flags', 'out'],
  proc_exit: ['u32'],
  proc_raise: ['flags'],
  random_get: ['buffer'],
  sched_yield: [],
  sock_accept: ['fd', 'flags', 'out'],
  sock_recv: ['fd', 'iovecs', 'flags', 'out', 'out'],
  sock_send: ['fd', 'iovecs', 'flags', 'out'],
  sock_shutdown: ['fd', 'flags'],
};

const NAMES = [
  'a',
  'b',
  'dir',
  'self',
  'dir/x',
  '.',
  '..',
  'l',
  'l/x',
  'dir/../b',
  'out',
  'out/secret',
];
const MORE_NAMES = [
  '../outside/secret',
  'dir/',
  '/outside',
  'l/..',
  '',
  'a/',
  'dir/l',
  './/a',
  '../..',
];
const PATHS = [...NAMES, ...MORE_NAMES];
const MEMORY_SIZE = 65536;

/** A small generator of pseudo-random numbers (mulberry32). */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Makes a guest's clock jump instead of waiting. */
function impatient<T extends NodeHost | MemoryHost>(host: T): T {
  let skipped = 0n;
  const now = host.now.bind(host);
  host.now = (clock) => now(clock) + skipped;
  host.sleep = (ms) => {
    skipped += BigInt(Math.ceil(ms * 1e6));
  };
  return host;
}

/** Makes random calls; returns what was wrong, and how often each result came. */
function fuzz(
  wasi: WASI,
  calls: number,
  seed: number,
): { wrong: string[]; seen: Map<string, number> } {
  const random = generator(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const memory = { buffer: new ArrayBuffer(MEMORY_SIZE) };
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  wasi.finalizeBindings({ exports: { memory } });
  const names = Object.keys(SIGNATURES).concat(Array(6).fill('path_open'));

  const wild = (): number =>
    pick([below(MEMORY_SIZE), MEMORY_SIZE - below(40), below(2 ** 32), 0, -1, 0x7fffffff]);
  const u64 = (): bigint =>
    pick([
      BigInt(below(16)),
      BigInt(below(1 << 20)),
      0x3fffffffn,
      -1n,
      1n << BigInt(below(64)),
      0n,
    ]);
  let scratch = 0;
  const place = (size: number): number => {
    scratch = scratch + size + 8 > MEMORY_SIZE ? 0 : scratch;
    scratch += size + 8;
    return scratch - size - 8;
  };
  const make: Record<Kind, () => (number | bigint)[]> = {
    fd: () => [random() < 0.95 ? pick([3, 3, 3, 4, 5, 6, 7, below(16)]) : wild()],
    path: () => {
      if (random() < 0.05) return [wild(), wild()];
      const path = new TextEncoder().encode(pick(PATHS));
      const at = place(path.length);
      bytes.set(path, at);
      return [at, path.length];
    },
    buffer: () => (random() < 0.8 ? [place(512), below(512)] : [wild(), wild()]),
    iovecs: () => {
      if (random() < 0.1) return [wild(), wild()];
      const count = below(4);
      const at = place(32);
      for (let i = 0; i < count; i++) {
        view.setUint32(at + i * 8, random() < 0.9 ? below(60000) : wild(), true);
        view.setUint32(at + i * 8 + 4, random() < 0.9 ? below(4096) : wild(), true);
      }
      return [at, count];
    },
    out: () => [random() < 0.95 ? place(256) : wild()],
    u32: () => [wild()],
    u64: () => [u64()],
    flags: () => [random() < 0.9 ? below(16) : wild()],
    oflags: () => [random() < 0.8 ? pick([0, 0, 1, 1, 8]) : below(16)],
    lookup: () => [random() < 0.95 ? below(2) : wild()],
    rights: () => [random() < 0.7 ? BigInt(pick([INHERIT, READ_WRITE, 2])) : u64()],
    clock: () => [below(5)],
    subs: () => {
      const at = place(96);
      for (let i = 0; i < 2; i++) {
        view.setUint8(at + i * 48 + 8, below(4));
        view.setUint32(at + i * 48 + 16, below(8), true);
        view.setBigUint64(at + i * 48 + 24, BigInt.asUintN(64, u64()), true);
      }
      return [random() < 0.9 ? at : wild()];
    },
  };

  const wrong: string[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < calls; i++) {
    // Closing and renumbering are kept rare, or nothing would stay open for long.
    let name = pick(names);
    if (/fd_close|fd_renumber|set_rights/.test(name) && random() < 0.9) name = 'path_open';
    const args = SIGNATURES[name]!.flatMap((kind) => make[kind]());
    let result: string;
    try {
      result = errorName(wasi.wasiImport[name]!(...args));
    } catch (error) {
      result = error instanceof WasiExit ? 'exit' : `${error}`;
      if (result !== 'exit') wrong.push(`${name}(${args}): ${result}`);
    }
    if (result === 'IO' || /^\d/.test(result)) wrong.push(`${name}(${args}): ${result}`);
    seen.set(result, (seen.get(result) ?? 0) + 1);
  }
  wasi.close();
  return { wrong, seen };
}

/** Puts a secret beside the guest's directory, and ways to it into that. */
function prepare(base: Directory): void {
  for (const name of ['outside', 'root', 'ro']) base.mkdir(name);
  const outside = base.directory('outside');
  const mode = { read: false, write: true, create: true, exclusive: true, truncate: false };
  const file = outside.open('secret', mode);
  file.write([new TextEncoder().encode('the secret')], 0);
  file.close();
  for (const name of ['root', 'ro']) {
    base.directory(name).symlink('../outside', 'out');
    base.directory(name).mkdir('dir');
    base.directory(name).symlink('self', 'self');
    base.directory(name).symlink('../../outside/secret', 'l');
  }
}

/** Everything about the places that the guest must not have changed. */
function untouched(base: Directory): unknown {
  const look = (name: string): unknown[] => {
    const directory = base.directory(name);
    return directory.list().map((entry) => {
      const { atim: _atim, ...rest } = directory.lookup(entry)!;
      return [entry, rest];
    });
  };
  return [look('outside'), look('ro'), base.list()];
}

/** Runs the calls over a world, in rounds of fresh guests. */
function run(base: Directory, host: () => NodeHost | MemoryHost): void {
  prepare(base);
  const before = untouched(base);
  const wrong: string[] = [];
  const seen = new Set<string>();
  const round = 1000;
  for (let done = 0; done < CALLS; done += round) {
    const wasi = new WASI({
      args: ['fuzz'],
      env: { A: 'b' },
      preopens: {
        '/': base.directory('root'),
        '/ro': { directory: base.directory('ro'), readonly: true },
      },
      stdin: 'some input',
      stdout: () => {},
      stderr: new OutputBuffer(100),
      limits: { openFiles: 64, fileSize: 1 << 20 },
      host: impatient(host()),
    });
    const result = fuzz(wasi, Math.min(round, CALLS - done), SEED + done);
    wrong.push(...result.wrong);
    for (const name of result.seen.keys()) seen.add(name);
  }
  expect(wrong).toEqual([]);
  expect(untouched(base)).toEqual(before);
  // The calls are worth something only if they get somewhere.
  const usual = [
    'SUCCESS',
    'BADF',
    'NOTCAPABLE',
    'NOENT',
    'ROFS',
    'FAULT',
    'INVAL',
    'exit',
    'LOOP',
    'FBIG',
    'SPIPE',
  ];
  expect([...seen]).toEqual(expect.arrayContaining(usual));
}

describe(`${CALLS} random calls`, () => {
  test.each([
    ['on disk', (path: string) => new NodeHost().directory(path)],
    ['on disk, known by paths', (path: string) => new NodeFileSystem(false).directory(path)],
  ])(
    '%s: no exception, no escape, no descriptor left open',
    (_where, directory) => {
      const path = realpathSync(mkdtempSync(join(tmpdir(), 'wasi-fuzz-')));
      const open = (): number =>
        process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
      try {
        const before = open();
        run(directory(path), () => new NodeHost());
        expect(open()).toBe(before);
      } finally {
        rmSync(path, { recursive: true, force: true });
      }
    },
    600_000,
  );

  test('in memory: no exception, no escape, nothing left over', () => {
    run(new MemoryFileSystem().root, () => new MemoryHost());
  }, 600_000);
});
