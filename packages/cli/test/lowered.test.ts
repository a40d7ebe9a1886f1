/**
 * Emitted modules and commands go through the compilers that lower and shorten JavaScript, and still compute the same,
 * on Node and on engines for which that is done: Hermes 0.12 and QuickJS.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BuildOptions, build } from '../src/index.js';
import { execute, repository, temporaryFolder, writeInputs } from './cli.js';
import { cat, exit, readFile, trap } from './programs.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const hosts = join(repository, 'hosts');
const require = createRequire(join(hosts, 'package.json'));
const bundlers = createRequire(join(repository, 'bundlers/package.json'));

/** A package that `npm run hosts` (or `npm run bundlers`) installs; `undefined` where it has not. */
const installed = <T>(name: string, from = require): T | undefined => {
  try {
    return from(name) as T;
  } catch {
    return undefined;
  }
};

interface TypeScript {
  transpileModule(text: string, options: { compilerOptions: object }): { outputText: string };
}
interface Babel {
  transformSync(text: string, options: object): { code: string };
}

const typescript = installed<TypeScript>('typescript-5');
const babel = installed<Babel>('@babel/core');
/** What Rollup, Parcel, webpack and Metro shorten by. */
const terser = installed<Terser>('terser', bundlers);

interface Terser {
  minify_sync(text: string, options: object): { code: string };
}

type Lowerer = (text: string) => string;

/** TypeScript to ES5; without `downlevelIteration`, as by default, it takes all that is iterated for arrays. */
const toES5 =
  (downlevelIteration: boolean): Lowerer =>
  (text) => {
    const compilerOptions = { target: 1, module: 1, downlevelIteration };
    return typescript!.transpileModule(text, { compilerOptions }).outputText;
  };

/** What shortens takes names at the top of a script for its own, as they are in a module. */
const lowerers: {
  name: string;
  lower: Lowerer | undefined;
  classes: boolean;
  shortens?: boolean;
}[] = [
  { name: 'TypeScript to ES5', lower: typescript && toES5(false), classes: false },
  { name: 'TypeScript to ES5, iterators too', lower: typescript && toES5(true), classes: false },
  {
    name: 'esbuild to ES2015',
    lower: (text) => transformSync(text, { target: 'es2015', format: 'cjs' }).code,
    classes: true,
  },
  {
    name: "Babel with React Native's preset",
    lower:
      babel &&
      ((text) =>
        babel.transformSync(text, {
          presets: [[require.resolve('@react-native/babel-preset'), { enableBabelRuntime: false }]],
          babelrc: false,
          configFile: false,
          filename: at('input.js'),
          compact: true,
        }).code),
    classes: false,
  },
  {
    name: 'esbuild, shortened',
    lower: (text) => transformSync(text, { minify: true, target: 'es2022', format: 'cjs' }).code,
    classes: true,
    shortens: true,
  },
  {
    name: 'esbuild to ES2015, shortened',
    lower: (text) => transformSync(text, { minify: true, target: 'es2015', format: 'cjs' }).code,
    classes: true,
    shortens: true,
  },
  {
    name: 'terser',
    lower:
      terser &&
      ((text) => {
        const script = transformSync(text, { format: 'cjs' }).code;
        const compress = { passes: 2, unsafe_math: true, unsafe_arrows: true, pure_getters: true };
        return terser.minify_sync(script, { compress, mangle: true, ecma: 2020 }).code;
      }),
    classes: true,
    shortens: true,
  },
];

const hermes = join(hosts, 'node_modules/hermes-engine-cli/linux64-bin/hermes');
const engines = [
  { name: 'Node', command: [process.execPath], there: true, classes: true },
  { name: 'Hermes 0.12', command: [hermes, '-w', '-O'], there: existsSync(hermes), classes: false },
  {
    name: 'QuickJS',
    command: ['qjs'],
    there: spawnSync('sh', ['-c', 'command -v qjs']).status === 0,
    classes: true,
  },
];

