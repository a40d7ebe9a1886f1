/**
 * Looks for instructions that a full stack leaves half done: each is called where the stack is nearly full, at all
 * distances from its end, and what it writes has to be all old or all new. Also that the engine survives: V8 up to
 * version 12 ends the process where it compiles a regular expression there.
 */
import { text } from './building.js';

/** The same number in both halves, or in all lanes. */
const BOTH =
  '(i64.or (i64.extend_i32_u (local.get $n)) (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32)))';
const LANES = '(i32x4.splat (local.get $n))';
/** A NaN whose payload is the number twice where it is odd; else 7. */
const ODD = `(if (result f64) (i32.and (local.get $n) (i32.const 1))
  (then (f64.reinterpret_i64 (i64.or (i64.const 0x7ff4000000000000)
    (i64.or (i64.extend_i32_u (local.get $n)) (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32))))))
  (else (f64.const 7)))`;

/**
 * Modules: `w` writes what its parameter says, `words` gives the number of words to be compared and `word` each of them,
 * which has to be the same for all, and is from the last or the one before.
 */
const STEPS: Record<string, string> = {
  filled: `(memory 1)
    (func (export "w") (param $n i32) (memory.fill (i32.const 1) (local.get $n) (i32.const SIZE)))
    (func (export "words") (result i32) (i32.const SIZE))
    (func (export "word") (param i32) (result i32) (i32.load8_s offset=1 (local.get 0)))`,
  copied: `(memory 1)
    (func (export "w") (param $n i32)
      (memory.fill (i32.const 1000) (local.get $n) (i32.const 200))
      (memory.copy (i32.const 1) (i32.const 1003) (i32.const SIZE)))
    (func (export "words") (result i32) (i32.const SIZE))
    (func (export "word") (param i32) (result i32) (i32.load8_s offset=1 (local.get 0)))`,
  stored: `(memory 1) (global $g (mut i64) (i64.const 0)) (global $v (export "v") (mut v128) (v128.const i32x4 0 0 0 0))
    (func (export "w") (param $n i32) (i64.store align=1 (i32.const 1) ${BOTH}))
    (func (export "words") (result i32) (i32.const 2))
    (func (export "word") (param i32) (result i32) (i32.load offset=1 align=1 (i32.shl (local.get 0) (i32.const 2))))`,
  vector: `(memory 1) (func (export "w") (param $n i32) (v128.store (i32.const 16) ${LANES}))
    (func (export "words") (result i32) (i32.const 4))
    (func (export "word") (param i32) (result i32) (i32.load offset=16 (i32.shl (local.get 0) (i32.const 2))))`,
};
/** Arrays of an element type: filled, copied, initialised. */
const ARRAYS: Record<string, { value: string; words: string }> = {
  i8: { value: '(local.get $n)', words: '(array.get_s $A (global.get $a) (local.get $i))' },
  i32: { value: '(local.get $n)', words: '(array.get $A (global.get $a) (local.get $i))' },
  i64: {
    value: BOTH,
    words: '(i32.wrap_i64 (array.get $A (global.get $a) (local.get $i)))',
  },
  v128: {
    value: LANES,
    words: '(i32x4.extract_lane 3 (array.get $A (global.get $a) (local.get $i)))',
  },
  anyref: {
    value: '(ref.i31 (local.get $n))',
    words: '(i31.get_s (ref.cast i31ref (array.get $A (global.get $a) (local.get $i))))',
  },
};
for (const [type, { value, words }] of Object.entries(ARRAYS)) {
  const shared = `(type $A (array (mut ${type})))
    (global $a (ref $A) (array.new $A ${value
      .replace(/\(local.get \$n\)/g, '(i32.const 0)')
      .replace(/\(i64.or.*/s, '(i64.const 0)')
      .replace('(i32x4.splat (i32.const 0))', '(v128.const i32x4 0 0 0 0)')} (i32.const SIZE)))
    (func (export "words") (result i32) (i32.const SIZE))
    (func (export "word") (param $i i32) (result i32) ${words})`;
  STEPS[`array of ${type} filled`] = `${shared} (func (export "w") (param $n i32)
    (array.fill $A (global.get $a) (i32.const 0) ${value} (i32.const SIZE)))`;
  STEPS[`array of ${type} copied`] = `${shared} (func (export "w") (param $n i32)
    (array.copy $A $A (global.get $a) (i32.const 0) (array.new $A ${value} (i32.const 200)) (i32.const 3) (i32.const SIZE)))`;
}
/** Floats whose bits are apart. */
const WORD = `(func (export "words") (result i32) (i32.const 2)) (func (export "word") (param $i i32) (result i32)
  (if (f64.eq (call $x) (call $x)) (then (return (i32.const 0))))
  (i32.and (i32.const 0xffff) (i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64 (call $x))
    (i64.extend_i32_u (i32.shl (local.get $i) (i32.const 5)))))))`;
