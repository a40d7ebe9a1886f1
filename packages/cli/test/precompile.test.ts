/** The command `precompile`: what it finds, what it writes, and that programs run by that alone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parse } from '@bytecodealliance/jco';
import { describe, expect, test } from 'vitest';
import { inText, wholeFile } from '../src/precompile/embedded.js';
import { cleanEnv, execute, repository, temporaryFolder, wasm2js } from './cli.js';

/** A module that gives a number, so that each has bytes of its own. */
const module = async (n: number): Promise<Buffer> =>
  Buffer.from(await parse(`(module (func (export "f") (result i32) i32.const ${n}))`));

const write = (folder: string, files: Record<string, string | Uint8Array>): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
};
const register = join(repository, 'packages/webassembly/dist/node/register.js');

/** A literal as Emscripten writes it: one character for each byte, 256 for zero. */
const literal = (bytes: Buffer, zero: string): string =>
  `"${[...bytes].map((byte) => (byte === 0 ? zero : byte < 32 || byte === 34 || byte === 92 ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte))).join('')}"`;

describe('modules in text', async () => {
  const bytes = await module(300);
  const base64 = bytes.toString('base64');
  test.each([
    ['base64', `const x = "${base64}";`],
    ['data URL', `url('data:application/wasm;base64,${base64}')`],
    ['URL-safe base64', `'${bytes.toString('base64url')}'`],
    ['base64 in pieces', `'${base64.slice(0, 20)}' +\n  '${base64.slice(20)}'`],
    ['continued base64', `'${base64.slice(0, 20)}\\\n${base64.slice(20)}'`],
    ['base64 of gzip', `"${gzipSync(bytes).toString('base64')}", "next"`],
    ['base64 before another text', `["${base64}","undefined"!=typeof Buffer]`],
    ['numbers', `new Uint8Array([${[...bytes].join(',')}])`],
    ['numbers in lines', `[${[...bytes].join(',\n  ')},\n]`],
    ['hexadecimal numbers', `[${[...bytes].map((byte) => `0x${byte.toString(16)}`).join(', ')}]`],
    ['digits', `fromHex('${bytes.toString('hex')}')`],
    ['a string', `f(${literal(bytes, '\\0')})`],
    ['a string as of Emscripten', `f(${literal(bytes, '\u0100')})`],
  ])('%s', (_, text) => {
    expect([...inText(text)].map((found) => Buffer.from(found.bytes))).toEqual([bytes]);
  });

  test('nothing where there is none', () => {
    const texts = ['AGFzbQ', 'AGFzbQEAA', '[0, 97, 115, 109]', '"\\0asm"', 'H4sIAAAA', ''];
    for (const text of texts) expect([...inText(text)]).toEqual([]);
  });
});

describe('modules in compressed files', async () => {
  const bytes = await module(301);
  const marked = Buffer.concat([Buffer.from('pagefind_dcd'), bytes]);
  test.each([
    ['as they are', 'x.pagefind', gzipSync(bytes)],
    ['behind a mark', 'x.pagefind', gzipSync(marked)],
    ['behind a mark, by Brotli', 'x.br', brotliCompressSync(marked)],
  ])('%s', (_, name, file) => {
    expect(Buffer.from(wholeFile(file, name)!.bytes)).toEqual(bytes);
  });

  test('not where it is not the beginning', () => {
    const late = Buffer.concat([Buffer.alloc(100), bytes]);
    expect(wholeFile(gzipSync(late), 'x.gz')).toBeUndefined();
  });
});

const PROGRAM = `const { readFileSync } = process.getBuiltinModule('node:fs');
const bytes = (name) => readFileSync(process.argv[2] + '/' + name);
const f = (source) => new WebAssembly.Instance(new WebAssembly.Module(source)).exports.f();
const text = bytes('site/page.html').toString();
console.log(f(bytes('a.wasm')), f(Buffer.from(/base64,([^"]*)/.exec(text)[1], 'base64')));
WebAssembly.instantiate(bytes('b.bin')).then(({ instance }) => console.log(instance.exports.f()));`;

