/**
 * What the operations on the JavaScript API run on: the modules by name, an `Api` for the host's own
 * WebAssembly or for compiled modules, and the differences between engines that are known.
 */

/** The modules that the operations use, by name. */
export const MODULES: Record<string, string> = {
  empty: '(module)',
  memory: `(module (memory (export "m") 1 3) (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
    (func (export "size") (result i32) memory.size) (func (export "put") i32.const 0 i32.const 7 i32.store)
    (func (export "got") (result i32) i32.const 0 i32.load))`,
  fixed: `(module (import "e" "f" (func $f)) (memory (export "m") 1 1)
    (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
    (func (export "across") (result i32) (i32.store (i32.const 4) (i32.const 1)) (call $f)
      (i32.store (i32.const 8) (i32.const 2)) (i32.load (i32.const 4))))`,
  convert: `(module
    (func (export "i32") (param i32) (result i32) local.get 0) (func (export "i64") (param i64) (result i64) local.get 0)
    (func (export "f32") (param f32) (result f32) local.get 0) (func (export "f64") (param f64) (result f64) local.get 0)
    (func (export "externref") (param externref) (result externref) local.get 0)
    (func (export "anyfunc") (param funcref) (result funcref) local.get 0)
    (func (export "none")) (func (export "many") (param i32 i64 f32) (result f32 i64 i32) local.get 2 local.get 1 local.get 0)
    (func (export "v128") (param v128)))`,
  host: `(module
    (import "e" "i32" (func $i32 (result i32))) (import "e" "i64" (func $i64 (result i64)))
    (import "e" "f32" (func $f32 (result f32))) (import "e" "f64" (func $f64 (result f64)))
    (import "e" "externref" (func $externref (result externref))) (import "e" "anyfunc" (func $anyfunc (result funcref)))
    (import "e" "none" (func $none)) (import "e" "many" (func $many (result i32 f64)))
    (import "e" "args" (func $args (param i32 i64 f32 f64 externref funcref)))
    (func (export "i32") (result i32) call $i32) (func (export "i64") (result i64) call $i64)
    (func (export "f32") (result f32) call $f32) (func (export "f64") (result f64) call $f64)
    (func (export "externref") (result externref) call $externref)
    (func (export "anyfunc") (result funcref) call $anyfunc)
    (func (export "none") call $none) (func (export "many") (result i32 f64) call $many)
    (func (export "args") (param externref funcref)
      (call $args (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const -0.0) (local.get 0) (local.get 1)))
    (export "again" (func $none)))`,
  func: '(module (import "a" "x" (func $f (param i32) (result i32))) (func (export "run") (param i32) (result i32) (call $f (local.get 0))) (export "f" (func $f)))',
  mem: '(module (import "a" "x" (memory 1 3)) (export "m" (memory 0)))',
  tab: '(module (import "a" "x" (table 1 3 funcref)) (export "t" (table 0)))',
  etab: '(module (import "a" "x" (table 1 3 externref)))',
  gi32: '(module (import "a" "x" (global i32)) (export "g" (global 0)))',
  gi64: '(module (import "a" "x" (global i64)) (export "g" (global 0)))',
  gf32: '(module (import "a" "x" (global f32)) (export "g" (global 0)))',
  gf64: '(module (import "a" "x" (global f64)) (export "g" (global 0)))',
  gext: '(module (import "a" "x" (global externref)) (export "g" (global 0)))',
  gfun: '(module (import "a" "x" (global funcref)) (export "g" (global 0)))',
  gmut: '(module (import "a" "x" (global (mut i32))) (export "g" (global 0)) (func (export "set") (param i32) (global.set 0 (local.get 0))))',
  two: '(module (import "a" "x" (func)) (import "b" "y" (global i32)) (import "a" "z" (memory 1)))',
  table: `(module (table (export "t") 2 4 funcref) (table (export "r") 2 4 externref) (elem (i32.const 0) $f)
    (func $f (export "f") (param i32 i32) (result i32) local.get 0) (func $g (export "g") (export "h"))
    (global (export "v") funcref (ref.func $f)) (global (export "w") (mut i64) (i64.const 5)))`,
  traps: `(module (memory 1) (table 2 funcref) (func (export "unreachable") unreachable)
    (func (export "load") (result i32) i32.const -1 i32.load) (func (export "div") (result i32) i32.const 1 i32.const 0 i32.div_s)
    (func (export "trunc") (result i32) f32.const nan i32.trunc_f32_s) (func (export "call") (param i32) local.get 0 call_indirect))`,
  start: '(module (import "a" "x" (func $f)) (start $f))',
  segment: '(module (memory 1) (data (i32.const 65535) "ab"))',
};

/** A module whose `instantiate` has all classes. */
export const REALM = `(module (import "a" "m" (memory 1)) (import "a" "t" (table 1 funcref))
  (import "a" "g" (global i32)) (import "a" "e" (tag)))`;

/**
 * Where engines differ from the specification or from each other, and what is here is the
 * specification's or that of most.
 */
export const KNOWN = {
  v8: [
    // [EnforceRange] truncates before it looks at the range.
    / -0\.9( null)?: throws TypeError, here /,
    // The parameters of a tag are a sequence, which is iterated; V8 takes them for array-like.
    /^Tag of (function|class|proxy of a function|an iterable|a failing iterable):/,
    /^Tag subclass: \[false,true\], here \[true,true\]/,
    // V8 reads all imports before it looks at the first.
    /^two of .*"throws (TypeError|LinkError)"\], here \["a","x",("b","y",)?"throws LinkError"\]/,
    // Of Node 20 alone.
    /^anyfunc grow (with|too far with) undefined:/,
    /^(Global|value of) externref: (Global )?null, here (Global )?undefined/,
    /^Tag v128: throws TypeError, here Tag/,
  ],
  jsc: [
    /^(Table anyfunc init|Global anyfunc of) undefined:/,
    // The function that stands for a host function has the index as its name.
    /^(a host function exported again|func from .*function|func from class): .*function \/[01]/,
  ],
} as const;

/** What the operations run on. */
export interface Api {
  /** The classes. */
  // biome-ignore lint/suspicious/noExplicitAny: classes of either kind
  W: any;
  /** Makes an instance of a module of `MODULES`; gives its exports. */
  // biome-ignore lint/suspicious/noExplicitAny: exports of any module
  make(name: string, ...imports: unknown[]): any;
}
