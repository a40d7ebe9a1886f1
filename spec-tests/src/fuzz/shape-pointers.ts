/**
 * Modules about pointers, as text: locals and a global that are addresses in loops, stepped, copied, masked, chosen, read
 * from memory, given and handed on; accesses of all sizes through them, with more or less true hints. What passes over
 * pointers, indices and alignments takes for granted is what these modules are made to break.
 */
import type { Random } from '../mutate/random.js';
import { LOADS, ShapeBody, STORES } from './shape-body.js';

type NumberType = keyof typeof LOADS;
const TYPES: readonly NumberType[] = ['i32', 'i32', 'i32', 'i32', 'i64', 'f32', 'f64'];

const STEPS = [
  1, 2, 4, 4, 4, 8, 8, 12, 16, 3, -4, -4, -8, -1, 32, 1024, 4096, -4096, 65532, -65536,
];
const ADDRESSES = [
  0, 4, 8, 16, 64, 100, 1024, 65520, 65532, 65535, -4, -8, -16, 65536, 3, 2147483644, -2147483648,
];
/** The same where accesses are to be in bounds mostly. */
const SHORT_STEPS = [1, 2, 4, 4, 4, 4, 8, 8, 12, 16, 3, -4, -4, -8, -1, 32];
const NEAR_ADDRESSES = [512, 1024, 2048, 3000, 4096, 4096, 3, 1023];
const NEAR_OFFSETS = [0, 0, 0, 0, 4, 8, 12, 1, 2, 16, 64];
const MASKS = [-4, -8, -16, 0xfffc, 0xfff8, 0xff, 0x3ff0, 0xffff, 0x7ffc];
const OFFSETS = [0, 0, 0, 0, 4, 8, 12, 1, 2, 16, 64, 1020, 4096, 65536];

/** The kind of a module. */
interface Shape {
  /** Addresses of the first memory have 64 bits. */
  wide: boolean;
  /** Threads share the first memory. */
  shared: boolean;
  memories: number;
  tailCalls: boolean;
  exceptions: boolean;
  /** Addresses are near each other: few accesses trap. */
  gentle: boolean;
  /** All addresses are in bounds, and hints are true: what code without checks asks for. */
  tame: boolean;
  funcs: number;
}

class Body extends ShapeBody {
  constructor(
    random: Random,
    private readonly shape: Shape,
    private readonly self: number,
  ) {
    super(random, 26);
  }

  /** A local that holds addresses. */
  private pointer(): string {
    return this.random.pick(['$p', '$q', '$r', '$s', '$a']);
  }

  private word(): string {
    return this.random.pick(['$x', '$i', '$b', '$x']);
  }

  /** An address: of 32 bits, or as wide as the memory's are. */
  private address(memory: number): string {
    const { random, shape } = this;
    let found: string;
    const p = `(local.get ${this.pointer()})`;
    const count = `(i32.and (local.get ${this.word()}) (i32.const 31))`;
    const index = `(i32.shl ${shape.gentle ? count : `(local.get ${this.word()})`} (i32.const ${random.pick([2, 2, 3, 1, 0, 4])}))`;
    switch (random.below(9)) {
      case 0:
        found = `(i32.add ${p} (i32.const ${random.pick(this.shape.gentle ? SHORT_STEPS : STEPS)}))`;
        break;
      case 1:
        found = `(i32.add ${p} ${index})`;
        break;
      case 2:
        found = `(i32.add ${index} ${p})`;
        break;
      case 3:
        found = `(i32.and ${p} (i32.const ${random.pick(MASKS)}))`;
        break;
      default:
        found = p;
    }
    if (shape.tame) found = `(i32.and ${found} (i32.const 0x7ff8))`;
    return shape.wide && memory === 0
      ? `(i64.extend_i32_${random.pick(['s', 'u', 'u'])} ${found})`
      : found;
  }

  private access(name: string, size: number): [memory: string, rest: string, memory_: number] {
    const { random, shape } = this;
    const memory = shape.memories > 1 && this.chance(3) ? 1 : 0;
    const offset = shape.tame
      ? random.pick([0, 8, 16])
      : random.pick(shape.gentle ? NEAR_OFFSETS : OFFSETS);
    const align = shape.tame ? size : random.pick([size, size, size, size, 1]);
    const text = `${name} ${memory ? '$m1 ' : ''}offset=${offset} align=${align}`;
    return [text, this.address(memory), memory];
  }

  private load(type: NumberType): string {
    const [name, size] = this.random.pick<readonly [string, number]>(LOADS[type]);
    const [text, address] = this.access(`${type}.${name}`, size);
    return `(${text} ${address})`;
  }