const library = `(module
  (import "env" "log" (func $log (param i32)))
  (import "env" "table" (table 4 funcref))
  (type $unary (func (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (global (export "count") (mut i32) (i32.const 0))
  (data (i32.const 8) "\\00\\ffabc \\e2\\82\\ac")
  (data $passive "passive")
  (elem (i32.const 1) $double $twice)
  (elem $later func $double)
  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $twice (export "twice") (type $unary)
    (call_indirect (type $unary) (call_indirect (type $unary) (local.get 0) (i32.const 1)) (i32.const 1)))
  (func (export "indirect") (param i32) (result i32)
    (call_indirect (type $unary) (i32.const 5) (local.get 0)))
  (func (export "big") (param i64 i64) (result i64)
    (i64.div_s (i64.mul (local.get 0) (local.get 1)) (i64.const 3)))
  (func (export "pair") (result i32 f64)
    (global.set 0 (i32.add (global.get 0) (i32.const 1)))
    (call $log (global.get 0))
    (global.get 0) (f64.sqrt (f64.const 2)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "init") (memory.init $passive (i32.const 20) (i32.const 0) (i32.const 7)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func $deep (export "deep") (param i32) (result i32)
    (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
  (func (export "throw") (call $log (i32.const -1)))
  (func (export "none") unreachable))`;

/** What runs the library; its lines are the test. */
const USE_LIBRARY = `
var log = [];
var lost = new TypeError('recursion in the host');
var table = new lib.instantiate.Table({ element: 'anyfunc', initial: 4 });
var exported = lib.instantiate({ env: {
  table: table,
  log: function (value) { if (value < 0) throw lost; log.push(value); }
} });
function attempt(name) {
  var args = Array.prototype.slice.call(arguments, 1);
  try {
    return String(exported[name].apply(null, args));
  } catch (error) {
    if (error === lost) return 'its own error';
    return (error instanceof lib.instantiate.RuntimeError) + ' ' + (error instanceof Error) + ' ' +
      error.name + ': ' + error.message;
  }
}
show(attempt('twice', 3));
show(attempt('indirect', 2));
show(attempt('indirect', 0));
show(attempt('indirect', 9));
show(attempt('big', BigInt('-123456789012'), BigInt(98765)));
show(attempt('pair') + ' ' + log.join());
show(attempt('load', 8));
show(attempt('load', 70000));
show(attempt('grow') + ' ' + exported.memory.buffer.byteLength);
show(attempt('load', 70000));
exported.init();
show(Array.prototype.join.call(new Uint8Array(exported.memory.buffer, 8, 19)));
show(attempt('throw'));
show(attempt('none'));
show(attempt('deep', 0));
show(exported.count.value + ' ' + table.length + ' ' + (table.get(2) === exported.twice));
try { lib.instantiate({ env: { table: table } }); } catch (error) {
  show(String(error instanceof lib.instantiate.LinkError) + ' ' + error.name);
}
`;
const LIBRARY_LINES = `12
20
true true RuntimeError: uninitialized element
true true RuntimeError: undefined element
-4064403255590060
1,1.4142135623730951 1
1650589440
true true RuntimeError: out of bounds memory access
1 131072
0
0,255,97,98,99,32,226,130,172,0,0,0,112,97,115,115,105,118,101
its own error
true true RuntimeError: unreachable
true true RuntimeError: call stack exhausted
1 4 true
true LinkError
`;

/** Bits of NaNs that are stored behind operations, exceptions, structures and arrays, traps of all kinds. */
const exact = `(module
  (tag $t (param i64 f64)) (type $s (struct (field (mut i8)) (field (mut f32)))) (type $a (array (mut i64)))
  (memory 1) (data (i32.const 64) "\\00\\00\\a0\\7f\\01\\00\\00\\00\\00\\00\\f4\\7f\\00\\00\\80\\3f")
  (func (export "f32") (param $op i32) (result i32) (local $x f32)
    (local.set $x (f32.load (i32.const 64)))
    (block $out (block $2 (block $1 (block $0 (br_table $0 $1 $2 $out (local.get $op)))
      (f32.store (i32.const 0) (f32.mul (local.get $x) (f32.const 1))) (br $out))
      (f32.store (i32.const 0) (f32.nearest (local.get $x))) (br $out))
      (f32.store (i32.const 0) (f32.neg (local.get $x))))
    (i32.load (i32.const 0)))
  (func (export "f64") (param $op i32) (result i64) (local $x f64)
    (local.set $x (f64.load (i32.const 68)))
    (if (i32.eqz (local.get $op)) (then (f64.store (i32.const 0) (f64.sub (local.get $x) (f64.const 0))))
      (else (f64.store (i32.const 0) (f64.promote_f32 (f32.demote_f64 (local.get $x))))))
    (i64.load (i32.const 0)))
  (func $throws (param $n i32)
    (if (local.get $n) (then (throw $t (i64.extend_i32_s (local.get $n)) (f64.load (i32.const 68))))))
  (func (export "caught") (param $n i32) (result i64)
    (block $h (result i64 f64)
      (try_table (catch $t $h) (call $throws (local.get $n)) (return (i64.const -1))) (unreachable))
    (i64.reinterpret_f64) (i64.xor))
  (func (export "thrown") (call $throws (i32.const 1)))
  (func (export "managed") (param $n i32) (result i64) (local $s (ref $s)) (local $a (ref $a))
    (local.set $s (struct.new $s (local.get $n) (f32.load (i32.const 64))))
    (local.set $a (array.new $a (i64.const -5) (i32.const 3)))
    (array.set $a (local.get $a) (local.get $n) (i64.extend_i32_u (i32.reinterpret_f32 (struct.get $s 1 (local.get $s)))))
    (i64.add (array.get $a (local.get $a) (i32.const 0)) (i64.extend_i32_s (struct.get_s $s 0 (local.get $s)))))
  (func (export "cast") (param $n i32) (result i32)
    (struct.get_u $s 0 (ref.cast (ref $s) (select (result anyref) (ref.i31 (i32.const 1)) (ref.null any) (local.get $n)))))
  (func (export "divide") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "store") (param i32) (f64.store (local.get 0) (f64.const 1))))`;
