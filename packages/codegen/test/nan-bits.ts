/**
 * Generated functions that look at the bits of NaNs: every float operation, operands from everywhere, and
 * everything that takes bits. A function takes the addresses of two operands and writes what it saw.
 */

/** Where a function writes: what it saw first, and what of the same value must agree with that. */
export const SEEN = 1024;

/** What a function does; the runner (nan-bits-run.mjs) tells what is right. */
export interface NanCase {
  /** Width of the operands and of the result. */
  from: 32 | 64;
  to: 32 | 64;
  /** Operation, and what is exact: `neg`, `abs` and `copysign` of values that were only moved. */
  op: string;
  moved: boolean;
  /** Bits of the second operand where it is a constant; else `memory`, or none. */
  second: string;
  /** What takes the bits. */
  seen: string;
}

const UNARY = ['abs', 'neg', 'sqrt', 'ceil', 'floor', 'trunc', 'nearest'];
const BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign'];
const CONSTANTS = ['1', '-1', '0', '-0', '2.5'];

/** Operands, by where they come from; `T` is the type, `I` the integer of the same width, `B` the base. */
const SOURCES: Record<string, { code: string; moved: boolean }> = {
  memory: { code: '(T.load (local.get $a))', moved: true },
  reinterpret: { code: '(T.reinterpret_I (I.load (local.get $a)))', moved: true },
  global: { code: '(global.set $gT (T.load (local.get $a))) (global.get $gT)', moved: true },
  parameter: { code: '(call $idT (T.load (local.get $a)))', moved: true },
  block: {
    code: '(block (result T) (T.load (local.get $a)) (br_if 0 (local.get $b)) (drop) (T.const 0.5))',
    moved: true,
  },
  select: { code: '(select (T.load (local.get $a)) (T.const 0) (local.get $b))', moved: true },
  product: { code: '(T.mul (T.load (local.get $a)) (T.const 1))', moved: false },
  minimum: { code: '(T.min (T.load (local.get $a)) (T.const inf))', moved: false },
  rounded: { code: '(T.floor (T.load (local.get $a)))', moved: false },
  called: { code: '(call $scaleT (local.get $a))', moved: false },
  inlined: { code: '(call $timesT (T.load (local.get $a)) (T.const 1))', moved: false },
};

/** What takes the bits; `X` is the value. */
const SEERS: Record<string, string> = {
  store: '(T.store (i32.const 1024) X)',
  reinterpret: '(I.store (i32.const 1024) (I.reinterpret_T X))',
  global: '(global.set $gT X) (I.store (i32.const 1024) (I.reinterpret_T (global.get $gT)))',
  argument: '(call $takeT X)',
  indirect:
    '(I.store (i32.const 1024) (I.reinterpret_T (call_indirect (type $idT) X (i32.const WIDTH))))',
  all:
    '(local.set $xT X) (T.store (i32.const 1024) (local.get $xT)) ' +
    '(I.store (i32.const 1032) (I.reinterpret_T (local.get $xT))) ' +
    '(T.store (i32.const 1040) (T.neg (local.get $xT))) (T.store (i32.const 1048) (T.abs (local.get $xT))) ' +
    '(T.store (i32.const 1056) (T.copysign (local.get $xT) (T.const -1))) ' +
    '(T.store (i32.const 1064) (T.copysign (T.const 3) (local.get $xT)))',
  twice:
    '(local.set $xT X) (T.store (i32.const 1024) (local.get $xT)) (local.set $yT (local.get $xT)) ' +
    '(T.store (i32.const 1032) (local.get $yT))',
  passed:
    '(local.set $xT X) (T.store (i32.const 1024) (local.get $xT)) (call $take2T (local.get $xT))',
  negated: '(T.store (i32.const 1024) (T.neg X))',
  loop:
    '(local.set $xT X) (local.set $i (i32.const 3)) (loop (T.store (i32.const 1024) (local.get $xT)) ' +
    '(local.set $xT (T.mul (local.get $xT) (T.const 1))) ' +
    '(br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))',
};

/** Seen of vectors only, and by what is called. */
const OTHER_SEERS: Record<string, string> = {
  vector: '(v128.store (i32.const 1024) X)',
  'in a loop': 'X',
};

/** Puts a width in place of the letters. */
const typed = (text: string, width: 32 | 64): string =>
  text
    .replace(/\bT\b/g, `f${width}`)
    .replace(/\bI\b/g, `i${width}`)
    .replace(/(\$\w+?|_)T\b/g, `$1f${width}`)
    .replace(/_I\b/g, `_i${width}`)
    .replaceAll('WIDTH', width === 32 ? '0' : '1');

/** The bits of a constant. */
function bitsOf(text: string, width: 32 | 64): string {
  const view = new DataView(new ArrayBuffer(8));
  if (width === 32) view.setFloat32(4, Number(text));
  else view.setFloat64(0, Number(text));
  return `0x${view.getBigUint64(0).toString(16)}`;
}

