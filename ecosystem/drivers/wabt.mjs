import wabt from 'wabt';
import { fails, show } from '../sample.mjs';

const tools = await wabt();
const module = tools.parseWat(
  'fib.wat',
  `(module (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
        (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`,
);
module.validate();
const { buffer } = module.toBinary({ write_debug_names: true });
show('binary', buffer);
const read = tools.readWasm(buffer, { readDebugNames: true });
read.applyNames();
show('text', read.toText({ foldExprs: true }));
const { instance } = await WebAssembly.instantiate(buffer);
show('run', instance.exports.fib(20));
await fails('wrong', () => tools.parseWat('wrong.wat', '(module (func i32.nothing))'));
await fails('invalid', () => tools.parseWat('i.wat', '(module (func (result i32)))').validate());
