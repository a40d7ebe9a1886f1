/** Built components: what they export, import and print, where WebAssembly is missing too. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, wasm2js } from '../../cli/test/cli.js';
import { describeHosts } from '../../cli/test/hosts.js';
import { adapted, beside, embedded, temporaryFolder, written } from './fixtures.js';

const folder = temporaryFolder();
const fixtures = beside('../../wasi-runtime/test/fixtures/');
const input = Uint8Array.from({ length: 256 }, (_, i) => i);
const EXPECTED = readFileSync(join(fixtures, 'files.txt'), 'utf8')
  // What the adapter of preview 1 calls it when a path leads out.
  .replace('Capabilities insufficient\n', 'Operation not permitted\n');

const built = new Set<string>();

/** Builds with the command, each name once; returns the script's path. */
const build = (source: string, name: string, ...options: string[]): string => {
  const output = join(folder, name);
  if (built.has(name)) return output;
  built.add(name);
  const { code, stderr } = wasm2js(['build', source, '-o', output, ...options]);
  expect(stderr.replace(/^wasm2js: note: .*\n/gm, '')).toBe('');
  expect(code).toBe(0);
  return output;
};

let files: string;
let shapes: string;

beforeAll(async () => {
  files = written(folder, 'files.wasm', await adapted(join(fixtures, 'files.wasm'), 'command'));
  shapes = written(folder, 'shapes.wasm', await embedded('shapes'));
});

describe('a command of WASI 0.2', () => {
  const world = (name: string) => {
    const data = join(folder, name);
    mkdirSync(data);
    return { data, env: { WASM2JS_DIRS: `${data}::/data`, WASM2JS_ENV: 'HOME=/home/guest' } };
  };

  describeHosts('files, arguments, environment, clocks, standard streams', (host) => {
    test('print what preview 1 does', () => {
      const { data, env } = world(host.name.replace(/\W/g, ''));
      const script = build(files, 'files.mjs');
      const { stdout, stderr, code } = host.run(script, ['a', 'b c'], { env, input });
      expect(stdout).toBe(EXPECTED);
      expect(stderr).toBe('done\n');
      // wasi:cli/exit has two results in 0.2.
      expect(code).toBe(1);
      expect(readFileSync(join(data, 'notes.txt'), 'utf8')).toBe('line 0\nlin');
    });
  });

  test('that imports what nobody gives ends with one line', () => {
    const source = written(
      folder,
      'lacking.wat',
      `(component
        (import "test:other/thing" (instance $i (export "f" (func))))
        (core module $m
          (import "t" "f" (func $f))
          (func (export "run") (result i32) (call $f) (i32.const 0)))
        (core func $lowered (canon lower (func $i "f")))
        (core instance $c (instantiate $m (with "t" (instance (export "f" (func $lowered))))))
        (func $run (result (result)) (canon lift (core func $c "run")))
        (instance $e (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $e)))`,
    );
    const script = build(source, 'lacking.mjs');
    expect(execute(process.execPath, [script])).toEqual({
      stdout: '',
      stderr: 'lacking.mjs: the component\'s import "test:other/thing" is missing\n',
      code: 1,
    });
  });

  test.each(['mjs', 'cjs'])('without a JIT and without WebAssembly, as .%s', (extension) => {
    const { env } = world(`jitless-${extension}`);
    const script = build(files, `files.${extension}`);
    const args = ['--jitless', '--no-warnings', script, 'a', 'b c'];
    const { stdout, stderr } = execute(process.execPath, args, { env, input });
    expect(stdout).toBe(EXPECTED);
    expect(stderr).toContain('done\n');
  });

  test('is run by the command', () => {
    const { data } = world('run');
    const options = ['--dir', `${data}::/data`, '--env', 'HOME=/home/guest'];
    const { stdout } = wasm2js(['run', files, ...options, '--', 'a', 'b c'], { input });
    expect(stdout).toBe(EXPECTED);
  });

  test('in memory, in this process', async () => {
    const { run } = await import(/* @vite-ignore */ build(files, 'files.mjs'));
    const memory = new run.MemoryFileSystem();
    const pieces: string[] = [];
    const decoder = new TextDecoder();
    const code = run({
      args: ['files', 'a', 'b c'],
      env: { HOME: '/home/guest' },
      files: memory,
      preopens: { '/data': '/' },
      stdin: input,
      stdout: (bytes: Uint8Array) => pieces.push(decoder.decode(bytes)),
      stderr: () => {},
    });
    expect(pieces.join('')).toBe(EXPECTED);
    expect(code).toBe(1);
    expect(decoder.decode(memory.readFile('/notes.txt'))).toBe('line 0\nlin');
  });

  test('a folder given as read-only stays as it is', () => {
    const { data } = world('readonly');
    const { stdout, code } = wasm2js(['run', files, '--dir', `${data}::/data::ro`], { input });
    expect(stdout).toContain('HOME=');
    expect(code).not.toBe(0);
    expect(() => readFileSync(join(data, 'notes.txt'))).toThrow();
  });

  test('takes its WASI from npm where that is wanted', () => {
    const script = build(files, 'imported.mjs', '--wasi', 'import');
    const text = readFileSync(script, 'utf8');
    expect(text).toContain('from "@wasm2js/wasi-runtime/preview2"');
    expect(text.length).toBeLessThan(readFileSync(build(files, 'files.mjs')).length - 40_000);
  });

  test('waits for input and clocks within the call', async () => {
    const wait = written(
      folder,
      'wait.wasm',
      await adapted(join(fixtures, 'wait.wasm'), 'command'),
    );
    const start = performance.now();
    const { code } = wasm2js(['run', wait], { input: 'x' });
    expect(code).toBe(0);
    expect(performance.now() - start).toBeGreaterThan(50);
  });
});