  private store(): string {
    const type = this.random.pick(TYPES);
    const [name, size] = this.random.pick<readonly [string, number]>(STORES[type]);
    const [text, address] = this.access(`${type}.${name}`, size);
    return `(${text} ${address} ${this.value(type)})`;
  }

  /** A value for an access: often what another has read. Floats are moved only, since what arithmetic makes of a NaN is open. */
  private value(type: NumberType): string {
    switch (type) {
      case 'i32':
        return this.integer(2);
      case 'i64':
        return this.chance(2)
          ? this.load('i64')
          : this.random.pick([
              `(i64.add (local.get $y) ${this.chance(2) ? this.load('i64') : '(i64.const -1)'})`,
              `(i64.or (i64.shl (local.get $y) (i64.const 32)) (i64.extend_i32_u ${this.integer(1)}))`,
              `(i64.sub (local.get $y) (i64.extend_i32_s ${this.integer(1)}))`,
              '(local.get $y)',
            ]);
      case 'f32':
        return this.chance(2) ? this.load('f32') : `(f32.convert_i32_s ${this.integer(1)})`;
      default:
        return this.chance(2) ? this.load('f64') : `(f64.convert_i32_s ${this.integer(1)})`;
    }
  }

  private integer(depth: number): string {
    const { random } = this;
    const inner = (): string => this.integer(depth - 1);
    switch (random.below(depth > 0 ? 11 : 4)) {
      case 0:
        return `(i32.const ${random.pick([0, 1, 2, 3, 7, -1, 255, 4, 16])})`;
      case 1:
      case 2:
        return `(local.get ${this.word()})`;
      case 3:
        return `(local.get ${this.pointer()})`;
      case 4:
      case 5:
        return this.load('i32');
      case 6:
        return `(i32.${random.pick(['add', 'sub', 'xor', 'and', 'or', 'mul'])} ${inner()} ${inner()})`;
      case 7:
        return `(i32.${random.pick(['shr_u', 'shl', 'shr_s'])} ${inner()} (i32.const ${random.below(9)}))`;
      case 8:
        return `(i32.wrap_i64 ${random.pick(['(local.get $y)', '(i64.shr_u (local.get $y) (i64.const 32))'])})`;
      case 9:
        return `(i32.${random.pick(['lt_u', 'lt_s', 'eq', 'ne', 'ge_u', 'gt_s'])} ${inner()} ${inner()})`;
      default:
        return `(i32.add ${inner()} (i32.const ${random.below(20)}))`;
    }
  }

  /** A value for a pointer. */
  private target(): string {
    const { random, shape } = this;
    const p = `(local.get ${this.pointer()})`;
    const step = `(i32.const ${random.pick(this.shape.gentle ? SHORT_STEPS : STEPS)})`;
    switch (random.below(17)) {
      case 0:
      case 1:
        return `(i32.add ${p} ${step})`;
      case 2:
        return `(i32.sub ${p} ${step})`;
      case 3:
        return p;
      case 4:
        return `(i32.const ${random.pick(this.shape.gentle ? NEAR_ADDRESSES : ADDRESSES)})`;
      case 5:
        return `(i32.and ${p} (i32.const ${random.pick(MASKS)}))`;
      case 6:
        return `(i32.add ${p} (i32.shl (i32.and (local.get ${this.word()}) (i32.const ${shape.gentle ? 15 : -1})) (i32.const ${random.pick([1, 2, 3, 4])})))`;
      case 7:
        return `(select ${p} ${this.target()} ${this.condition()})`;
      case 8:
        return shape.gentle ? `(i32.and ${this.load('i32')} (i32.const 0xffc))` : this.load('i32');
      case 9:
        return '(global.get $sp)';
      case 10:
        return `(i32.sub (global.get $sp) (i32.const ${random.pick([16, 32, 208, 8, 4])}))`;
      case 11:
        return `(i32.shl (i32.and (local.get ${this.word()}) (i32.const 255)) (i32.const ${random.pick([2, 3])}))`;
      case 12:
        return `(i32.or ${p} (i32.const ${random.pick([1, 2, 4, 8])}))`;
      case 13:
        return `(i32.and (i32.mul ${p} (i32.const ${random.pick([4, 3, 8])})) (i32.const ${random.pick([-1, 0x3fff])}))`;
      case 14:
        return `(if (result i32) ${this.condition()} (then ${this.target()}) (else ${this.target()}))`;
      case 15:
        return `(local.tee ${this.pointer()} ${this.target()})`;
      default:
        return `(i32.and ${this.integer(1)} (i32.const ${random.pick([0xfffc, 0xfff8, 0x3fff, 0x3ffc])}))`;
    }
  }