/** The module's text and its cases: case i is the export `f<i>`. */
export function nanModule(): { text: string; cases: NanCase[] } {
  const functions: string[] = [];
  const cases: NanCase[] = [];
  const add = (value: string, item: NanCase): void => {
    const seer = typed(SEERS[item.seen] ?? OTHER_SEERS[item.seen]!, item.to);
    functions.push(`(func (export "f${cases.length}") (param $a i32) (param $b i32)
      (local $xf32 f32) (local $yf32 f32) (local $xf64 f64) (local $yf64 f64) (local $i i32)
      ${seer.replace('X', value)})`);
    cases.push(item);
  };
  const seers = Object.keys(SEERS);
  let turn = 0;
  for (const width of [32, 64] as const)
    for (const [name, { code, moved }] of Object.entries(SOURCES)) {
      const x = typed(code, width);
      const other = width === 32 ? 64 : 32;
      // All that takes bits sees values from memory; of others, each sees a part.
      const some = (): string[] =>
        name === 'memory' ? seers : [seers[turn++ % seers.length]!, seers[turn++ % seers.length]!];
      for (const op of UNARY)
        for (const seen of some())
          add(`(f${width}.${op} ${x})`, { from: width, to: width, op, moved, second: '', seen });
      const convert = width === 32 ? 'f64.promote_f32' : 'f32.demote_f64';
      const back = width === 32 ? 'f32.demote_f64' : 'f64.promote_f32';
      for (const seen of some()) {
        add(`(${convert} ${x})`, {
          from: width,
          to: other,
          op: 'convert',
          moved,
          second: '',
          seen,
        });
        add(`(${back} (${convert} ${x}))`, {
          from: width,
          to: width,
          op: 'convert',
          moved,
          second: '',
          seen,
        });
      }
      for (const op of BINARY) {
        for (const second of CONSTANTS)
          for (const seen of some()) {
            const y = `(f${width}.const ${second})`;
            const item = { from: width, to: width, op, moved, second: bitsOf(second, width), seen };
            add(`(f${width}.${op} ${x} ${y})`, item);
            if (op !== 'copysign') add(`(f${width}.${op} ${y} ${x})`, item);
          }
        const y = `(f${width}.load (local.get $b))`;
        for (const seen of some())
          add(`(f${width}.${op} ${x} ${y})`, {
            from: width,
            to: width,
            op,
            moved,
            second: 'memory',
            seen,
          });
      }
    }
  // A factor from outside of a loop, which is a constant where the function with the loop is inlined.
  const loops: string[] = [];
  for (const width of [32, 64] as const)
    for (const op of ['add', 'sub', 'mul', 'div']) {
      loops.push(
        typed(
          `(func $each_${op}_T (param $a i32) (param $k T) (local $i i32)
          (loop (T.store (i32.const 1024) (T.${op} (T.load (local.get $a)) (local.get $k)))
            (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2)))))`,
          width,
        ),
      );
      for (const second of CONSTANTS)
        add(`(call $each_${op}_f${width} (local.get $a) (f${width}.const ${second}))`, {
          from: width,
          to: width,
          op,
          moved: true,
          second: bitsOf(second, width),
          seen: 'in a loop',
        });
    }
  for (const width of [32, 64] as const)
    for (const op of [...UNARY, ...BINARY]) {
      if (op === 'copysign') continue;
      const shape = width === 32 ? 'f32x4' : 'f64x2';
      const splat = (at: string): string => `(${shape}.splat (f${width}.load (local.get ${at})))`;
      const binary = BINARY.includes(op);
      const value = `(${shape}.${op} ${splat('$a')} ${binary ? splat('$b') : ''})`;
      const item = { from: width, to: width, op, moved: true, second: binary ? 'memory' : '' };
      add(value, { ...item, seen: 'vector' });
      for (const seen of seers) add(`(${shape}.extract_lane 0 ${value})`, { ...item, seen });
    }
  const shared = ([32, 64] as const).map((width) =>
    typed(
      `(global $gT (mut T) (T.const 0))
      (type $idT (func (param T) (result T)))
      (func $idT (type $idT) (local.get 0))
      (func $scaleT (param i32) (result T) (T.mul (T.load (local.get 0)) (T.const 1)))
      (func $timesT (param T T) (result T) (T.mul (local.get 0) (local.get 1)))
      (func $takeT (param T) (T.store (i32.const 1024) (local.get 0)))
      (func $take2T (param T) (T.store (i32.const 1032) (local.get 0)))`,
      width,
    ),
  );
  const text = `(module (memory (export "memory") 1)
    (table funcref (elem $idf32 $idf64))
    ${shared.join('\n')}
    ${loops.join('\n')}
    ${functions.join('\n')})`;
  return { text, cases };
}
