/**
 * Modules about objects, as text: arrays and structures in locals and fields that are read, tested, cast, written, copied onto
 * themselves and handed to functions that change them, in loops, handlers and irregular flow. What passes over tests
 * of types, nulls and indices and over elements take for granted is what these modules are made to break.
 */
import type { Random } from '../mutate/random.js';
import { ShapeBody } from './shape-body.js';

const STRUCTS = ['$S0', '$S1', '$S2', '$S3'] as const;
/** The structures that each is a subtype of, itself among them. */
const SUBTYPES: Record<string, readonly string[]> = {
  $S0: ['$S0', '$S1', '$S2', '$S3'],
  $S1: ['$S1', '$S3'],
  $S2: ['$S2'],
  $S3: ['$S3'],
};
/** Arrays by what a value of their elements is on the stack. */
const NUMBER_ARRAYS = [
  ['$AI', 'i32', ''],
  ['$AB', 'i32', '_u'],
  ['$AB', 'i32', '_s'],
  ['$AL', 'i64', ''],
  ['$AF', 'f32', ''],
  ['$AD', 'f64', ''],
] as const;
const REF_ARRAYS = [
  ['$AS', '$S0', true],
  ['$AN', '$S0', false],
  ['$AT', '$S1', true],
] as const;

/** Definitions that all modules have. */
const TYPES = `
(rec (type $S0 (sub (struct (field $x (mut i32)) (field $r (mut (ref null $S0))) (field $k i32))))
 (type $S1 (sub $S0 (struct (field $x (mut i32)) (field $r (mut (ref null $S0))) (field $k i32) (field $d (mut f64)))))
 (type $S2 (sub $S0 (struct (field $x (mut i32)) (field $r (mut (ref null $S0))) (field $k i32) (field $b (mut i8)))))
 (type $S3 (sub $S1 (struct (field $x (mut i32)) (field $r (mut (ref null $S0))) (field $k i32) (field $d (mut f64)) (field $v (mut (ref null $AS))))))
 (type $AS (array (mut (ref null $S0)))))
(type $AI (array (mut i32))) (type $AB (array (mut i8))) (type $AL (array (mut i64)))
(type $AF (array (mut f32))) (type $AD (array (mut f64)))
(type $AN (array (mut (ref $S0)))) (type $AT (array (mut (ref null $S1)))) (type $AA (array (mut anyref)))
(type $f (func (param i32 i32 i32) (result i32)))
(type $g (func (param (ref null $S0) (ref null $AS) i32) (result (ref null $S0))))`;

class Body extends ShapeBody {
  constructor(
    random: Random,
    private readonly exceptions: boolean,
    private readonly funcs: number,
  ) {
    super(random, 30);
  }

  private word(): string {
    return this.random.pick(['$i', '$m', '$j', '$x', '$n']);
  }

  private integer(depth = 1): string {
    const { random } = this;
    switch (random.below(depth > 0 ? 13 : 3)) {
      case 0:
        return `(i32.const ${random.pick([0, 1, 2, 3, 4, 5, -1, 7])})`;
      case 1:
      case 2:
        return `(local.get ${this.word()})`;
      case 3:
        return `(i32.add (local.get ${this.word()}) (i32.const ${random.pick([1, 1, -1, 2])}))`;
      case 4:
      case 5:
        return this.element('i32');
      case 6:
      case 7:
        return this.field();
      case 8:
        return `(ref.test (ref ${this.chance(3) ? 'null ' : ''}${random.pick(STRUCTS)}) ${this.any()})`;
      case 9:
        return `(ref.is_null ${this.struct('$S0')})`;
      case 10:
        return `(array.len ${this.array(random.pick(['$AS', '$AI', '$AN', '$AD']))})`;
      case 11:
        return `(ref.eq ${this.struct('$S0')} ${this.struct('$S0')})`;
      default:
        return `(i32.and ${this.integer(0)} (i32.const 3))`;
    }
  }