  private condition(): string {
    const { random } = this;
    const other = this.chance(2)
      ? `(local.get ${this.pointer()})`
      : `(i32.const ${random.pick(this.shape.gentle ? NEAR_ADDRESSES : ADDRESSES)})`;
    return random.pick([
      `(i32.${random.pick(['lt_u', 'lt_s', 'eq', 'ne', 'gt_u', 'le_s'])} (local.get ${this.pointer()}) ${other})`,
      `(i32.and (local.get ${this.word()}) (i32.const ${random.pick([1, 2, 4])}))`,
      `(local.get ${this.word()})`,
      `(i32.eqz ${this.load('i32')})`,
    ]);
  }

  /** A loop that ends: each way back takes of the fuel. */
  private loop(): string {
    const label = this.label();
    const out = this.label();
    const back = (): string => `(br_if ${label} ${this.fuel()})`;
    const body = this.inside(out, false, () => this.inside(label, true, () => this.statements(6)));
    const round = this.random.pick([
      `(br_if ${out} ${this.condition()}) ${back()}`,
      back(),
      `(local.set $p (i32.add (local.get $p) (i32.const ${this.random.pick([4, 8, 1])}))) ${back()}`,
      `(if ${this.condition()} (then ${back()}))`,
    ]);
    return `(block ${out} (loop ${label} ${body} ${round}))`;
  }

  private branch(): string {
    const { random, open } = this;
    if (open.length === 0) return '(nop)';
    const target = random.pick(open);
    const where = target.loop ? `(i32.and ${this.fuel()} ${this.condition()})` : this.condition();
    if (this.chance(3)) {
      const exits = open.filter(({ loop }) => !loop).map(({ label }) => label);
      if (exits.length > 0)
        return `(if ${this.condition()} (then (br_table ${random.pick(exits)} ${random.pick(exits)} ${random.pick(exits)} ${this.integer(0)})))`;
    }
    return `(br_if ${target.label} ${where})`;
  }

  protected statement(): string {
    const { random, shape } = this;
    this.budget--;
    switch (random.below(24)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return `(local.set ${this.pointer()} ${this.target()})`;
      case 4:
      case 5:
      case 6:
      case 7:
        return this.store();
      case 8:
      case 9:
        return `(local.set ${this.word()} ${this.integer(2)})`;
      case 10:
        return `(local.set $y ${this.value('i64')})`;
      case 11:
      case 12:
      case 13:
        return this.loop();
      case 14:
      case 15:
        return `(if ${this.condition()} (then ${this.statements(3)}) ${this.chance(2) ? `(else ${this.statements(3)})` : ''})`;
      case 16:
      case 17:
        return this.branch();
      case 18: {
        const label = this.label();
        return `(block ${label} ${this.inside(label, false, () => this.statements(4))})`;
      }
      case 19: {
        const fell = this.chance(4)
          ? this.integer(0)
          : `(i32.const ${random.pick([16, 32, 48, 208])})`;
        return random.pick([
          `(global.set $sp (local.tee $s (i32.sub (global.get $sp) ${fell})))`,
          `(global.set $sp (i32.add (global.get $sp) ${fell}))`,
          `(global.set $sp (i32.and (i32.sub (global.get $sp) (local.get $x)) (i32.const -16)))`,
          '(global.set $sp (local.get $s))',
        ]);
      }
      case 20:
        return this.chance(3)
          ? shape.wide
            ? '(if (i64.lt_u (memory.size) (i64.const 4)) (then (drop (memory.grow (i64.const 1)))))'
            : '(if (i32.lt_u (memory.size) (i32.const 4)) (then (drop (memory.grow (i32.const 1)))))'
          : '(local.set $a (local.get $p))';
      case 21:
      case 22:
        return this.call();
      default:
        if (shape.exceptions && this.chance(2)) {
          const label = this.label();
          const inner = this.inside(label, false, () => this.statements(4));
          return `(block ${label} (try_table (catch_all ${label}) ${inner} ${this.chance(2) ? `(if ${this.condition()} (then (throw $t)))` : ''}))`;
        }
        return this.chance(5)
          ? `(if ${this.condition()} (then (return (local.get $x))))`
          : this.chance(9)
            ? `(if ${this.condition()} (then (unreachable) ${this.statements(2)}))`
            : `(local.set $p ${this.target()})`;
    }
  }