STEPS['NaN in a structure'] =
  `(type $S (struct (field (mut f64)))) (global $s (ref $S) (struct.new_default $S))
  (func (export "w") (param $n i32) (struct.set $S 0 (global.get $s) ${ODD}))
  (func $x (result f64) (struct.get $S 0 (global.get $s))) ${WORD}`;
STEPS['NaN in an array'] =
  `(type $A (array (mut f64))) (global $s (ref $A) (array.new_default $A (i32.const 1)))
  (func (export "w") (param $n i32) (array.set $A (global.get $s) (i32.const 0) ${ODD}))
  (func $x (result f64) (array.get $A (global.get $s) (i32.const 0))) ${WORD}`;
STEPS['NaNs in an array'] =
  `(type $A (array (mut f64))) (global $s (ref $A) (array.new_default $A (i32.const 3)))
  (func (export "w") (param $n i32) (array.fill $A (global.get $s) (i32.const 0) ${ODD} (i32.const 3)))
  (func $x (result f64) (array.get $A (global.get $s) (i32.const 2))) ${WORD}`;

/** The text of a script's expression: a list of what is torn, empty where all is well. */
export async function tornStepsText(): Promise<string> {
  const entries: string[] = [];
  for (const [name, wat] of Object.entries(STEPS))
    for (const size of !wat.includes('SIZE')
      ? [0]
      : wat.includes('array')
        ? [7, 50]
        : [3, 15, 60]) {
      const source = await text(`(module ${wat.replaceAll('SIZE', `${size}`)})`, {
        namedExports: false,
      });
      entries.push(`${JSON.stringify(`${name} ${size}`)}:${source}.instantiate`);
    }
  return `(${torn})({${entries}})`;
}

interface Steps {
  w(n: number): void;
  words(): number;
  word(i: number): number;
}

function torn(modules: Record<string, () => Steps>): string[] {
  const found: string[] = [];
  const plain = (depth: number, f: () => unknown): unknown =>
    depth === 0 ? f() : plain(depth - 1, f);
  // Frames of another size, so that the end of the stack is met elsewhere.
  const wide = (depth: number, f: () => unknown, x = depth, y = x): unknown =>
    depth === 0 ? f() : [wide(depth - 1, f), x, y];
  for (const [name, instantiate] of Object.entries(modules)) {
    const steps = instantiate();
    let failed = 0;
    let done = 0;
    let old = steps.word(0);
    for (const at of [plain, wide, plain]) {
      let low = 100;
      for (let high = 200_000; high - low > 2; ) {
        const middle = (low + high) >> 1;
        try {
          at(middle, () => 0);
          low = middle;
        } catch {
          high = middle;
        }
      }
      let worked = 0;
      for (let back = -1; worked < 3 && back < low; back += back < 60 ? 1 : 50) {
        const n = (back + 2) % 100;
        let complete = false;
        try {
          at(low - back, () => steps.w(n));
          worked++;
          complete = true;
        } catch (error) {
          failed++;
          if (!/stack|recursion/.test((error as Error).message)) found.push(`${name}: ${error}`);
        }
        const first = steps.word(0);
        for (let i = 1; i < steps.words() && found.length < 20; i++)
          if (steps.word(i) !== first) found.push(`${name}: ${first}, ${steps.word(i)} at ${i}`);
        const written = name.startsWith('NaN') && n % 2 === 0 ? 0 : n;
        if (first !== written && (complete || first !== old) && found.length < 20)
          found.push(`${name}: ${first} where ${written} was written over ${old}`);
        old = first;
      }
      done += worked;
    }
    if (failed === 0 || done === 0) found.push(`${name}: ${failed} failed, ${done} did not`);
  }
  return found;
}