describe('a component with types of its own', () => {
  const host = {
    double: (x: number) => 2 * x,
    shout: (text: string) => `${text.toUpperCase()}! €😀`,
  };

  const instance = async () => {
    const { instantiate } = await import(/* @vite-ignore */ build(shapes, 'shapes.mjs'));
    const exports = instantiate({ 'test:shapes/host': host });
    return { instantiate, exports, shapes: exports.shapes };
  };

  test('numbers, text, lists, records, results', async () => {
    const { exports, shapes } = await instance();
    expect(exports['test:shapes/shapes']).toBe(shapes);
    expect(shapes.quadruple(5)).toBe(20);
    expect(shapes.greet('straße')).toBe('STRASSE! €😀');
    expect([...shapes.reverse([1n, -2n, 3n])]).toEqual([3n, -2n, 1n]);
    expect(shapes.mirror({ leftSide: 1.5, rightSide: -0 })).toEqual({
      leftSide: -0,
      rightSide: 1.5,
    });
    expect(shapes.divide(6, 3)).toBe(2);
    expect(() => shapes.divide(1, 0)).toThrow(expect.objectContaining({ payload: 'by-zero' }));
    expect(() => shapes.divide(3, 2)).toThrow(expect.objectContaining({ payload: 'not-even' }));
  });

  test('resources are dropped by Symbol.dispose', async () => {
    const { shapes } = await instance();
    const counter = new shapes.Counter(9);
    expect(counter.value()).toBe(9);
    expect(shapes.drops()).toBe(0);
    const dispose = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('dispose');
    (counter as Record<symbol, () => void>)[dispose]!();
    expect(shapes.drops()).toBe(1);
  });

  test('a trap is a RuntimeError, and ends the instance', async () => {
    const { instantiate, shapes } = await instance();
    for (const call of [() => shapes.trap(), () => shapes.quadruple(1)]) {
      expect(call).toThrow(instantiate.RuntimeError);
    }
    expect(() => shapes.quadruple(1)).toThrow('cannot enter component instance');
    // Another instance has nothing to do with it.
    expect((await instance()).shapes.quadruple(1)).toBe(4);
  });

  test('a missing import is a LinkError; a version is not asked for', async () => {
    const { instantiate } = await instance();
    expect(() => instantiate({})).toThrow(instantiate.LinkError);
    expect(instantiate({ 'test:shapes/host@1.2.0': host }).shapes.quadruple(1)).toBe(4);
  });

  test('the command tells what is to be given', () => {
    const { stderr } = wasm2js(['build', shapes, '-o', join(folder, 'note.mjs')]);
    expect(stderr).toMatch(
      /^wasm2js: note: .*shapes\.wasm: it imports test:shapes\/host: give .*\n$/,
    );
  });

  test('types are those of its WIT', () => {
    build(shapes, 'shapes.mjs');
    const program = written(
      folder,
      'program.mts',
      `import instantiate, { type Root } from './shapes.mjs';
const host = { double: (value: number) => value, shout: (text: string) => text };
const { shapes }: Root = instantiate({ 'test:shapes/host': host });
const text: string = shapes.greet('x');
const list: BigInt64Array = shapes.reverse(new BigInt64Array(1));
const side: number = shapes.mirror({ leftSide: 1, rightSide: 2 }).rightSide + new shapes.Counter(1).value();
// @ts-expect-error
shapes.greet(1);
// @ts-expect-error
instantiate();
export { text, list, side };
`,
    );
    const tsc = join(
      dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
      'bin/tsc',
    );
    const options =
      '--noEmit --strict --skipLibCheck false --module nodenext --target es2022 --types'.split(' ');
    const { stdout } = execute(process.execPath, [tsc, ...options, 'none', program], {
      cwd: folder,
    });
    expect(stdout.replace(/^error TS2688.*\n(?: .*\n)*/gm, '')).toBe('');
  });

  test('its core modules take from one tank of fuel', async () => {
    const script = build(shapes, 'metered.mjs', '--fuel', '1000', '--max-memory', '1');
    const { instantiate } = await import(/* @vite-ignore */ script);
    const fuel = new instantiate.Fuel(1000);
    const exports = instantiate({ 'test:shapes/host': host }, { fuel }).shapes;
    expect(exports.quadruple(5)).toBe(20);
    expect(fuel.left).toBeLessThan(1000);
    const many = new BigInt64Array(2000);
    expect(() => exports.reverse(many)).toThrow('all fuel consumed');
    expect(() => instantiate({ 'test:shapes/host': host }).shapes.reverse(many)).toThrow(
      'all fuel consumed',
    );
    expect(instantiate({ 'test:shapes/host': host }, { fuel: 1e6 }).shapes.reverse(many)).toEqual(
      many,
    );
  });

  test('the output is the same each time', () => {
    const [one, other] = ['shapes.mjs', 'again.mjs'].map((name) =>
      readFileSync(build(shapes, name), 'utf8'),
    );
    expect(one).toBe(other);
  });
});