  /** An index: mostly in bounds. */
  private index(): string {
    return this.chance(25)
      ? this.integer()
      : this.random.pick([
          '(local.get $i)',
          '(local.get $m)',
          '(local.get $m)',
          `(i32.const ${this.random.below(3)})`,
          `(i32.and (local.get ${this.word()}) (i32.const 3))`,
          '(i32.add (local.get $m) (i32.const 1))',
        ]);
  }

  private field(): string {
    const type = this.random.pick(STRUCTS);
    const object = this.struct(type);
    if (type === '$S2' && this.chance(2))
      return `(struct.get_${this.random.pick(['u', 's'])} $S2 $b ${object})`;
    return `(struct.get ${type} ${this.random.pick(['$x', '$k'])} ${object})`;
  }

  /** A value of an element of numbers. */
  private element(type: string): string {
    const [array, , sign] = this.random.pick(NUMBER_ARRAYS.filter(([, value]) => value === type));
    return `(array.get${sign} ${array} ${this.array(array)} ${this.index()})`;
  }

  private number(type: string): string {
    const { random } = this;
    switch (type) {
      case 'i32':
        return this.integer();
      case 'i64':
        return random.pick([
          this.element('i64'),
          '(local.get $y)',
          `(i64.extend_i32_s ${this.integer(0)})`,
        ]);
      case 'f32':
        return random.pick([
          this.element('f32'),
          `(f32.convert_i32_s ${this.integer(0)})`,
          `(f32.reinterpret_i32 (i32.or (i32.const 0x7fa00000) ${this.integer(0)}))`,
        ]);
      default:
        return random.pick([
          this.element('f64'),
          '(local.get $z)',
          `(f64.convert_i32_s ${this.integer(0)})`,
          `(struct.get $S1 $d ${this.struct('$S1')})`,
          '(f64.reinterpret_i64 (i64.or (i64.const 0x7ff4000000000000) (local.get $y)))',
        ]);
    }
  }

  /** An array of a type. */
  private array(type: string): string {
    const { random } = this;
    const local = `(local.get $${random.pick(['a', 'b'])}${type.slice(2)})`;
    if (type === '$AS' && this.chance(5)) return `(struct.get $S3 $v ${this.struct('$S3', 0)})`;
    return this.chance(6) ? `(ref.as_non_null ${local})` : local;
  }

  /** A reference of any type. */
  private any(): string {
    const { random } = this;
    return random.pick([
      this.struct('$S0', 0),
      '(local.get $w)',
      '(local.get $w)',
      `(array.get $AA ${this.array('$AA')} ${this.index()})`,
      `(ref.i31 ${this.integer(0)})`,
    ]);
  }

  /** A structure of a type, or null. */
  private struct(type: string, depth = 1): string {
    const { random } = this;
    const sub = random.pick(SUBTYPES[type]!);
    const choices: (() => string)[] = [
      () => `(local.get $${random.pick(['o', 'p'])}${sub.slice(2)})`,
      () => `(local.get $${random.pick(['o', 'p'])}${type.slice(2)})`,
      () => `(local.get $o${type.slice(2)})`,
    ];
    if (type === '$S0' || type === '$S1')
      choices.push(() => {
        const arrays = REF_ARRAYS.filter(([, of]) => type === '$S0' || of === '$S1');
        const [array] = random.pick(arrays);
        return `(array.get ${array} ${this.array(array)} ${this.index()})`;
      });
    if (depth > 0) {
      const inner = (of: string): string => this.struct(of, depth - 1);
      choices.push(
        () =>
          `(ref.cast (ref ${this.chance(2) ? 'null ' : ''}${type}) ${inner(this.chance(6) ? '$S0' : type)})`,
        () =>
          `(if (result (ref null ${type})) (ref.test (ref ${type}) (local.get $w)) (then (ref.cast (ref ${type}) ${this.chance(12) ? this.any() : '(local.get $w)'})) (else ${inner(type)}))`,
        () => `(ref.as_non_null ${inner(type)})`,
        () =>
          `(select (result (ref null ${type})) ${inner(type)} ${inner(type)} ${this.integer(0)})`,
        () => this.made(sub),
      );
      if (type === '$S0')
        choices.push(
          () => `(struct.get $S0 $r ${inner('$S0')})`,
          () => `(array.get $AS ${this.array('$AS')} ${this.index()})`,
        );
    }
    return this.chance(3) ? random.pick(choices)() : choices[random.below(3)]!();
  }