const USE_EXACT = `
var exported = lib.instantiate();
function attempt(name) {
  try {
    return name + ' ' + String(exported[name].apply(null, Array.prototype.slice.call(arguments, 1)));
  } catch (error) {
    if (error instanceof lib.instantiate.RuntimeError) return name + ': ' + error.message;
    return name + ' throws ' + (typeof error) + ' ' + (error instanceof Error);
  }
}
for (var i = 0; i < 3; i++) show(attempt('f32', i) + ', ' + attempt('f64', i) + ', ' + attempt('caught', i));
show(attempt('managed', 0) + ', ' + attempt('managed', 2) + ', ' + attempt('managed', 3));
show(attempt('cast', 0) + ', ' + attempt('cast', 1) + ', ' + attempt('thrown'));
show(attempt('divide', BigInt(7), BigInt(0)) + ', ' + attempt('divide', BigInt('-9223372036854775808'), BigInt(-1)));
show(attempt('truncate', NaN) + ', ' + attempt('truncate', 1e10) + ', ' + attempt('truncate', -3.9));
show(attempt('store', 65528) + ', ' + attempt('store', 65529) + ', ' + attempt('store', -1));
`;
const EXACT_LINES = `f32 2143289344, f64 9221120237041090560, caught -1
f32 2143289344, f64 9221120237041090560, caught 9219994337134247936
f32 -6291456, f64 9221120237041090560, caught 9219994337134247939
managed 2141192192, managed -3, managed: out of bounds array access
cast: cast failure, cast: cast failure, thrown throws object false
divide: integer divide by zero, divide: integer overflow
truncate: invalid conversion to integer, truncate: integer overflow, truncate -3
store undefined, store: out of bounds memory access, store: out of bounds memory access
`;

/** Suspendable forms are generators: blocks that loops and `switch`es leave, with suspensions on all sides. */
const suspending = `(module
  (import "env" "wait" (func $wait (param i32) (result i32)))
  (func (export "f") (param $n i32) (result i32) (local $i i32) (local $r i32)
    (block $out
      (local.set $r (call $wait (local.get $n)))
      (loop $plain
        (br_if $out (i32.eq (local.get $i) (local.get $n)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $plain (i32.lt_s (local.get $i) (i32.const 3))))
      (local.set $r (i32.add (local.get $r) (call $wait (i32.const 100))))
      (loop $waits
        (br_if $out (i32.eq (call $wait (local.get $i)) (i32.sub (local.get $n) (i32.const 1))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $waits (i32.lt_s (local.get $i) (i32.const 6))))
      (local.set $r (i32.add (local.get $r) (call $wait (i32.const 1000))))
      (block $d (block $c (block $b (block $a
        (br_table $a $b $out $c $d (i32.sub (local.get $n) (i32.const 7))))
        (local.set $r (i32.add (local.get $r) (call $wait (i32.const 10000)))) (br $d))
        (local.set $r (i32.add (local.get $r) (i32.const 20000))))
        (local.set $r (i32.add (local.get $r) (i32.const 40000))))
      (local.set $r (i32.add (local.get $r) (call $wait (i32.const 100000)))))
    (i32.add (local.get $r) (i32.const 1))))`;
