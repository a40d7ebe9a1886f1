import { expect, test } from 'vitest';
import { assemble } from '../src/prepare.js';
import { loadModule } from '../src/run/pipeline.js';
import { parseScript } from '../src/script/parse.js';
import { unfoldLegacyTry } from '../src/script/unfold.js';
import { familyOf } from '../src/suite.js';

const commandsOf = async (source: string) => (await parseScript('t', source, assemble)).commands;

test('commands with their lines', async () => {
  const commands = await commandsOf(`(module $m (func (export "f")))
    (register "m" $m)
    (assert_return (invoke $m "f"))
    (module definition $d (memory 1))
    (module instance $i $d)
    (assert_malformed (module quote "(func") "unexpected end")
    (assert_trap (module (func $s unreachable) (start $s)) "unreachable")`);
  expect(commands).toMatchObject([
    { kind: 'module', id: '$m', line: 1, definition: false },
    { kind: 'register', as: 'm', module: '$m', line: 2 },
    { kind: 'assert_return', action: { module: '$m', field: 'f' }, expected: [], line: 3 },
    { kind: 'module', id: '$d', definition: true },
    { kind: 'instance', id: '$i', definition: '$d' },
    { kind: 'assert_malformed', source: { form: 'quote' } },
    { kind: 'assert_uninstantiable', text: 'unreachable' },
  ]);
});

test('a script of bare fields is a module', async () => {
  expect(await commandsOf('(func) (memory 0)')).toMatchObject([{ kind: 'module' }]);
});

test('binary modules are the bytes of the strings', async () => {
  const [command] = await commandsOf(String.raw`(module binary "\00asm" "\01\00\00\00")`);
  expect(command).toMatchObject({ source: { form: 'binary', bytes: 'AGFzbQEAAAA=' } });
});

test('the folded try of legacy exceptions is unfolded', async () => {
  const text = `(module (tag $e (param i32))
    (func (param i32) (result i32)
      (i32.add (i32.const 1)
        (try $l (result i32)
          (do (if (local.get 0) (then (throw $e (i32.const 2)))) (block (nop)) (i32.const 3))
          (catch $e)
          (catch_all (i32.const 4)))))
    (func (try (do (try (do) (delegate 0))) (catch_all))))`;
  expect(unfoldLegacyTry('(module (func nop))')).toBe('(module (func nop))');
  const module = loadModule(await assemble(text));
  expect(module.funcs).toHaveLength(2);
});

test.each([
  ['i64.wast', 'scalar core'],
  ['memory_copy64.wast', 'memory64'],
  ['memory_copy1.wast', 'multi-memory'],
  ['simd_load.wast', 'simd'],
  ['relaxed_min_max.wast', 'relaxed-simd'],
  ['ref_cast.wast', 'gc'],
  ['ref_func.wast', 'scalar core'],
  ['throw_ref.wast', 'exceptions'],
  ['legacy/throw.wast', 'legacy'],
  ['proposals/threads/atomic.wast', 'threads'],
  ['proposals/wide-arithmetic/wide-arithmetic.wast', 'wide-arithmetic'],
])('%s belongs to %s', (file, family) => {
  expect(familyOf(file)).toBe(family);
});