  /** A new structure. */
  private made(type: string): string {
    const first = `(local.get ${this.word()}) (local.get $o0) ${this.integer(0)}`;
    const rest: Record<string, string> = {
      $S0: '',
      $S1: '(local.get $z)',
      $S2: '(local.get $x)',
      $S3: '(local.get $z) (local.get $aS)',
    };
    return `(struct.new ${type} ${first} ${rest[type]})`;
  }

  private loop(): string {
    const label = this.label();
    const out = this.label();
    const body = this.inside(out, false, () => this.inside(label, true, () => this.statements(6)));
    const step = this.random.pick([
      '(local.set $m (i32.and (i32.add (local.get $m) (i32.const 1)) (i32.const 1)))',
      '(local.set $m (i32.rem_u (local.get $x) (i32.const 3)))',
      `(local.set $i (i32.and (i32.add (local.get $i) (i32.const 1)) (i32.const 3)))`,
      `(local.set $o0 (array.get $AS ${this.array('$AS')} (local.get $i)))`,
      '',
    ]);
    const leave = this.chance(2)
      ? `(br_if ${out} (i32.ge_u (local.get $i) (array.len ${this.array('$AS')})))`
      : '';
    return `(block ${out} (loop ${label} ${leave} ${body} ${step} (br_if ${label} ${this.fuel()})))`;
  }

  /** Branches on null and on types: where they lead there is the reference, or not. */
  private branch(): string {
    const { random } = this;
    const label = this.label();
    const of = random.pick(STRUCTS);
    const to = `$o${of.slice(2)}`;
    const nullable = this.chance(2) ? 'null ' : '';
    const text = (): string => this.inside(label, false, () => this.statements(2));
    switch (random.below(7)) {
      case 0:
        return `(block ${label} (local.set ${to} (br_on_null ${label} ${this.struct(of)})) ${text()})`;
      case 1:
        return `(block ${label} (br_on_null ${label} ${this.struct(of)}) (drop) ${text()})`;
      case 2:
        return `(local.set ${to} (block ${label} (result (ref null ${of})) (br_on_non_null ${label} ${this.struct(of)}) ${this.statements(2)} (local.get ${to})))`;
      case 3:
        // What falls through is a structure that is no such one, or null.
        return `(local.set ${to} (block ${label} (result (ref null ${of})) (local.set $o0 (br_on_cast ${label} (ref null $S0) (ref ${nullable}${of}) ${this.struct('$S0')})) ${this.statements(2)} (local.get ${to})))`;
      case 4:
        return `(local.set $o0 (block ${label} (result (ref null $S0)) (local.set ${to} (br_on_cast_fail ${label} (ref null $S0) (ref ${nullable}${of}) ${this.struct('$S0')})) ${this.statements(2)} (local.get $o0)))`;
      case 5:
        return `(local.set $w (block ${label} (result anyref) (local.set ${to} (br_on_cast_fail ${label} anyref (ref ${nullable}${of}) ${this.any()})) ${this.statements(2)} (local.get $w)))`;
      default: {
        if (this.open.length === 0) return '(nop)';
        const target = random.pick(this.open);
        const when = target.loop ? `(i32.and ${this.fuel()} ${this.integer()})` : this.integer();
        return `(br_if ${target.label} ${when})`;
      }
    }
  }