const USE_SUSPENDING = `
var exported = lib.instantiate({ env: {
  wait: new lib.instantiate.Suspending(function (value) { return Promise.resolve(value); })
} });
var f = lib.instantiate.promising(exported.f);
function next(n, line) {
  if (n === 13) return show(line);
  f(n).then(function (value) { next(n + 1, line + ' ' + value); });
}
next(0, '');
`;
/** What the engine's own WebAssembly gives for the same module, in which nothing waits. */
const SUSPENDING_LINES = ' 1 2 3 101104 105 106 107 111108 161109 1110 141111 101112 101113\n';

/** What runs commands. */
const USE_COMMAND = `
var out = '';
function stdout(bytes) { for (var i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i]); }
`;
const commands: { name: string; use: string; lines: string }[] = [
  {
    name: 'read',
    use: `var files = new lib.run.MemoryFileSystem({ 'note.txt': 'caf\\u00e9 \\ud83d\\ude00', 'a/b': '' });
      show(lib.run({ files: files, stdout: stdout }) + ' ' + out + files.list('/').sort().join());
      show(lib.run({ files: {}, stdout: stdout }));
      show(lib.run({ stdout: stdout }));`,
    lines: `0 ${Buffer.from('café 😀').toString('latin1')}a,note.txt\n44\n8\n`,
  },
  {
    name: 'cat',
    use: "show(lib.run({ stdin: 'one\\n', stdout: stdout }) + out);",
    lines: '0one\n\n',
  },
  { name: 'exit', use: 'show(lib.run({ stdout: stdout }));', lines: '42\n' },
  {
    name: 'trap',
    use: `try { lib.run({ stdout: stdout }); } catch (error) {
      show(String(error instanceof lib.instantiate.RuntimeError) + error.message); }`,
    lines: 'trueinteger divide by zero\n',
  },
];

const formats: readonly NonNullable<BuildOptions['format']>[] = ['esm', 'cjs', 'iife'];

beforeAll(async () => {
  const note = readFile('note.txt');
  const programs = { library, exact, suspending, read: note, cat, exit: exit(42), trap };
  for (const [name, text] of Object.entries(programs)) {
    writeInputs(folder, { [`${name}.wat`]: text });
    for (const format of formats) {
      const output = at(`${name}.${format}.js`);
      const globalName = format === 'iife' ? { globalName: 'lib' } : {};
      const suspendable = name === 'suspending';
      const input = at(`${name}.wat`);
      await build({ input, output, format, ...globalName, dts: false, suspendable });
    }
  }
}, 60_000);

/** The text lowered, with what uses it: a script for any engine. */
const script = (name: string, format: string, lower: Lowerer, use: string): string => {
  const text = readFileSync(at(`${name}.${format}.js`), 'utf8');
  const lowered = lower(text);
  return `var exports = {}, module = { exports: exports };
${format === 'iife' ? lowered : `(function () {\n${lowered}\n})();`}
var show = typeof print === 'function' ? print : console.log;
${format === 'iife' ? '' : 'var lib = module.exports;'}
${use}`;
};

for (const { name, lower, classes, shortens } of lowerers) {
  describe.skipIf(!lower)(`lowered by ${name} [npm run hosts, npm run bundlers]`, () => {
    const cases = [
      { program: 'library', use: USE_LIBRARY, lines: LIBRARY_LINES },
      { program: 'exact', use: USE_EXACT, lines: EXACT_LINES },
      { program: 'suspending', use: USE_SUSPENDING, lines: SUSPENDING_LINES },
      ...commands.map(({ name: program, use, lines }) => ({
        program,
        use: USE_COMMAND + use,
        lines,
      })),
    ];
    test.each(cases)('$program', ({ program, use, lines }) => {
      for (const format of program === 'library' ? formats : ['esm']) {
        if (shortens && format === 'iife') continue;
        const file = at('lowered.js');
        writeFileSync(file, script(program, format, lower!, use));
        for (const engine of engines) {
          if (!engine.there || (classes && !engine.classes)) continue;
          const [command, ...flags] = engine.command;
          const result = execute(command!, [...flags, file]);
          expect([engine.name, format, result.stdout, result.stderr]).toEqual([
            engine.name,
            format,
            lines,
            '',
          ]);
        }
      }
    });
  });
}
