/**
 * Modules about values, as text: functions that call nothing and calculate with integers of both sizes, in expressions that
 * assign, branch, choose and hold blocks with results, around loads, stores and globals. Made to break what shares
 * variables, joins conditions and selects, drops what is not wanted, splits functions and works on whole words.
 */
import type { Random } from '../mutate/random.js';
import { LOADS, ShapeBody, STORES } from './shape-body.js';

type Type = 'i32' | 'i64';

const CONSTANTS: Record<Type, readonly string[]> = {
  i32: '0 1 -1 31 32 33 65535 65528 0x7fffffff -0x80000000 255 7'.split(' '),
  i64: '0 1 -1 63 64 65 31 32 0x80000000 0xffffffff 0x7fffffffffffffff -0x8000000000000000 0x9e3779b97f4a7c15 255 -129'.split(
    ' ',
  ),
};
const COMPARISONS = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'.split(' ');
const OPERATORS = 'add sub mul and or xor shl shr_s shr_u rotl rotr'.split(' ');
const UNARY: Record<Type, readonly string[]> = {
  i32: ['clz', 'ctz', 'popcnt', 'eqz', 'extend8_s', 'extend16_s'],
  i64: ['clz', 'ctz', 'popcnt', 'extend8_s', 'extend16_s', 'extend32_s'],
};
const OFFSETS = [0, 0, 0, 1, 7, 65530, 4294967290];

class Body extends ShapeBody {
  private readonly types: Type[];
  private readonly params: Type[];
  private readonly result: Type;
  /** What labels take. */
  private readonly taken = new Map<string, Type>();

  /** @param tame are all addresses in bounds, and hints true? */
  constructor(
    random: Random,
    private readonly name: string,
    private readonly tame: boolean,
  ) {
    super(random, 60 + random.below(120));
    const some = (n: number): Type[] => Array.from({ length: n }, () => this.type());
    this.params = some(random.below(4));
    this.types = [...this.params, ...some(1 + random.below(5))];
    this.result = this.type();
  }

  private type(): Type {
    return this.random.pick(['i32', 'i64', 'i64']);
  }

  /** A local of a type, if there is one. */
  private local(type: Type): number | undefined {
    const found = this.types.flatMap((has, i) => (has === type ? [i] : []));
    return found.length > 0 ? this.random.pick(found) : undefined;
  }

  private leaf(type: Type): string {
    const local = this.chance(4) ? undefined : this.local(type);
    if (local !== undefined) return `(local.get ${local})`;
    return `(${type}.const ${this.random.pick(CONSTANTS[type])})`;
  }

  private address(depth: number): string {
    if (this.tame) return `(i32.and ${this.value('i32', depth)} (i32.const 0x7ff8))`;
    if (this.chance(5)) return this.value('i32', depth);
    const mask = this.random.pick([255, 0xffff, 65528]);
    return `(i32.and ${this.value('i32', depth)} (i32.const ${mask}))`;
  }

  private access(type: Type, kinds: typeof LOADS | typeof STORES, depth: number): string {
    const [name, size] = this.random.pick<readonly [string, number]>(kinds[type]);
    const offset = this.random.pick(this.tame ? [0, 8, 16] : OFFSETS);
    return `${type}.${name} offset=${offset} align=${size} ${this.address(depth)}`;
  }

  /** A block with a result; what is inside may branch to it. */
  private block(type: Type, depth: number): string {
    const label = this.label();
    this.taken.set(label, type);
    const inner = (): string =>
      this.inside(label, false, () => `${this.statements(3)} ${this.value(type, depth)}`);
    if (this.chance(2)) return `(block ${label} (result ${type}) ${inner()})`;
    const test = this.value('i32', depth);
    return `(if ${label} (result ${type}) ${test} (then ${inner()}) (else ${inner()}))`;
  }