  private call(): string {
    const { random, shape } = this;
    const callee = random.below(shape.funcs);
    const args = `(local.get ${this.pointer()}) ${this.integer(1)} (i32.sub (local.get $depth) (i32.const 1))`;
    const made = (what: string): string =>
      `(if (i32.gt_s (local.get $depth) (i32.const 0)) (then ${what}))`;
    if (shape.tailCalls && this.chance(3))
      return made(
        `(if ${this.condition()} (then (return_call $f${this.chance(2) ? this.self : callee} ${args})))`,
      );
    if (this.chance(4))
      return made(
        `(local.set ${this.word()} (call_indirect (type $f) ${args} (i32.const ${callee})))`,
      );
    return made(`(local.set ${random.pick(['$x', '$p', '$q', '$i'])} (call $f${callee} ${args}))`);
  }

  text(): string {
    const { random } = this;
    let text = `(func $f${this.self} (export "f${this.self}") (type $f) (param $a i32) (param $b i32) (param $depth i32) (result i32)
(local $p i32) (local $q i32) (local $r i32) (local $s i32) (local $x i32) (local $i i32) (local $y i64) (local $fuel i32)
(local.set $depth (i32.and (local.get $depth) (i32.const 3)))
(local.set $fuel (i32.const ${random.pick([3, 9, 20, 40])}))\n`;
    if (this.shape.gentle) {
      text +=
        '(local.set $a (i32.add (i32.const 512) (i32.and (local.get $a) (i32.const 0x3ffc))))\n';
      for (const p of ['$q', '$r', '$s'])
        text += `(local.set ${p} (i32.const ${random.pick([1024, 2048, 512, 8192])}))\n`;
    }
    if (this.chance(2) || this.shape.gentle) text += '(local.set $p (local.get $a))\n';
    if (this.chance(3)) text += `(local.set $q (i32.const ${random.pick([64, 1024, 65532])}))\n`;
    if (this.chance(3))
      text += '(global.set $sp (local.tee $s (i32.sub (global.get $sp) (i32.const 32))))\n';
    while (this.budget > 0) text += this.statements(5);
    return `${text}(i32.xor (i32.add (local.get $x) (i32.mul (local.get $p) (i32.const 31))) (i32.add (i32.add (local.get $q) (local.get $r)) (i32.add (local.get $s) (i32.wrap_i64 (local.get $y))))))`;
  }
}

/**
 * The module of a seed.
 * @param features what hosts know beyond 2.0 and tail calls: `memory64`, `exceptions`, `multi-memory`, `threads`
 * @param tame are all addresses in bounds, and hints true? Code without checks asks for that
 */
export function pointerShapes(random: Random, features: readonly string[], tame = false): string {
  const shape: Shape = {
    wide: features.includes('memory64') && random.below(5) === 0,
    shared: features.includes('threads') && random.below(5) === 0,
    memories: features.includes('multi-memory') && random.below(4) === 0 ? 2 : 1,
    tailCalls: random.below(2) === 0,
    exceptions: features.includes('exceptions') && random.below(3) === 0,
    tame,
    gentle: random.below(4) > 0,
    funcs: 1 + random.below(4),
  };
  const bodies = Array.from({ length: shape.funcs }, (_, i) => new Body(random, shape, i).text());
  const first = random.pick(
    shape.gentle
      ? ['32768', '32768', '16384', '32770', '32776']
      : ['2048', '1024', '65536', '65528', '3', '2050', '0'],
  );
  const limits = shape.shared ? '1 4 shared' : random.pick(['1', '1', '1 2', '2 3', '1 65536']);
  const visible = random.below(5) === 0 ? ' (export "sp")' : '';
  const data = Array.from(
    { length: 160 },
    () => `\\${random.below(256).toString(16).padStart(2, '0')}`,
  );
  const at = shape.wide ? 'i64.const' : 'i32.const';
  return `(module (type $f (func (param i32 i32 i32) (result i32)))
(memory $m0 (export "memory") ${shape.wide ? 'i64 ' : ''}${limits})
${shape.memories > 1 ? '(memory $m1 (export "other") 1)' : ''}
${shape.exceptions ? '(tag $t)' : ''}
(global $sp${visible} (mut i32) (i32.const ${first}))
(table funcref (elem ${bodies.map((_, i) => `$f${i}`).join(' ')}))
(data (${at} 0) "${data.join('')}") (data (${at} 65500) "${data.slice(0, 36).join('')}")
${bodies.join('\n')})`;
}