  /** Of a copy from null, engines tell that or what is wrong with the place that it goes to: it does not come so far. */
  private bulk(): string {
    const { random } = this;
    const [type, value] = random.pick(NUMBER_ARRAYS);
    const small = (): string => `(i32.and ${this.integer(0)} (i32.const 3))`;
    return random.pick([
      () =>
        `(array.copy $AS $AS ${this.array('$AS')} ${this.index()} (ref.as_non_null ${this.array('$AS')}) ${this.index()} ${small()})`,
      () =>
        `(array.copy ${type} ${type} ${this.array(type)} ${this.index()} (ref.as_non_null ${this.array(type)}) ${this.index()} ${small()})`,
      () =>
        `(array.fill $AS ${this.array('$AS')} ${this.index()} ${this.struct('$S0', 0)} ${small()})`,
      () =>
        `(array.fill ${type} ${this.array(type)} ${this.index()} ${this.number(value)} ${small()})`,
      () =>
        `(array.copy $AS $AN ${this.array('$AS')} ${this.index()} (ref.as_non_null ${this.array('$AN')}) ${this.index()} ${small()})`,
    ])();
  }

  protected statement(): string {
    const { random } = this;
    this.budget--;
    const of = random.pick(STRUCTS);
    const o = `$${random.pick(['o', 'p'])}${of.slice(2)}`;
    switch (random.below(30)) {
      case 27:
        return `(if (ref.is_null (local.get ${o})) (then (local.set ${o} ${this.made(of)})) (else ${this.statements(3)}))`;
      case 28:
        return `(if (i32.eqz (ref.is_null (local.get ${o}))) (then (struct.set ${of} $x (local.get ${o}) ${this.integer()}) ${this.statements(2)} (local.set $x (i32.add (local.get $x) (struct.get ${of} $x (local.get ${o}))))))`;
      case 29:
        return `(if (i32.lt_u (local.get $i) (array.len (local.get $aS))) (then (local.set $o0 (array.get $AS (local.get $aS) (local.get $i))) ${this.statements(2)} (array.set $AS (local.get $aS) (local.get $i) (local.get $p0))))`;
      case 0:
      case 1:
      case 2:
        return `(local.set $${random.pick(['o', 'p'])}${of.slice(2)} ${this.struct(of)})`;
      case 3:
        return `(local.set $o0 (array.get $AS ${this.array('$AS')} ${this.index()}))`;
      case 4:
      case 5: {
        const [type, value] = random.pick(NUMBER_ARRAYS);
        return `(array.set ${type} ${this.array(type)} ${this.index()} ${this.number(value)})`;
      }
      case 6:
      case 7:
        return `(array.set $AS ${this.array('$AS')} ${this.index()} ${this.struct('$S0')})`;
      case 8:
        return random.pick([
          `(array.set $AT ${this.array('$AT')} ${this.index()} ${this.struct('$S1')})`,
          `(array.set $AN ${this.array('$AN')} ${this.index()} (ref.as_non_null ${this.struct('$S0')}))`,
          `(array.set $AA ${this.array('$AA')} ${this.index()} ${this.any()})`,
        ]);
      case 9:
      case 10:
        return random.pick([
          `(struct.set ${of} $x ${this.struct(of)} ${this.integer()})`,
          `(struct.set ${of} $r ${this.struct(of)} ${this.struct('$S0')})`,
          `(struct.set $S1 $d ${this.struct('$S1')} ${this.number('f64')})`,
          `(struct.set $S2 $b ${this.struct('$S2')} ${this.integer()})`,
          `(struct.set $S3 $v ${this.struct('$S3')} ${this.array('$AS')})`,
        ]);
      case 11:
      case 12:
      case 13:
        return `(local.set ${random.pick(['$x', '$x', '$n', '$j', '$j'])} ${this.integer(1)})`;
      case 14:
        return random.pick([
          `(local.set $y ${this.number('i64')})`,
          `(local.set $z ${this.number('f64')})`,
          `(local.set $x (i32.add (local.get $x) (i32.reinterpret_f32 ${this.number('f32')})))`,
          `(local.set $y (i64.add (local.get $y) (i64.reinterpret_f64 ${this.element('f64')})))`,
        ]);
      case 15:
      case 16:
        return this.loop();
      case 17:
      case 18:
        return `(if ${this.integer()} (then ${this.statements(3)}) ${this.chance(2) ? `(else ${this.statements(3)})` : ''})`;
      case 19:
      case 20:
        return this.branch();
      case 21:
        return this.bulk();
      case 22:
        return `(local.set $w ${this.any()})`;
      case 23: {
        const type = random.pick(['$AS', '$AI', '$AL', '$AF', '$AD']);
        const [a, b] = [`$a${type.slice(2)}`, `$b${type.slice(2)}`];
        return random.pick([
          `(local.set ${a} (local.get ${b}))`,
          `(local.set ${b} ${this.array(type)})`,
          `(local.set ${b} (array.new ${type} (array.get ${type} (local.get ${a}) (i32.const 0)) (i32.and ${this.integer(0)} (i32.const 7))))`,
        ]);
      }
      case 24:
        return random.pick([
          `(local.set $o0 (call $g${random.below(2)} ${this.struct('$S0')} ${this.array('$AS')} ${this.integer(0)}))`,
          `(local.set $o0 (call_ref $g ${this.struct('$S0')} ${this.array('$AS')} ${this.integer(0)} (global.get $h)))`,
          `(if (i32.gt_s (local.get $depth) (i32.const 0)) (then (local.set $x (call $f${random.below(this.funcs)} (local.get $i) (local.get $x) (i32.sub (local.get $depth) (i32.const 1))))))`,
        ]);
      case 25:
        if (this.exceptions) {
          const label = this.label();
          const caught = this.chance(2);
          // Where the handler's label takes a value, no other branch goes there.
          const inner = caught
            ? this.statements(5)
            : this.inside(label, false, () => this.statements(5));
          const thrown = this.chance(2)
            ? `(if ${this.integer()} (then (throw $t ${this.struct('$S0', 0)})))`
            : '';
          return caught
            ? `(local.set $o0 (block ${label} (result (ref null $S0)) (try_table (catch $t ${label}) ${inner} ${thrown}) (local.get $p0)))`
            : `(block ${label} (try_table (catch_all ${label}) ${inner} ${thrown}))`;
        }
        return `(local.set $i (i32.and ${this.integer()} (i32.const 3)))`;
      default:
        return `(local.set $i (i32.const ${random.below(4)}))`;
    }
  }

