/** Hybrid builds: the same face and the same results by the host's WebAssembly and by the module's JavaScript. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, type Format, type HybridBuild } from '../src/index.js';
import { execute, temporaryFolder, wasm2js, writeInputs } from './cli.js';
import { describeHosts } from './hosts.js';
import { echo, exit, trap } from './programs.js';

/** Everything that a face has: each kind of import and export, a trap, a BigInt, a function that enters a table. */
const LIBRARY = `(module
  (import "e" "log" (func $log (param i64)))
  (import "e" "memory" (memory 1))
  (import "e" "global" (global $g (mut i32)))
  (table (export "table") 2 funcref)
  (global (export "big") i64 (i64.const -5))
  (func (export "add") (param i32 i32) (result i32)
    (call $log (i64.extend_i32_s (local.get 0)))
    (global.set $g (i32.add (local.get 0) (local.get 1)))
    (i32.load (i32.const 4)) (global.get $g) i32.add)
  (func (export "pair") (param f64) (result i64 f64)
    (i64.trunc_f64_s (local.get 0)) (f64.sqrt (local.get 0)))
  (func (export "call") (param i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (local.get 0)))
  (func (export "trap") unreachable))`;

const PLAIN = `(module (memory (export "memory") 1) (data (i32.const 0) "some bytes\\00\\ff\\80'")
  (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))`;

/** Observes all of it; what it prints must not depend on the way. */
const USE_LIBRARY = `
  const log = [];
  const e = { log: (value) => log.push(String(value)), memory: new instantiate.Memory({ initial: 1 }),
    global: new instantiate.Global({ value: 'i32', mutable: true }, 7) };
  new Int32Array(e.memory.buffer)[1] = 1000;
  const x = instantiate({ e });
  log.push(x.add(40, 2), e.global.value, x.pair(-9.5).map(String), String(x.big.value));
  x.table.set(1, new instantiate.Function({ parameters: ['i32'], results: ['i32'] }, (v) => v * 10));
  log.push(x.call(1), x.table.length, Object.keys(x), Object.isFrozen(x), Object.keys(instantiate));
  const attempt = (f) => { try { f(); } catch (error) {
    log.push([['RuntimeError', 'LinkError'].filter((name) => error instanceof instantiate[name]), error.name]); } };
  attempt(() => x.trap()); attempt(() => x.call(0)); attempt(() => instantiate({ e: { ...e, log: 1 } }));
  attempt(() => instantiate()); attempt(() => instantiate({}));
  say(JSON.stringify(log));
`;
const USE_PLAIN = `say(JSON.stringify([get(5), get(11), get(12), get(13), memory.buffer.byteLength, instantiate().get(0)]));`;
const SAY = `const say = (text) => (globalThis.console?.log ?? print)(text);`;

/** Takes WebAssembly away, or the permission to compile. */
const WAYS: Record<string, string> = {
  native: '',
  missing: 'delete globalThis.WebAssembly;',
  refused: `for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming'])
      WebAssembly[name] = () => Promise.reject(new WebAssembly.CompileError('refused by a policy'));
    WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('refused by a policy'); } };`,
};

const FORMS: [name: string, format: Format, extension: string, hybrid: HybridBuild][] = [
  ['await-file', 'esm', 'mjs', {}],
  ['await-inline', 'esm', 'mjs', { bytes: 'inline' }],
  ['sync-inline', 'esm', 'mjs', { load: 'sync' }],
  ['sync-file', 'esm', 'mjs', { load: 'sync', bytes: 'file' }],
  ['cjs-file', 'cjs', 'cjs', {}],
  ['cjs-inline', 'cjs', 'cjs', { bytes: 'inline' }],
  ['script', 'iife', 'js', {}],
];
const MODULES = { library: LIBRARY, plain: PLAIN };
const USES = { library: USE_LIBRARY, plain: USE_PLAIN };

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const expected: Record<string, string> = {};