  /** An expression of at most this depth. */
  private value(type: Type, deep: number): string {
    this.budget--;
    if (deep <= 0 || this.budget < 0) return this.leaf(type);
    const { random } = this;
    const depth = deep - 1;
    const of = (what: Type): string => this.value(what, depth);
    switch (random.below(20)) {
      case 0:
        return this.leaf(type);
      case 1:
      case 2: {
        const local = this.local(type);
        return local === undefined ? this.leaf(type) : `(local.tee ${local} ${of(type)})`;
      }
      case 3:
        return this.block(type, depth);
      case 4:
        return `(loop (result ${type}) ${this.loop()} ${of(type)})`;
      case 5:
      case 6:
        return `(select ${of(type)} ${of(type)} ${of('i32')})`;
      case 7: {
        const to = this.open.filter(({ label }) => this.taken.get(label) === type);
        if (to.length === 0) return this.leaf(type);
        return `(br_if ${random.pick(to).label} ${of(type)} ${of('i32')})`;
      }
      case 8:
        return `(${this.access(type, LOADS, depth)})`;
      case 9:
        return type === 'i32'
          ? `(i32.wrap_i64 ${of('i64')})`
          : `(i64.extend_i32_${random.pick(['s', 'u'])} ${of('i32')})`;
      case 10:
        return `(${type}.${random.pick(UNARY[type])} ${of(type)})`;
      case 11:
        return type === 'i32' ? '(global.get $g)' : '(global.get $w)';
      case 12:
        if (type === 'i32') return `(i64.eqz ${of('i64')})`;
        return `(i64.${random.pick(OPERATORS)} ${of(type)} ${of(type)})`;
      case 13:
      case 14:
      case 15: {
        if (type === 'i64') return `(i64.${random.pick(OPERATORS)} ${of(type)} ${of(type)})`;
        const compared = this.type();
        return `(${compared}.${random.pick(COMPARISONS)} ${of(compared)} ${of(compared)})`;
      }
      default:
        return `(${type}.${random.pick(OPERATORS)} ${of(type)} ${of(type)})`;
    }
  }

  /** A loop that ends: each way back takes of the fuel. */
  private loop(): string {
    const label = this.label();
    const body = this.inside(label, true, () => this.statements(4));
    const round = `(br_if ${label} (i32.and ${this.fuel()} ${this.value('i32', 2)}))`;
    return `(loop ${label} ${body} ${round})`;
  }

  private branch(): string {
    const { random, open } = this;
    if (open.length === 0) return '(nop)';
    const { label, loop } = random.pick(open);
    const taken = this.taken.get(label);
    const test = this.value('i32', 2);
    if (loop) return `(br_if ${label} (i32.and ${this.fuel()} ${test}))`;
    if (taken !== undefined) {
      const value = this.value(taken, 2);
      return this.chance(2)
        ? `(drop (br_if ${label} ${value} ${test}))`
        : `(if ${test} (then (br ${label} ${value})))`;
    }
    return this.chance(2) ? `(br_if ${label} ${test})` : `(if ${test} (then (br ${label})))`;
  }

  protected statement(): string {
    const { random } = this;
    const depth = 1 + random.below(4);
    this.budget--;
    switch (random.below(18)) {
      case 0: {
        const type = this.type();
        return `(${this.access(type, STORES, depth)} ${this.value(type, depth)})`;
      }
      case 1: {
        const type = this.type();
        return `(global.set ${type === 'i32' ? '$g' : '$w'} ${this.value(type, depth)})`;
      }
      case 2: {
        const label = this.label();
        return `(block ${label} ${this.inside(label, false, () => this.statements(4))})`;
      }
      case 3:
      case 4:
        return this.loop();
      case 5:
      case 6: {
        const arm = (): string => this.statements(3);
        const otherwise = this.chance(2) ? `(else ${arm()})` : '';
        return `(if ${this.value('i32', depth)} (then ${arm()}) ${otherwise})`;
      }
      case 7:
      case 8:
        return this.branch();
      case 9:
        return `(drop ${this.value(this.type(), depth)})`;
      case 10:
        if (this.chance(3)) return `(if ${this.value('i32', depth)} (then (unreachable)))`;
        return `(if ${this.value('i32', depth)} (then (return ${this.value(this.result, depth)})))`;
      default: {
        const local = random.below(this.types.length);
        return `(local.set ${local} ${this.value(this.types[local]!, depth)})`;
      }
    }
  }

  text(): string {
    const { params, types, result, name } = this;
    const declared = (what: string, list: readonly Type[]): string =>
      list.map((type) => `(${what} ${type})`).join(' ');
    let text = '';
    while (this.budget > 0) text += this.statements(5);
    return `(func (export "${name}") ${declared('param', params)} (result ${result})
${declared('local', types.slice(params.length))} (local $fuel i32)
(local.set $fuel (i32.const ${this.random.pick([3, 9, 20, 40])}))
${text}${this.value(result, 3)})`;
  }
}

/**
 * The module of a seed.
 * @param tame are all addresses in bounds, and hints true? Code without checks asks for that
 */
export function wordShapes(random: Random, tame = false): string {
  const most = random.pick(['', '4']);
  const bodies = Array.from({ length: 6 }, (_, i) => new Body(random, `f${i}`, tame).text());
  return `(module (memory (export "m") 1 ${most})
(data (i32.const 0) "\\01\\ff\\80\\7f\\34\\12\\fe\\dc\\ba\\98\\76\\54\\32\\10\\00\\80")
(data (i32.const 65520) "\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\01\\02\\03\\04\\05\\06\\07\\80")
(global $g (export "g") (mut i32) (i32.const 11)) (global $w (export "w") (mut i64) (i64.const -11))
${bodies.join('\n')})`;
}