describe('a command of WASI 0.3', () => {
  let later: string;
  beforeAll(async () => {
    later = written(folder, 'later.wasm', await embedded('later'));
  });

  test.each([['--jitless', '--no-warnings'], []])('waits and ends, node %s', (...flags) => {
    const script = build(later, 'later.mjs');
    const start = performance.now();
    const ended = execute(process.execPath, [...flags, script, 'one']);
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(performance.now() - start).toBeGreaterThan(50);
    expect(execute(process.execPath, [...flags, script]).code).toBe(1);
  });

  test.each([
    ['one', 0],
    ['', 1],
  ])('ends whatever waits still, given %j', (argument, code) => {
    const waiting = ['--import', 'data:text/javascript,setInterval(()=>{},1000)'];
    const args = argument === '' ? [] : [argument];
    const script = build(later, 'later.mjs');
    expect(execute(process.execPath, [...waiting, script, ...args]).code).toBe(code);
    const command = [beside('../../cli/bin/wasm2js.js'), 'run', later, '--', ...args];
    expect(execute(process.execPath, [...waiting, ...command]).code).toBe(code);
  });

  test('is run by the command, and by a call that returns a promise', async () => {
    expect(wasm2js(['run', later, '--', 'one']).code).toBe(0);
    expect(wasm2js(['run', later]).code).toBe(1);
    const { run } = await import(/* @vite-ignore */ build(later, 'later.mjs'));
    expect(await run({ args: ['later', 'one'] })).toBe(0);
    expect(await run({ args: ['later'] })).toBe(1);
  });
});

test('a function that waits by its type alone gives a promise', async () => {
  const script = build(written(folder, 'waits.wasm', await embedded('waits')), 'waits.mjs');
  const { instantiate } = await import(/* @vite-ignore */ script);
  const answer = (await instantiate()).answer();
  expect(answer).toBeInstanceOf(Promise);
  expect(await answer).toBe(42);
});

describe('what is refused', () => {
  test.each([
    [['--hybrid'], '--hybrid is for modules'],
    [['--suspendable'], '--suspendable is for modules'],
    [['--source-map'], '--source-map is for modules'],
    [['--exports', 'a'], '--exports is for modules'],
    [['--data', 'file'], '--data file is for modules'],
  ])('%s, in one line', (options, message) => {
    const { code, stderr } = wasm2js(['build', shapes, '-o', join(folder, 'no.mjs'), ...options]);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });

  test('a broken component, in one line', () => {
    const broken = readFileSync(shapes).subarray(0, 900);
    const { code, stderr } = wasm2js([
      'build',
      written(folder, 'broken.wasm', broken),
      '-o',
      join(folder, 'no.mjs'),
    ]);
    expect(stderr).toMatch(/^wasm2js: error: .*broken\.wasm: .+\n$/);
    expect(code).toBe(1);
  });

  test('by commands that take modules', () => {
    const { code, stderr } = wasm2js([
      'precompile',
      shapes,
      '-o',
      join(folder, 'shapes-ahead.mjs'),
    ]);
    expect(stderr).toContain('this is a component');
    expect(code).toBe(1);
  });
});