/** A script that uses a built module in one way. */
const user = (module: keyof typeof MODULES, form: (typeof FORMS)[number], way: string): string => {
  const [name, format, extension] = form;
  const file = `${module}.${name}.${extension}`;
  const names = module === 'plain' ? '{ instantiate, get, memory }' : '{ instantiate }';
  const use = `${SAY} ${USES[module]} say(instantiate.native);`;
  if (format === 'esm') return `import './${way}.mjs'; import ${names} from './${file}'; ${use}`;
  if (format === 'cjs') return `${WAYS[way]} const ${names} = require('./${file}'); ${use}`;
  return `${WAYS[way]} ${readFileSync(at(file), 'utf8')} { const ${names} = made; ${use} }`;
};
const userFile = (module: string, [name, , extension]: (typeof FORMS)[number], way: string) =>
  `use.${module}.${name}.${way}.${extension}`;

beforeAll(async () => {
  for (const [way, text] of Object.entries(WAYS)) writeInputs(folder, { [`${way}.mjs`]: text });
  for (const module of ['library', 'plain'] as const) {
    writeInputs(folder, { [`${module}.wat`]: MODULES[module] });
    for (const form of FORMS) {
      const [name, format, extension, hybrid] = form;
      const globalName = format === 'iife' ? { globalName: 'made' } : {};
      const output = at(`${module}.${name}.${extension}`);
      await build({ input: at(`${module}.wat`), output, format, hybrid, ...globalName });
      for (const way of Object.keys(WAYS))
        writeFileSync(at(userFile(module, form, way)), user(module, form, way));
    }
    await build({ input: at(`${module}.wat`), output: at(`${module}.mjs`) });
    const names = module === 'plain' ? '{ instantiate, get, memory }' : '{ instantiate }';
    const use = `import ${names} from './${module}.mjs'; ${SAY} ${USES[module]}`;
    writeInputs(folder, { [`only.${module}.mjs`]: use });
    const { stdout, stderr } = execute(process.execPath, [at(`only.${module}.mjs`)]);
    expect(stderr).toBe('');
    // The one difference of the faces.
    expected[module] = stdout.replace('"Function"]', '"Function","native"]');
  }
  for (const [name, text] of Object.entries({ echo, trap, exit: exit(42) })) {
    writeInputs(folder, { [`${name}.wat`]: text });
    for (const [format, extension] of [
      ['esm', 'mjs'],
      ['cjs', 'cjs'],
      ['iife', 'js'],
    ] as const)
      await build({
        input: at(`${name}.wat`),
        output: at(`${name}.${extension}`),
        format,
        hybrid: true,
      });
  }
}, 60_000);

describeHosts('a hybrid module', (host) => {
  for (const module of ['library', 'plain'] as const) {
    test.each(FORMS)(
      `${module}, %s, in each way`,
      (...form) => {
        for (const way of Object.keys(WAYS)) {
          const result = host.run(at(userFile(module, form, way)), []);
          // An ES module of Node 18 reads no file at once.
          const cannot = host.name === 'Node 18' && form[0] === 'sync-file';
          const native = way === 'native' && !cannot;
          expect({ way, ...result }).toEqual({
            way,
            code: 0,
            stderr: '',
            stdout: `${expected[module]}${native}\n`,
          });
        }
      },
      60_000,
    );
  }

  test.each(['mjs', 'cjs', 'js'])(
    'a command (.%s)',
    (extension) => {
      const env = { WASM2JS_ENV: 'A=1' };
      const result = host.run(at(`echo.${extension}`), ['x y'], { cwd: folder, env });
      expect(result).toEqual({ code: 0, stdout: `echo.${extension}\nx y\nA=1\n`, stderr: '' });
      expect(host.run(at(`exit.${extension}`), []).code).toBe(42);
      const trapped = host.run(at(`trap.${extension}`), []);
      expect(trapped.code).toBe(134);
      expect(trapped.stderr).toMatch(/^trap\.\w+: wasm trap: .*(by zero).*\n$/i);
    },
    60_000,
  );
});

