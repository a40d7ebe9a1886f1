/**
 * What toolchains write around a module (Emscripten, AssemblyScript, Go), unchanged, in every way: by the host's own
 * WebAssembly, compiled at run time, built ahead where code must not be made of text, and on a host that has no
 * WebAssembly. fixtures/glue/build.sh makes it of the sources beside it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, repository, temporaryFolder, wasm2js } from '../../cli/test/cli.js';

const glue = fileURLToPath(new URL('fixtures/glue/', import.meta.url));
const register = join(repository, 'packages/webassembly/dist/node/register.js');
const out = temporaryFolder();

/** Runs a program in each way. */
function everyWay(inputs: string[], program: string[], expected: { code: number; stdout: string }) {
  const run = (flags: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = execute(
      process.execPath,
      ['--no-warnings', ...flags, ...program],
      { env },
    );
    return { code, stdout, ...(code === expected.code ? {} : { stderr }) };
  };
  const force = { WASM2JS_WEBASSEMBLY: 'force' };

  test('by the host’s own WebAssembly', () => expect(run([])).toEqual(expected));
  test('compiled at run time', () => {
    expect(run(['--import', register], force)).toEqual(expected);
  });
  test('without WebAssembly', () => {
    expect(run(['--jitless', '--import', register])).toEqual(expected);
  });
  test('built ahead', () => {
    const modules = join(out, `${inputs[0]!.replace(/\W/g, '-')}.mjs`);
    const { code, stderr } = wasm2js(['precompile', ...inputs, '-o', modules]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const strict = ['--disallow-code-generation-from-strings', '--import', modules];
    expect(run([...strict, '--import', register], force)).toEqual(expected);
  });
}

const HELLO = 'hello, world: 1 arguments, x\nfrom the heap\n0.667 8641975230861\n';

describe('Emscripten: a program with its module beside it', () => {
  everyWay([join(glue, 'emscripten/hello.wasm')], [join(glue, 'emscripten/hello.js'), 'x'], {
    code: 3,
    stdout: HELLO,
  });
});

describe('Emscripten: callbacks in both directions and longjmp, one file', () => {
  const lines = ['0 1 2 3 4 5 6 7 8 9 true', '9 8 7 6 5 4 3 2 1 0', '3.875', '42 210', 'mine'];
  const expected = { code: 0, stdout: `${lines.join('\n')}\n` };
  everyWay(
    [join(glue, 'emscripten/callbacks.js')],
    [join(glue, 'emscripten/callbacks-main.cjs')],
    expected,
  );
});

describe('AssemblyScript: its bindings for ES modules', () => {
  const lines = [
    'hello, WÖRLD!',
    'report scaled 3',
    '2 5 -6',
    '3 2432902008176640000',
    'on purpose in src/assembly.ts:30:3',
  ];
  const expected = { code: 0, stdout: `${lines.join('\n')}\n` };
  everyWay([join(glue, 'assembly.wasm')], [join(glue, 'assembly-main.mjs')], expected);
});

/** The folder of Go's own loader; undefined where there is no Go. */
function goLoader(): string | undefined {
  try {
    const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
    const path = join(root, 'lib/wasm/wasm_exec.js');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
const loader = goLoader();

describe.skipIf(loader === undefined)('Go: js/wasm with its own loader', () => {
  const module = join(out, 'main.wasm');
  const main = join(out, 'go.mjs');
  beforeAll(() => {
    execFileSync('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', module, 'src/main.go'], {
      cwd: glue,
      env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GO111MODULE: 'off' },
    });
    writeFileSync(
      main,
      `import { readFileSync } from 'node:fs';
       await import(${JSON.stringify(loader)});
       const go = new Go();
       go.exit = (code) => console.log('exit', code);
       const { instance } = await WebAssembly.instantiate(readFileSync(${JSON.stringify(module)}), go.importObject);
       await go.run(instance);`,
    );
  });
  const lines = [
    '3 8 3 3',
    '2 4 6',
    'syscall/js: call of Value.Call on undefined',
    'true true',
    'panic: runtime error: invalid memory address or nil pointer dereference',
    '[signal 0xb code=0x0 addr=0x0 pc=0x0]',
    '',
    'goroutine 1 [running]:',
    'main.main()',
  ];
  everyWay([module], [main], {
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(`^${lines.join('\n').replace(/[[\].()]/g, '\\$&')}[^]*exit 2\n$`),
    ) as unknown as string,
  });
});
