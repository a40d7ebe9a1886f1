import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../src/errors.js';
import { build } from '../src/index.js';
import { assemble } from '../src/wat.js';
import {
  command,
  execute,
  temporaryFolder,
  wasm2js,
  wasm2jsClosingPipe,
  writeInputs,
} from './cli.js';
import { add, echo } from './programs.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const withData = `(module (memory (export "memory") 1)
  (data (i32.const 0) "hello") (data (i32.const 16) "world"))`;

beforeAll(async () => {
  writeInputs(folder, {
    'add.wat': add,
    'add.wasm': await assemble(new TextEncoder().encode(add), 'add.wat'),
    'echo.wat': echo,
    'data.wat': withData,
    'wrong-type.wat': '(module (func (result i32) (i64.const 0)))',
    'wrong-text.wat': '(module\n  (func (i32.const)))',
    'cut.wasm': (await assemble(new TextEncoder().encode(add), 'add.wat')).subarray(0, 30),
    'random.wasm': new Uint8Array([0x7f, 0x45, 0x4c, 0x46]),
    'empty.wasm': new Uint8Array(),
  });
});

/** Runs JavaScript in a process of its own and returns what it printed. */
const node = (code: string, type: 'module' | 'commonjs' = 'module'): string => {
  const result = execute(process.execPath, [`--input-type=${type}`, '-e', code], { cwd: folder });
  expect(result.stderr).toBe('');
  return result.stdout.trim();
};

test('a command with the bundled runtime is made without a parser for JavaScript', () => {
  // acorn would be a seventh of a small build's time.
  const tell = `import { createRequire } from 'node:module';
    const { cache } = createRequire(import.meta.url);
    process.on('exit', () => console.log(Object.keys(cache).filter((path) => /acorn/.test(path)).length));`;
  const file = at('tell.mjs');
  writeFileSync(file, tell);
  const args = ['--import', pathToFileURL(file).href, command, 'build', at('echo.wat')];
  const { code, stdout } = execute(process.execPath, [...args, '-o', at('no-parser.mjs')]);
  expect([code, stdout]).toEqual([0, '0\n']);
  expect(readFileSync(at('no-parser.mjs'), 'utf8')).toContain("'MemoryFileSystem'");
});

const built = (args: string[]): void => {
  const result = wasm2js(['build', ...args], { cwd: folder });
  expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
};

/** Files that a failed build might leave behind. */
const leftovers = (): string[] => readdirSync(folder).filter((name) => name.startsWith('.'));

describe('build', () => {
  test('writes an ES module and its declarations', () => {
    built(['add.wasm', '-o', 'esm.mjs']);
    expect(node(`import { add } from './esm.mjs'; console.log(add(2, 3))`)).toBe('5');
    expect(readFileSync(at('esm.d.mts'), 'utf8')).toMatch(/add/);
  });

  test('assembles the text format, recognised by name or by content', () => {
    built(['add.wat', '-o', 'text.mjs']);
    writeFileSync(at('text-by-content'), add);
    built(['text-by-content', '-o', 'text2.mjs', '--no-dts']);
    expect(node(`import { add64 } from './text.mjs'; console.log(add64(2n, -3n))`)).toBe('-1n');
    expect(node(`import { add64 } from './text2.mjs'; console.log(add64(2n, 3n))`)).toBe('5n');
  });

  test('--no-dts writes no declarations', () => {
    built(['add.wasm', '-o', 'plain.mjs', '--no-dts']);
    expect(existsSync(at('plain.mjs'))).toBe(true);
    expect(existsSync(at('plain.d.mts'))).toBe(false);
  });

  test.each([
    ['js', 'd.ts'],
    ['mjs', 'd.mts'],
    ['cjs', 'd.cts'],
  ])('declarations of .%s are .%s', (extension, declarations) => {
    built(['add.wasm', '-o', `kind.${extension}`]);
    expect(existsSync(at(`kind.${declarations}`))).toBe(true);
  });

  test('--format cjs, and an output named .cjs, are CommonJS', () => {
    built(['add.wasm', '-o', 'byname.cjs']);
    built(['add.wasm', '-o', 'byflag.cjs', '--format', 'cjs']);
    expect(readFileSync(at('byname.cjs'), 'utf8')).toBe(readFileSync(at('byflag.cjs'), 'utf8'));
    expect(node(`console.log(require('./byname.cjs').add(4, 5))`, 'commonjs')).toBe('9');
  });

  test('--format iife is assigned to a global', () => {
    built(['add.wasm', '-o', 'global.js', '--format', 'iife', '--global-name', 'lib']);
    expect(existsSync(at('global.d.ts'))).toBe(false);
    const code = `${readFileSync(at('global.js'), 'utf8')}\nconsole.log(lib.add(1, 1));`;
    expect(node(code, 'commonjs')).toBe('2');
  });

  test('--data file puts the data segments beside the script', () => {
    built(['data.wat', '-o', 'outside.mjs', '--data', 'file']);
    expect(existsSync(at('outside.data'))).toBe(true);
    expect(readFileSync(at('outside.mjs'), 'utf8')).not.toContain('aGVsbG8');
    const code = `import { instantiate } from './outside.mjs';
      const { memory } = instantiate();
      console.log(Buffer.from(memory.buffer, 0, 21).toString('latin1').replaceAll('\\0', '.'))`;
    expect(node(code)).toBe('hello...........world');
  });

  test('--names minify shortens the output', () => {
    built(['add.wasm', '-o', 'kept.mjs']);
    built(['add.wasm', '-o', 'short.mjs', '--names', 'minify']);
    expect(readFileSync(at('kept.mjs'), 'utf8')).toContain('$add');
    expect(readFileSync(at('short.mjs'), 'utf8')).not.toContain('$add');
    expect(node(`import { add } from './short.mjs'; console.log(add(2, 3))`)).toBe('5');
  });

  test('the same input and options give the same bytes', () => {
    built(['echo.wat', '-o', 'once.mjs']);
    const first = readFileSync(at('once.mjs'));
    built(['echo.wat', '-o', 'once.mjs']);
    expect(readFileSync(at('once.mjs')).equals(first)).toBe(true);
  });

  test('--wasi none leaves the imports to the caller', () => {
    built(['echo.wat', '-o', 'none.mjs', '--wasi', 'none']);
    const code = `import { instantiate } from './none.mjs';
      try { instantiate({}); } catch (error) { console.log(error.name, error.message); }`;
    expect(node(code)).toMatch(/^TypeError .*wasi_snapshot_preview1/);
  });

  test('--wasi bundle of a library is an error', () => {
    const result = wasm2js(['build', 'add.wat', '-o', 'x.mjs', '--wasi', 'bundle'], {
      cwd: folder,
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^wasm2js: error: add\.wat: --wasi bundle is for WASI commands/);
  });

  test('--wasi import imports the runtime by name', () => {
    built(['echo.wat', '-o', 'imported.mjs', '--wasi', 'import']);
    expect(readFileSync(at('imported.mjs'), 'utf8')).toContain('@wasm2js/wasi-runtime');
    built(['echo.wat', '-o', 'bundled.mjs']);
    expect(readFileSync(at('bundled.mjs'), 'utf8')).not.toContain('@wasm2js/wasi-runtime');
  });

  test('a command runs where a bundler has put something in the place of require', () => {
    built(['echo.wat', '-o', 'context.cjs']);
    // As webpack does where `require` is a value.
    const script = `const context = (name) => { throw new Error('Cannot find module ' + name); };
      context.main = module;
      ((require, module, exports) => {${readFileSync(at('context.cjs'), 'utf8')}\n})(context, module, exports);`;
    writeFileSync(at('context.cjs'), script);
    const result = execute(process.execPath, [at('context.cjs'), 'one'], { cwd: folder });
    expect(result.stderr).toBe('');
    expect(result.stdout.split('\n').slice(1, 2)).toEqual(['one']);
  });

  test.each(['-O', '-O1', '-Os', '--optimize=3'])('%s runs wasm-opt first', (flag) => {
    built(['add.wasm', '-o', 'optimised.mjs', flag]);
    expect(node(`import { add } from './optimised.mjs'; console.log(add(2, 3))`)).toBe('5');
  });

  test('creates the folder of the output, keeps links and permissions of what it replaces', () => {
    built(['add.wasm', '-o', 'new/deep/add.mjs']);
    expect(existsSync(at('new/deep/add.mjs'))).toBe(true);
    writeFileSync(at('real.mjs'), 'old');
    chmodSync(at('real.mjs'), 0o755);
    symlinkSync('real.mjs', at('link.mjs'));
    built(['add.wasm', '-o', 'link.mjs', '--no-dts']);
    expect(readFileSync(at('real.mjs'), 'utf8')).toContain('add');
    expect(statSync(at('real.mjs')).mode & 0o777).toBe(0o755);
  });
});

test.skipIf(!existsSync('/dev/null'))('a device gets the script and no companions', () => {
  built(['add.wasm', '-o', '/dev/null']);
  expect(existsSync('/dev/null.d.ts')).toBe(false);
});

describe('standard streams', () => {
  test('- reads the module from standard input and writes the script to standard output', () => {
    const input = readFileSync(at('add.wasm'));
    const result = wasm2js(['build', '-', '-o', '-'], { cwd: folder, input });
    expect(result.code).toBe(0);
    expect(result.stderr).toBe('');
    built(['add.wasm', '-o', 'file.mjs']);
    expect(node(`${result.stdout}; console.log(instantiate().add(20, 3))`)).toBe('23');
  });

  test('a reader that goes away ends the command quietly', async () => {
    const result = await wasm2jsClosingPipe(['build', at('echo.wat'), '-o', '-']);
    expect(result.stderr).toBe('');
    expect([0, 141]).toContain(result.code);
  });

  test('--data file needs a file', () => {
    const result = wasm2js(['build', 'data.wat', '-o', '-', '--data', 'file'], { cwd: folder });
    expect(result.code).toBe(2);
    expect(result.stderr).toBe(
      'wasm2js: error: --data file needs an output file to stand beside\n',
    );
  });
});

describe('errors', () => {
  const failing: [string, string[], number, RegExp][] = [
    [
      'no such file',
      ['missing.wasm', '-o', 'x.mjs'],
      1,
      /^cannot read missing\.wasm: no such file/,
    ],
    ['a folder', ['.', '-o', 'x.mjs'], 1, /^cannot read \.: is a directory$/],
    ['an empty input', ['empty.wasm', '-o', 'x.mjs'], 1, /^empty\.wasm: the input is empty$/],
    [
      'not a module',
      ['random.wasm', '-o', 'x.mjs'],
      1,
      /^random\.wasm: this is a program or object file for Unix/,
    ],
    ['a truncated module', ['cut.wasm', '-o', 'x.mjs'], 1, /^cut\.wasm: malformed module: .*0x/],
    ['an invalid module', ['wrong-type.wat', '-o', 'x.mjs'], 1, /invalid module: .*function 0/],
    ['wrong text', ['wrong-text.wat', '-o', 'x.mjs'], 1, /^wrong-text\.wat:2:\d+: /],
    ['no output', ['add.wasm'], 2, /^missing required argument: output/],
    ['an unknown option', ['add.wasm', '-o', 'x.mjs', '--fast'], 2, /^unknown argument: fast/],
    ['a wrong choice', ['add.wasm', '-o', 'x.mjs', '--format', 'amd'], 2, /invalid values.*format/],
    ['two outputs', ['add.wasm', '-o', 'x.mjs', '-o', 'y.mjs'], 2, /is given more than once/],
    ['a wrong level', ['add.wasm', '-o', 'x.mjs', '-O9'], 2, /^-O takes one of 0, 1, 2/],
    ['overwriting the input', ['add.wasm', '-o', './add.wasm'], 2, /would overwrite the input/],
    ['a name without iife', ['add.wasm', '-o', 'x.mjs', '--global-name', 'a'], 2, /format iife/],
    [
      'a global name that is none',
      ['add.wasm', '-o', 'x.js', '--format', 'iife', '--global-name', 'a b'],
      2,
      /^--global-name: "a b" is no name for a variable/,
    ],
    [
      'a global name that is a word of the language',
      ['add.wasm', '-o', 'x.js', '--format', 'iife', '--global-name', 'class'],
      2,
      /^--global-name: "class" is no name for a variable: "class" is a word/,
    ],
    [
      'a script that imports',
      ['echo.wat', '-o', 'x.js', '--format', 'iife', '--wasi', 'import'],
      2,
      /^--format iife cannot import/,
    ],
    ['an output without a name', ['add.wasm', '-o', ''], 2, /^the output needs a name/],
    [
      'a folder as output',
      ['add.wasm', '-o', 'x/'],
      2,
      /^the output is a file, not the folder x\/$/,
    ],
    ['an output below a file', ['add.wasm', '-o', 'add.wat/x.mjs'], 1, /^cannot write add\.wat\/x/],
  ];

  test.each(failing)('%s: one line, exit code, nothing written', (_, args, code, message) => {
    const before = readdirSync(folder).sort();
    const result = wasm2js(['build', ...args], { cwd: folder });
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^wasm2js: error: [^\n]+\n$/);
    expect(result.stderr.slice('wasm2js: error: '.length, -1)).toMatch(message);
    expect(result.code).toBe(code);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test('a failed build leaves what was there before', () => {
    writeFileSync(at('kept.js'), 'before');
    expect(wasm2js(['build', 'cut.wasm', '-o', 'kept.js'], { cwd: folder }).code).toBe(1);
    expect(readFileSync(at('kept.js'), 'utf8')).toBe('before');
  });

  test('all outputs appear, or none', () => {
    // The declarations cannot be written, so the script must not be either.
    mkdirSync(at('half.d.mts'));
    const result = wasm2js(['build', 'add.wasm', '-o', 'half.mjs'], { cwd: folder });
    expect(result.stderr).toBe('wasm2js: error: cannot write half.d.mts: is a directory\n');
    expect(existsSync(at('half.mjs'))).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  test('a stack trace only when asked for', () => {
    const plain = wasm2js(['build', 'cut.wasm', '-o', 'x.mjs'], { cwd: folder });
    expect(plain.stderr).not.toMatch(/\n\s+at /);
    const flag = wasm2js(['build', 'cut.wasm', '-o', 'x.mjs', '--debug'], { cwd: folder });
    expect(flag.stderr).toMatch(/MalformedError[^\n]*\n\s+at /);
    const env = { WASM2JS_DEBUG: '1' };
    const variable = wasm2js(['build', 'cut.wasm', '-o', 'x.mjs'], { cwd: folder, env });
    expect(variable.stderr).toMatch(/\n\s+at /);
    expect(variable.code).toBe(1);
  });
});

describe('the function build', () => {
  const odd: [string, object][] = [
    ['format', { format: 'amd' }],
    ['data', { data: true }],
    ['wasi', { wasi: 'yes' }],
    ['names', { names: null }],
    ['dts', { dts: 'no' }],
    ['largeMemory', { largeMemory: 1 }],
    ['suspendable', { suspendable: 'yes' }],
    ['optimize', { optimize: 3 }],
    ['jobs', { jobs: 0.5 }],
    ['input', { input: 7 }],
    ['input', { input: 'a\0' }],
    ['output', { output: undefined }],
    ['--global-name', { format: 'iife', globalName: 'a-b' }],
  ];
  test.each(odd)('refuses what the command line cannot give: %s %j', async (name, options) => {
    const building = build({
      input: at('add.wasm'),
      output: at('odd.mjs'),
      ...(options as object),
    });
    await expect(building).rejects.toThrow(UsageError);
    await expect(building).rejects.toThrow(name);
    expect(existsSync(at('odd.mjs'))).toBe(false);
  });

  test.skipIf(process.platform === 'win32')('any file name can be built and loaded', async () => {
    const names = ['a"b', "a'b", 'a\nb', 'a#b', 'a?b', '50%', 'a:b', '*', '<!--', 'é\u2028', '`$'];
    const outputs: string[] = [];
    for (const name of names) {
      writeFileSync(at(`${name}.wat`), withData);
      for (const [extension, data] of [
        ['mjs', 'file'],
        ['cjs', 'file'],
        ['mjs', 'inline'],
      ] as const) {
        const output = `${name}${data}.${extension}`;
        await build({ input: at(`${name}.wat`), output: at(output), data });
        outputs.push(output);
      }
    }
    // In a process of its own: the test runner's `import` does not find such names.
    const code = `import { resolve } from 'node:path'; import { pathToFileURL } from 'node:url';
      for (const name of ${JSON.stringify(outputs)}) {
        const { instantiate } = await import(pathToFileURL(resolve(name)).href);
        console.log(new Uint8Array(instantiate().memory.buffer)[0]);
      }`;
    expect(node(code)).toBe(outputs.map(() => '104').join('\n'));
  });

  test('takes bytes and returns the files it wrote', async () => {
    const bytes = readFileSync(at('data.wat'));
    const { files } = await build({ input: bytes, output: at('api.mjs'), data: 'file' });
    expect(files).toEqual([at('api.mjs'), at('api.d.mts'), at('api.data')]);
    const { instantiate } = await import(pathToFileURL(at('api.mjs')).href);
    expect(new Uint8Array(instantiate().memory.buffer)[0]).toBe(0x68);
  });

  test('rejects with an error that names the input', async () => {
    const failing = build({ input: at('cut.wasm'), output: at('x.mjs') });
    await expect(failing).rejects.toThrow(/cut\.wasm: malformed module/);
  });
});