describe('precompile', async () => {
  const folder = temporaryFolder();
  write(folder, {
    'in/a.wasm': await module(1),
    'in/b.bin': await module(2),
    'in/c.wasm.br': brotliCompressSync(await module(3)),
    'in/d.wasm.gz': gzipSync(await module(4)),
    'in/site/page.html': `<a href="data:application/wasm;base64,${(await module(5)).toString('base64')}">`,
    'in/site/again.wasm': await module(1),
    'in/site/node_modules/x/y.js': `[${[...(await module(6))]}]`,
    'in/readme.txt': (await module(7)).toString('base64'),
    'in/broken.wasm': (await module(8)).subarray(0, -3),
    'main.cjs': PROGRAM,
  });
  const run = (args: string[]) =>
    execute(
      process.execPath,
      ['--no-warnings', '--disallow-code-generation-from-strings', ...args, 'main.cjs', 'in'],
      { cwd: folder, env: { WASM2JS_WEBASSEMBLY: 'force' } },
    );

  test('finds modules in files, compressed and in text, each once, and says what it left out', () => {
    const { code, stdout, stderr } = wasm2js(['precompile', 'in', '-o', 'all.mjs'], {
      cwd: folder,
    });
    expect(stderr).toMatch(/^wasm2js: warning: left out in\/broken\.wasm: malformed module: .*\n$/);
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/: \d+ bytes /, ' '))).toEqual([
      'in/a.wasm (file)',
      'in/b.bin (file)',
      'in/c.wasm.br (brotli)',
      'in/d.wasm.gz (gzip)',
      'in/site/node_modules/x/y.js (numbers)',
      'in/site/page.html (base64)',
    ]);
    const { stdout: said } = run(['--import', './all.mjs', '--import', register]);
    expect(said).toBe('1 5\n2\n');
    expect(run(['--import', register, '--import', './all.mjs']).stdout).toBe('1 5\n2\n');
  });

  test('the file runs as CommonJS and as a classic script, too', () => {
    wasm2js(['precompile', 'in/a.wasm', 'in/b.bin', 'in/site', '-o', 'some.cjs'], { cwd: folder });
    expect(run(['-r', './some.cjs', '-r', register]).stdout).toBe('1 5\n2\n');
    const script = readFileSync(join(folder, 'some.cjs'), 'utf8');
    // biome-ignore lint/security/noGlobalEval: a classic script
    globalThis.eval(script);
    const name = Symbol.for('wasm2js.precompiled');
    expect((globalThis as unknown as Record<symbol, Map<string, unknown>>)[name]!.size).toBe(4);
  });

  test.each(['mjs', 'cjs'])('--split loads a module when it is asked for: %s', (extension) => {
    const output = `split-${extension}.${extension}`;
    const { code } = wasm2js(['precompile', 'in', '--split', '-o', output], { cwd: folder });
    expect(code).toBe(0);
    expect(readdirSync(join(folder, `split-${extension}.modules`)).length).toBe(6);
    const flag = extension === 'mjs' ? '--import' : '-r';
    expect(run([flag, `./${output}`, flag, register]).stdout).toBe('1 5\n2\n');
  });

  test('--exclude leaves files out', () => {
    const args = ['--exclude', 'site', '--exclude', '*.br', '--exclude', 'broken.*'];
    const { stdout, stderr } = wasm2js(['precompile', 'in', '-o', 'x.mjs', ...args], {
      cwd: folder,
    });
    expect(stderr).toBe('');
    expect(stdout.match(/^\S+(?=:)/gm)).toEqual(['in/a.wasm', 'in/b.bin', 'in/d.wasm.gz']);
  });

  test('a package brings what it depends on', async () => {
    write(folder, {
      'node_modules/p/package.json': '{ "dependencies": { "@q/r": "1" } }',
      'node_modules/p/p.wasm': await module(11),
      'node_modules/@q/r/package.json': '{ "name": "@q/r" }',
      'node_modules/@q/r/r.wasm': await module(12),
      'node_modules/other/package.json': '{}',
      'node_modules/other/o.wasm': await module(13),
    });
    for (const name of ['p', 'node_modules/p']) {
      const { stdout } = wasm2js(['precompile', name, '-o', 'p.mjs'], { cwd: folder });
      expect(stdout.match(/^\S+(?=:)/gm)).toEqual([
        'node_modules/p/p.wasm',
        'node_modules/@q/r/r.wasm',
      ]);
    }
  });

  test('what was recorded keeps its compile options', async () => {
    const wat = `(module (import "wasm:js-string" "length" (func $l (param externref) (result i32)))
      (import "'" "words" (global $w (ref extern)))
      (func (export "f") (result i32) (call $l (global.get $w))))`;
    const text = `const bytes = process.getBuiltinModule('node:fs').readFileSync('strings.wasm');
      const options = { builtins: ['js-string'], importedStringConstants: "'" };
      console.log(new WebAssembly.Instance(new WebAssembly.Module(bytes, options), {}).exports.f());`;
    write(folder, { 'strings.wasm': Buffer.from(await parse(wat)), 'strings.mjs': text });
    const node = (args: string[], env: Record<string, string> = {}): string =>
      execFileSync(process.execPath, ['--no-warnings', ...args, 'strings.mjs'], {
        cwd: folder,
        encoding: 'utf8',
        env: cleanEnv({ WASM2JS_WEBASSEMBLY: 'force', ...env }),
      });
    expect(node(['--import', register], { WASM2JS_RECORD: 'kept' })).toBe('5\n');
    for (const input of ['kept', 'strings.wasm']) {
      expect(wasm2js(['precompile', input, '-o', 'strings-all.mjs'], { cwd: folder }).code).toBe(0);
      const flags = ['--disallow-code-generation-from-strings', '--import', './strings-all.mjs'];
      expect(node([...flags, '--import', register])).toBe('5\n');
    }
  });

  test('modules that are given imports that suspend are told by scripts, and by a record', async () => {
    const waiting = Buffer.from(
      await parse(`(module (import "e" "f" (func $f (param i32) (result i32)))
        (func (export "g") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))`),
    );
    const program = (name: string, from: string) => `
      const bytes = process.getBuiltinModule('node:fs').readFileSync('${from}');
      const W = WebAssembly;
      const f = new W['Suspen' + 'ding'](async (x) => 2 * x);
      const { exports } = new W.Instance(new W.Module(bytes), { e: { f } });
      console.log('${name}', await W.promising(exports.g)(20));`;
    write(folder, {
      'node_modules/waits/package.json': '{}',
      'node_modules/waits/lib/a.wasm': waiting,
      'node_modules/waits/z.js': 'export const f = new WebAssembly.Suspending(async () => 1);',
      'node_modules/waits/node_modules/plain/package.json': '{}',
      'node_modules/waits/node_modules/plain/b.wasm': await module(21),
      'waits.mjs': program('package', 'node_modules/waits/lib/a.wasm'),
      'recorded.mjs': program('record', 'other/c.wasm'),
      'other/c.wasm': waiting,
    });
    const precompile = (...args: string[]) =>
      wasm2js(['precompile', '-o', 'waiting.mjs', ...args], { cwd: folder }).stdout;
    const node = (script: string, flags: string[], env: Record<string, string> = {}): string =>
      execFileSync(process.execPath, ['--no-warnings', ...flags, '--import', register, script], {
        cwd: folder,
        encoding: 'utf8',
        env: cleanEnv({ WASM2JS_WEBASSEMBLY: 'force', ...env }),
      });
    const ahead = ['--disallow-code-generation-from-strings', '--import', './waiting.mjs'];
    expect(precompile('waits').match(/\w+\.wasm.*/g)).toEqual([
      expect.stringMatching(/^a\.wasm: \d+ bytes \(file, suspendable\)$/),
      expect.stringMatching(/^b\.wasm: \d+ bytes \(file\)$/),
    ]);
    expect(node('waits.mjs', ahead)).toBe('package 41\n');
    expect(precompile('waits', '--no-suspendable')).not.toMatch(/suspendable/);
    expect(precompile('other')).not.toMatch(/suspendable/);
    expect(precompile('other', '--suspendable')).toMatch(/suspendable/);
    expect(node('recorded.mjs', [], { WASM2JS_RECORD: 'waited' })).toBe('record 41\n');
    expect(precompile('waited')).toMatch(/suspendable/);
    expect(node('recorded.mjs', ahead)).toBe('record 41\n');
  });

  test('failures are one line', () => {
    const fails = (...args: string[]) => {
      const { code, stderr } = wasm2js(['precompile', ...args], { cwd: folder });
      return [code, stderr];
    };
    expect(fails('in/readme.txt', '-o', 'y.mjs')).toEqual([
      1,
      'wasm2js: error: in/readme.txt: there is no module of WebAssembly in it\n',
    ]);
    expect(fails('in/broken.wasm', '-o', 'y.mjs')).toEqual([
      1,
      expect.stringMatching(/^wasm2js: error: in\/broken\.wasm: malformed module: .*\n$/),
    ]);
    expect(fails('nowhere', '-o', 'y.mjs')).toEqual([
      1,
      'wasm2js: error: cannot read nowhere: no such file, folder or installed package\n',
    ]);
    expect(fails('in', '-o', 'y.txt')[0]).toBe(2);
    expect(fails('-o', 'y.mjs')[0]).toBe(2);
    expect(fails('in/a.wasm', '-o', 'in/a.wasm')[0]).toBe(2);
  });
});
