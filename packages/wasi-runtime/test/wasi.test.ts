import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { MemoryFileSystem, OutputBuffer, parsePreopens, WASI } from '../src/index.js';
import { Guest, READ_WRITE } from './guest.js';
import { beside } from './runtime.js';

const memory = { buffer: new ArrayBuffer(65536) };

/** An instance whose `_start` does something. */
function command(start: () => void): { exports: Record<string, unknown> } {
  return { exports: { memory, _start: start } };
}

describe('the class', () => {
  test('has all functions', () => {
    const { wasi_snapshot_preview1, wasi_unstable } = new WASI().getImportObject();
    // 46 of preview 1, 13 of the socket extension that WasmEdge and WAMR write alike or not, 11 second names of
    // WasmEdge's, 38 options.
    expect(Object.keys(wasi_snapshot_preview1!)).toHaveLength(110);
    expect(Object.keys(wasi_unstable!)).toHaveLength(45);
    expect(Object.keys(new WASI({ version: 'unstable' }).getImportObject())).toEqual([
      'wasi_unstable',
    ]);
    expect(Object.keys(new WASI({ version: 'preview1' }).getImportObject())).toEqual([
      'wasi_snapshot_preview1',
    ]);
    expect(() => new WASI({ version: 'preview2' as 'preview1' })).toThrow(TypeError);
  });

  test('start gives the exit status', () => {
    expect(new WASI().start(command(() => {}))).toBe(0);
    const wasi = new WASI();
    expect(wasi.start(command(() => wasi.wasiImport['proc_exit']!(42)))).toBe(42);
    expect(() => wasi.start(command(() => {}))).toThrow('already been started');
    const failing = new WASI();
    const oops = new Error('oops');
    expect(() =>
      failing.start(
        command(() => {
          throw oops;
        }),
      ),
    ).toThrow(oops);
  });

  test('start and initialize check the instance', () => {
    const start = (exports: Record<string, unknown>) => () => new WASI().start({ exports });
    expect(start({ memory })).toThrow('no _start');
    expect(start({ _start: () => {} })).toThrow('memory');
    expect(start({ memory, _start: () => {}, _initialize: () => {} })).toThrow('_initialize');
    const init = (exports: Record<string, unknown>) => () => new WASI().initialize({ exports });
    expect(init({ memory, _start: () => {} })).toThrow('_start');
    expect(init({ memory, _initialize: 3 })).toThrow('no function');
    expect(init({ memory })).not.toThrow();
  });

  test('functions need a started instance', () => {
    expect(() => new WASI().wasiImport['random_get']!(0, 0)).toThrow('has not been called');
  });

  test('memory that grows, and the memory of compiled modules', () => {
    const grown = new WebAssembly.Memory({ initial: 1 });
    const wasi = new WASI();
    wasi.finalizeBindings({ exports: {} }, { memory: grown });
    expect(wasi.wasiImport['random_get']!(65536, 8)).toBe(21);
    grown.grow(1);
    expect(wasi.wasiImport['random_get']!(65536, 8)).toBe(0);
    const bytes = new Uint8Array(16);
    const views = { v: new DataView(bytes.buffer), u: bytes };
    const compiled = new WASI();
    const memoryOfModule = { buffer: new ArrayBuffer(0) };
    const key = Symbol.for('wasm2js.10');
    const shared = globalThis as Record<symbol, WeakMap<object, unknown> | undefined>;
    shared[key] ??= new WeakMap();
    shared[key].set(memoryOfModule, views);
    compiled.finalizeBindings({ exports: { memory: memoryOfModule } });
    expect(compiled.wasiImport['args_sizes_get']!(8, 12)).toBe(0);
    views.u = new Uint8Array(32);
    views.v = new DataView(views.u.buffer);
    expect(compiled.wasiImport['random_get']!(16, 16)).toBe(0);
    expect(views.u.some((byte) => byte !== 0)).toBe(true);
  });

  test('mounts of several file systems', () => {
    const one = new MemoryFileSystem({ 'a.txt': 'one', sub: { 'b.txt': 'deep' } });
    const two = new MemoryFileSystem({ 'a.txt': new Uint8Array([50]) });
    const guest = new Guest({
      preopens: {
        '/one': one.root,
        '/two': { directory: two.root, readonly: true },
        '/sub': one.directory('/sub'),
        '/disk': beside('.'),
      },
    });
    expect(guest.read(guest.mustOpen(3, 'a.txt'))).toBe('one');
    expect(guest.read(guest.mustOpen(4, 'a.txt'))).toBe('2');
    expect(guest.open(4, 'a.txt', { rights: READ_WRITE })).toBe('ROFS');
    expect(guest.read(guest.mustOpen(5, 'b.txt'))).toBe('deep');
    expect(guest.read(guest.mustOpen(6, 'wasi.test.ts'), 6)).toBe('import');
    expect(guest.rename(3, 'a.txt', 6, 'x')).toBe('XDEV');
    expect(guest.rename(6, 'wasi.test.ts', 3, 'x')).toBe('XDEV');
    expect(guest.link(3, 'a.txt', 4, 'x')).toBe('ROFS');
    expect(guest.rename(3, 'a.txt', 5, 'moved')).toBe('SUCCESS');
    expect(one.list('/sub')).toEqual(['b.txt', 'moved']);
  });

  test('preopens as a command line gives them', () => {
    expect(parsePreopens(['/a', '/b::/c', 'd::::ro', '/e::/f::ro', '/g::/h::rw'])).toEqual({
      '/a': { directory: '/a', readonly: false },
      '/c': { directory: '/b', readonly: false },
      d: { directory: 'd', readonly: true },
      '/f': { directory: '/e', readonly: true },
      '/h': { directory: '/g', readonly: false },
    });
    expect(() => parsePreopens(['/a::/b::no'])).toThrow(TypeError);
    expect(() => parsePreopens([''])).toThrow(TypeError);
    expect(() => new WASI({ preopens: { '/': '/does/not/exist' } })).toThrow('NOENT');
  });
});