  /** The body of an exported function; what its locals begin with is made first. */
  text(name: string): string {
    const { random } = this;
    let text = `(func $${name} (export "${name}") (type $f) (param $i i32) (param $x i32) (param $depth i32) (result i32)
(local $j i32) (local $n i32) (local $m i32) (local $y i64) (local $z f64) (local $w anyref) (local $fuel i32)
${STRUCTS.map((s) => `(local $o${s.slice(2)} (ref null ${s})) (local $p${s.slice(2)} (ref null ${s}))`).join(' ')}
${['S', 'I', 'B', 'L', 'F', 'D', 'N', 'T', 'A'].map((a) => `(local $a${a} (ref null $A${a})) (local $b${a} (ref null $A${a}))`).join(' ')}
(local.set $depth (i32.and (local.get $depth) (i32.const 3)))
(local.set $fuel (i32.const ${random.pick([3, 9, 20])}))\n`;
    text += '(local.set $aS (array.new_default $AS (i32.const 8)))\n';
    text += `(local.set $o0 ${this.made('$S0')}) (struct.set $S0 $r (local.get $o0) (local.get $o0)) (local.set $p0 ${this.made(random.pick(STRUCTS))})\n`;
    for (const s of STRUCTS.slice(1)) {
      text += `(local.set $o${s.slice(2)} ${this.made(s)})\n`;
      if (!this.chance(15))
        text += `(local.set $p${s.slice(2)} ${this.made(random.pick(SUBTYPES[s]!))})\n`;
    }
    const items = (): string =>
      random.pick([
        '(local.get $o0)',
        '(local.get $o1)',
        '(local.get $o2)',
        '(local.get $o3)',
        '(local.get $p0)',
      ]);
    const eight = Array.from({ length: 8 }, items).join(' ');
    text += `(array.copy $AS $AS (local.get $aS) (i32.const 0) (array.new_fixed $AS 8 ${eight}) (i32.const 0) (i32.const 4)) (local.set $bS ${this.chance(7) ? '(global.get $shared)' : this.chance(2) ? '(local.get $aS)' : `(array.new_fixed $AS 8 ${eight})`})
(local.set $aN (array.new $AN (ref.as_non_null ${items()}) (i32.const 8)))
(local.set $aT (array.new $AT (local.get $o1) (i32.const 8)))
(local.set $aA (array.new_fixed $AA 6 ${items()} (ref.i31 (local.get $x)) (ref.null any) ${items()} ${items()} (local.get $o0)))\n`;
    for (const [type, zero] of [
      ['I', '(i32.const 5)'],
      ['B', '(i32.const 200)'],
      ['L', '(i64.const -7)'],
      ['F', '(f32.const 1.5)'],
      ['D', '(f64.const nan:0x4000000000001)'],
    ])
      text += `(local.set $a${type} (array.new $A${type} ${zero} (i32.const ${random.pick([8, 8, 8, 3, 5, 20])}))) (local.set $b${type} (local.get $a${type}))\n`;
    for (const a of ['N', 'T', 'A']) text += `(local.set $b${a} (local.get $a${a}))\n`;
    while (this.budget > 0) text += this.statements(6);
    return `${text}(i32.add (i32.add (local.get $x) (i32.mul (local.get $i) (i32.const 7))) (i32.add (i32.wrap_i64 (i64.add (local.get $y) (i64.reinterpret_f64 (local.get $z))))
  (i32.add (call $sum (local.get $o0) (local.get $aS)) (i32.add (local.get $j) (i32.mul (local.get $n) (i32.const 3)))))))`;
  }
}