describe('ways of Node', () => {
  test.each(['mjs', 'cjs', 'js'])('a command without WebAssembly (.%s)', (extension) => {
    const env = { WASM2JS_ENV: 'A=1' };
    const run = (name: string, args: string[]) =>
      execute(
        process.execPath,
        ['--jitless', '--no-warnings', at(`${name}.${extension}`), ...args],
        { env },
      );
    expect(run('echo', ['x']).stdout).toBe(`echo.${extension}\nx\nA=1\n`);
    expect(run('exit', []).code).toBe(42);
    const { code, stderr } = run('trap', []);
    expect([code, stderr.replace(/^Warning: disabling flag.*\n/m, '')]).toEqual([
      134,
      `trap.${extension}: wasm trap: integer divide by zero\n`,
    ]);
  });

  test('no code from strings', () => {
    const flags = ['--disallow-code-generation-from-strings'];
    for (const form of FORMS) {
      const file = at(userFile('library', form, 'native'));
      const { stdout, stderr } = execute(process.execPath, [...flags, file]);
      expect([form[0], stderr, stdout]).toEqual([form[0], '', `${expected['library']}true\n`]);
    }
  });

  test('a realm whose policy forbids to compile', () => {
    const script = `${readFileSync(at('library.script.js'), 'utf8')}; made.instantiate.native`;
    for (const wasm of [true, false]) {
      const realm = createContext({}, { codeGeneration: { strings: false, wasm } });
      expect(runInContext(script, realm)).toBe(wasm);
    }
  });

  test('a module whose features the host lacks', async () => {
    // Memories of 64-bit addresses: Node 20 and 22 have them not.
    writeInputs(folder, {
      'large.wat':
        '(module (memory (export "m") i64 1) (func (export "f") (result i64) (memory.size)))',
    });
    await build({ input: at('large.wat'), output: at('large.mjs'), hybrid: true });
    writeInputs(folder, {
      'use.large.mjs': `import { f, instantiate } from './large.mjs'; console.log(f(), instantiate.native);`,
    });
    const bytes = readFileSync(at('large.wasm'));
    expect(execute(process.execPath, [at('use.large.mjs')]).stdout).toBe(
      `1n ${WebAssembly.validate(bytes)}\n`,
    );
  });

  test('bytes that are not there', async () => {
    await build({ input: at('plain.wat'), output: at('lost.mjs'), hybrid: true });
    writeFileSync(at('lost.wasm'), 'not found');
    writeInputs(folder, {
      'use.lost.mjs': `import { get, instantiate } from './lost.mjs'; console.log(get(1), instantiate.native);`,
    });
    expect(execute(process.execPath, [at('use.lost.mjs')]).stdout).toBe('111 false\n');
  });
});

describe('the command', () => {
  const files = (...args: string[]) => wasm2js(['build', ...args], { cwd: folder });

  test('the input may be the file of the bytes', () => {
    const { code } = files('plain.wat', '-o', 'same.mjs', '--hybrid');
    expect(code).toBe(0);
    const before = readFileSync(at('same.wasm'));
    expect(files('same.wasm', '-o', 'same.mjs', '--hybrid')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(at('same.wasm'))).toEqual(before);
    const changed = files('same.wasm', '-o', 'same.mjs', '--hybrid', '-Oz');
    expect(changed.stderr).toMatch(/the output same\.wasm would overwrite the input same\.wasm|^$/);
  });

  test('--hybrid does not take the next argument', () => {
    expect(files('--hybrid', 'plain.wat', '-o', 'next.mjs').code).toBe(0);
    expect(readFileSync(at('next.fallback.mjs'), 'utf8')).toMatch(/^\/\* Generated by wasm2js/);
  });

  test.each([
    [['--hybrid=other'], /--hybrid takes inline or file, and await or sync, not "other"/],
    [['--hybrid=inline,file'], /--hybrid takes one of inline and file/],
    [['--hybrid=await', '--format', 'cjs'], /--format cjs cannot wait/],
    [['--hybrid=file', '--format', 'iife'], /does not know where a file beside it is/],
    [['--hybrid', '--data', 'file'], /--hybrid and --data file exclude each other/],
  ])('refuses %j', (args, message) => {
    const { code, stderr } = files('plain.wat', '-o', 'refused.js', ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('one file goes to standard output', () => {
    expect(files('plain.wat', '-o', '-', '--hybrid').code).toBe(2);
    const { code, stdout } = files('plain.wat', '-o', '-', '--hybrid=inline,sync');
    expect(code).toBe(0);
    expect(stdout).toMatch(/export\{instantiate,/);
  });
});