describe('wasi_unstable', () => {
  const files = new MemoryFileSystem({ f: '0123456789' });
  const guest = new Guest({ version: 'unstable', preopens: { '/': files.root } });

  test('whence', () => {
    const fd = guest.mustOpen(3, 'f');
    const seek = (offset: bigint, whence: number): bigint => {
      expect(guest.run('fd_seek', fd, offset, whence, guest.out)).toBe('SUCCESS');
      return guest.u64();
    };
    expect(seek(4n, 2)).toBe(4n);
    expect(seek(2n, 0)).toBe(6n);
    expect(seek(-1n, 1)).toBe(9n);
  });

  test('filestat', () => {
    guest.bytes.fill(0xee, guest.out, guest.out + 64);
    expect(guest.run('path_filestat_get', 3, 0, ...guest.put('f'), guest.out)).toBe('SUCCESS');
    expect(guest.bytes[guest.out + 16]).toBe(4);
    expect(guest.u32(guest.out + 20)).toBe(1);
    expect(guest.u64(guest.out + 24)).toBe(10n);
    expect(guest.bytes[guest.out + 56]).toBe(0xee);
  });

  test('subscriptions', () => {
    const at = 8192;
    guest.bytes.fill(0, at, at + 112);
    guest.view.setBigUint64(at, 5n, true);
    guest.view.setUint32(at + 24, 1, true);
    guest.view.setBigUint64(at + 32, 5_000_000n, true);
    guest.view.setBigUint64(at + 56, 6n, true);
    guest.view.setUint8(at + 64, 1);
    guest.view.setUint32(at + 72, 77, true);
    expect(guest.run('poll_oneoff', at, 65536, 2, guest.out)).toBe('SUCCESS');
    expect(guest.u32()).toBe(1);
    expect(guest.u64(65536)).toBe(6n);
    expect(guest.run('poll_oneoff', at, 65536, 1, guest.out)).toBe('SUCCESS');
    expect(guest.u64(65536)).toBe(5n);
  });
});