/** Functions that change what they are given. */
const CHANGES = `
(func $g0 (type $g) (param $o (ref null $S0)) (param $a (ref null $AS)) (param $i i32) (result (ref null $S0))
 (if (i32.lt_u (local.get $i) (array.len (local.get $a))) (then (array.set $AS (local.get $a) (local.get $i) (local.get $o))))
 (if (ref.is_null (local.get $o)) (then (return (ref.null $S0))))
 (struct.set $S0 $x (local.get $o) (i32.add (struct.get $S0 $x (local.get $o)) (i32.const 1)))
 (local.get $o))
(func $g1 (type $g) (param $o (ref null $S0)) (param $a (ref null $AS)) (param $i i32) (result (ref null $S0))
 (array.fill $AS (local.get $a) (i32.const 0) (local.get $o) (i32.const 1))
 (struct.get $S0 $r (local.get $o)))
(func $sum (param $o (ref null $S0)) (param $a (ref null $AS)) (result i32) (local $i i32) (local $x i32)
 (if (ref.is_null (local.get $a)) (then (return (i32.const 77))))
 (block $out (loop $l
  (br_if $out (i32.ge_u (local.get $i) (array.len (local.get $a))))
  (local.set $x (i32.mul (local.get $x) (i32.const 31)))
  (if (i32.eqz (ref.is_null (array.get $AS (local.get $a) (local.get $i)))) (then
   (local.set $x (i32.add (local.get $x) (struct.get $S0 $x (array.get $AS (local.get $a) (local.get $i)))))))
  (local.set $i (i32.add (local.get $i) (i32.const 1)))
  (br $l)))
 (if (result i32) (ref.is_null (local.get $o)) (then (local.get $x))
  (else (i32.xor (local.get $x) (struct.get $S0 $x (local.get $o))))))`;

/** The module of a seed. @param features what hosts know: `exceptions` */
export function objectShapes(random: Random, features: readonly string[]): string {
  const exceptions = features.includes('exceptions') && random.below(2) === 0;
  const funcs = 1 + random.below(3);
  const bodies = Array.from({ length: funcs }, (_, i) =>
    new Body(random, exceptions, funcs).text(`f${i}`),
  );
  return `(module ${TYPES}
${exceptions ? '(tag $t (param (ref null $S0)))' : ''}
(global $shared (ref null $AS) (array.new_default $AS (i32.const 8)))
(global $h (mut (ref null $g)) (ref.func $g${random.below(2)}))
(elem declare func $g0 $g1)
${CHANGES}
${bodies.join('\n')})`;
}
