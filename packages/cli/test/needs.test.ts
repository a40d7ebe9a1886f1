/** A build says what a module needs besides WASI, and which way fits the tool that made it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '@wasm2js/cli';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, wasm2js } from './cli.js';

const folder = temporaryFolder();
let outputs = 0;

/** What is said of a module in the text format. */
const notesOf = async (text: string, more: object = {}): Promise<string[]> => {
  const output = join(folder, `out${outputs++}.mjs`);
  const { notes } = await build({ input: new TextEncoder().encode(text), output, ...more });
  return notes;
};

/** A module with these imports: functions without parameters, unless a type follows. */
const importing = (...imports: string[]): string =>
  `(module ${imports
    .map((item) => {
      const [path, ...type] = item.split(' ');
      const at = path!.indexOf('|');
      return `(import "${path!.slice(0, at)}" "${path!.slice(at + 1)}" (func ${type.join(' ')}))`;
    })
    .join(' ')})`;

describe.each<[string, string, RegExp]>([
  [
    'Emscripten',
    importing(
      'wasi_snapshot_preview1|fd_write',
      'env|emscripten_resize_heap (param i32) (result i32)',
      'env|__assert_fail',
    ),
    /^module: it imports env\.emscripten_resize_heap, env\.__assert_fail: made for Emscripten’s JavaScript: /,
  ],
  [
    'Emscripten 1 and 2',
    importing(
      'env|setTempRet0 (param i32)',
      'env|abort',
      'env|___syscall6 (param i32 i32) (result i32)',
    ),
    /made for Emscripten’s/,
  ],
  [
    'Emscripten, optimised',
    '(module (import "a" "a" (func)) (import "a" "b" (func)) (memory (export "c") 1) (func (export "d")))',
    /^module: it imports a\.a, a\.b: made for Emscripten’s/,
  ],
  [
    'wasm-bindgen for the web',
    importing(
      'wbg|__wbg_log_1d3ae0273d8f4f8a (param i32 i32)',
      'wbg|__wbindgen_throw (param i32 i32)',
    ),
    /made for wasm-bindgen’s JavaScript: /,
  ],
  [
    'wasm-bindgen for bundlers',
    importing('./app_bg.js|__wbg_alert_f837f172b2a24942 (param i32 i32)'),
    /made for wasm-bindgen’s/,
  ],
  [
    'wasm-bindgen, not processed yet',
    importing('__wbindgen_placeholder__|__wbindgen_describe (param i32)'),
    /made for wasm-bindgen’s/,
  ],
  [
    'Go',
    importing(
      'gojs|runtime.wasmExit (param i32)',
      'gojs|syscall/js.valueGet (param i32)',
      'gojs|debug (param i32)',
    ),
    /it imports gojs\.runtime\.wasmExit, gojs\.syscall\/js\.valueGet, gojs\.debug: made for Go’s wasm_exec\.js: /,
  ],
  ['Go until 1.20', importing('go|runtime.wasmExit (param i32)'), /made for Go’s/],
  [
    'TinyGo',
    importing(
      'wasi_snapshot_preview1|fd_write',
      'gojs|runtime.ticks (result f64)',
      'gojs|syscall/js.valueGet',
    ),
    /made for TinyGo’s/,
  ],
  [
    'wasix',
    importing(
      'wasi_snapshot_preview1|fd_write',
      'wasix_32v1|sock_open (param i32 i32 i32 i32) (result i32)',
    ),
    /^module: it imports wasix_32v1\.sock_open: made for wasix, whose functions are not here: build it for wasm32-wasip1 /,
  ],
  [
    'AssemblyScript',
    importing('env|abort (param i32 i32 i32 i32)', 'env|seed (result f64)'),
    /it imports env\.abort, env\.seed: made for AssemblyScript’s bindings/,
  ],
  [
    'nobody known',
    importing('env|abort', 'host|log (param i32)'),
    /it imports env\.abort, host\.log: give them to instantiate\(\)/,
  ],
])('a module of %s', (_, text, expected) => {
  test('is recognised', async () => {
    expect(await notesOf(text)).toEqual([expect.stringMatching(expected)]);
  });
});

test('of many imports, some are named', async () => {
  const notes = await notesOf(importing('e|a', 'e|b', 'e|c', 'e|d', 'e|e'));
  expect(notes[0]).toContain('it imports e.a, e.b, e.c and 2 more: ');
});

test('nothing is said where nothing is missing, or the imports are wanted', async () => {
  expect(await notesOf('(module (func (export "f")))')).toEqual([]);
  const command =
    '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (memory (export "memory") 1) (func (export "_start")))';
  expect(await notesOf(command)).toEqual([]);
  const strings =
    '(module (import "wasm:js-string" "length" (func (param externref) (result i32))) (import "texts" "hi" (global (ref extern))))';
  expect(await notesOf(strings, { importedStringConstants: 'texts' })).toEqual([]);
  expect(await notesOf(strings)).toEqual([expect.stringContaining('it imports texts.hi: ')]);
  expect(await notesOf(importing('env|f'), { wasi: 'none' })).toEqual([]);
});

test('the command says it in one line, which cannot hold what a terminal would obey', () => {
  const text = importing('env|f', 'bad\\u{1b}[31m|g\\0a');
  const output = join(folder, 'out.mjs');
  const { code, stderr } = wasm2js(['build', '-', '-o', output], { input: text });
  expect(code, stderr).toBe(0);
  expect(stderr).toBe(
    'wasm2js: note: <stdin>: it imports env.f, bad\\u{1b}[31m.g\\u{a}: give them to instantiate(), or as --host of run\n',
  );
});

test.each(['run', 'serve', 'image'])('%s says what a module of wasix wants', (name) => {
  const input = join(folder, 'wasix.wat');
  writeFileSync(
    input,
    '(module (import "wasix_32v1" "proc_exit2" (func (param i32))) (memory (export "memory") 1) (func (export "_start")))',
  );
  const more = name === 'image' ? ['-o', join(folder, 'wasix.oci')] : [];
  const { code, stdout, stderr } = wasm2js([name, input, ...more]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    `wasm2js: error: ${input}: not a WASI command: made for wasix, whose functions are not here: build it for wasm32-wasip1 (sockets: the extension of WasmEdge or WAMR, docs/sockets.md; threads: wasi-threads)\n`,
  );
});