describe('a bare engine', () => {
  test.each(['memory/index', 'index'])(
    'the entry %s loads and works where there is nothing but JavaScript',
    async (entry) => {
      const { build } = await import('esbuild');
      const result = await build({
        entryPoints: [beside(`../src/${entry}.ts`)],
        logLevel: 'error',
        bundle: true,
        write: false,
        format: 'iife',
        globalName: 'runtime',
        target: 'es2020',
        platform: 'neutral',
      });
      const code = result.outputFiles[0]!.text;
      expect(code).not.toMatch(/\bimport\b\s*[({"']|\brequire\(/);
      const bytes = [...readFileSync(beside('fixtures/files.wasm'))];
      // A context of its own has the language and WebAssembly, but neither process nor TextDecoder.
      const outcome = runInNewContext(
        `${code};
      const { MemoryFileSystem, WASI } = runtime;
      const files = new MemoryFileSystem();
      let text = '';
      const stdout = (chunk) => { text += String.fromCharCode(...chunk); };
      const wasi = new WASI({
        version: 'preview1', args: ['x'], preopens: { '/data': files.root }, stdout, stderr: () => {},
      });
      const module = new WebAssembly.Module(new Uint8Array(bytes));
      const code = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
      text.split('\\n').slice(0, 4).concat(code, typeof process, typeof TextDecoder).join('|')`,
        { bytes },
      );
      expect(outcome).toBe(
        '0 arguments:|HOME=(none)|last: the end|size 8898, regular 1|7|undefined|undefined',
      );
    },
  );

  test('OutputBuffer', () => {
    const buffer = new OutputBuffer(3);
    buffer.write([new Uint8Array([65]), new Uint8Array([66])]);
    expect(buffer.text).toBe('AB');
    expect(() => buffer.write([new Uint8Array(2)])).toThrow('NOSPC');
  });
});

describe('limits of the memory file system', () => {
  /** A guest over a small file system. */
  function small(): Guest {
    const files = new MemoryFileSystem({}, { bytes: 1000, fileSize: 600, nodes: 5 });
    return new Guest({ preopens: { '/': files.root } });
  }
  const create = { oflags: 1, rights: READ_WRITE };

  test('bytes, file size and nodes', () => {
    const guest = small();
    const a = guest.mustOpen(3, 'a', create);
    expect(guest.write(a, 'x'.repeat(601))).toBe('FBIG');
    expect(guest.run('fd_filestat_set_size', a, 1n << 50n)).toBe('FBIG');
    expect(guest.write(a, 'x'.repeat(600))).toBe(600);
    const b = guest.mustOpen(3, 'b', create);
    expect(guest.run('fd_allocate', b, 0n, 500n)).toBe('NOSPC');
    guest.run('fd_close', a);
    guest.path('path_unlink_file', 3, 'a');
    expect(guest.run('fd_allocate', b, 0n, 500n)).toBe('SUCCESS');
    for (const name of ['c', 'd', 'e']) guest.mustOpen(3, name, create);
    expect(guest.open(3, 'f', create)).toBe('NOSPC');
    expect(guest.path('path_create_directory', 3, 'f')).toBe('NOSPC');
    expect(guest.symlink('x', 3, 'f')).toBe('NOSPC');
  });

  test('nothing is lost by making and removing', () => {
    const guest = small();
    for (let i = 0; i < 1000; i++) {
      const fd = guest.mustOpen(3, 'a', create);
      expect(guest.write(fd, 'x'.repeat(600))).toBe(600);
      guest.run('fd_close', fd);
      expect(guest.path('path_create_directory', 3, 'd')).toBe('SUCCESS');
      expect(guest.symlink('x'.repeat(50), 3, 'l')).toBe('SUCCESS');
      expect(guest.rename(3, 'a', 3, 'd/b')).toBe('SUCCESS');
      expect(guest.link(3, 'd/b', 3, 'c')).toBe('SUCCESS');
      guest.path('path_unlink_file', 3, 'd/b');
      guest.rename(3, 'l', 3, 'c');
      guest.path('path_unlink_file', 3, 'c');
      expect(guest.path('path_remove_directory', 3, 'd')).toBe('SUCCESS');
    }
  });
});
