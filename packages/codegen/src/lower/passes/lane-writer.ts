/**
 * Makes the expressions of operations on lanes, each word and each lane in the form that it is asked for, from operands
 * that are kept in whatever form (`lane-forms.ts` chooses). Of two ways to make a word the shorter one is taken. What
 * is made has no operation on lanes any more.
 */
import { disjoint, type Field, masked, slice, wordOfFields } from '../ir/bit-fields.js';
import { constant, isAtom, rebuild, shrU } from '../ir/int.js';
import { get, I, Node, Op, type Stmt, setStmt, someOperand, Variable } from '../ir/ir.js';
import {
  fitsSigned,
  fitsUnsigned,
  GREATEST,
  joinLanes,
  type LaneNumber,
  LEAST,
  laneNumber,
  laneOfLoad,
  signedLane,
  unsignedLane,
} from '../ir/lane-numbers.js';
import { type LaneAccess, laneOperation, pickOf } from '../ir/lane-operations.js';
import { andMask } from '../ir/swar.js';

/** What the module's context gives. */
export interface LaneSupport {
  helper(name: string): string;
  nibbleTable(words: readonly number[]): string;
  byteTable(bytes: readonly number[]): string;
}

/** The forms: as a word, two halves, four bytes; bits of a lane. */
export type Form = 32 | 16 | 8;
export interface Bounds {
  readonly low: number;
  readonly high: number;
}
export const UNKNOWN: Bounds = { low: LEAST, high: GREATEST };

export const isBitwise = (op: Op): boolean => op === Op.And || op === Op.Or || op === Op.Xor;
export const isMoving = (node: Node): boolean =>
  isBitwise(node.op) || ((node.op === Op.Shl || node.op === Op.ShrU) && node.b!.op === Op.Const);
const isWordLoad = (node: Node): boolean =>
  node.op === Op.Load && node.name === 'getInt32' && isAtom(node.a!);

/** So many operations are evaluated for an expression. */
export function cost(node: Node): number {
  if (isAtom(node) || node.op === Op.Name) return 0;
  let sum = node.op === Op.Helper ? 6 : node.op === Op.Select ? 2 : 1;
  if (node.a !== null) sum += cost(node.a);
  if (node.b !== null) sum += cost(node.b);
  if (node.c !== null) sum += cost(node.c);
  if (node.list !== null) for (const part of node.list) sum += cost(part);
  return sum;
}

const NONE: ReadonlyMap<Node, Node> = new Map();
/** What a map holds now; most hold nothing. */
const copyOf = (map: ReadonlyMap<Node, Node>): ReadonlyMap<Node, Node> =>
  map.size === 0 ? NONE : new Map(map);

export abstract class LaneWriter implements LaneAccess {
  /** Bounds of the lanes of variables as numbers, by width. */
  protected readonly bounds = {
    8: new Map<Variable, Bounds[]>(),
    16: new Map<Variable, Bounds[]>(),
  };
  /** Bounds of what variables hold that lanes are kept in. */
  protected readonly numbers = new Map<Variable, Bounds>();
  protected readonly parts = new Map<Variable, Variable[]>();
  private readonly tries = {
    8: new Map<Variable, Variable[]>(),
    16: new Map<Variable, Variable[]>(),
  };
  /** What `keep` has put into variables for the present statement. */
  protected out: Stmt[] = [];
  protected readonly kept = new Map<Node, Node>();
  protected count = 0;
  /** Are statements only tried? */
  protected dry = true;
  /** Are bounds being looked for? Then what is not known of a word is not known of its lanes in any form. */
  protected finding = true;

  constructor(
    protected readonly variables: Variable[],
    protected readonly support: LaneSupport,
  ) {}

  /** The form of a variable that has one. */
  protected abstract formOf(v: Variable): Form | undefined;

  protected boundsOf(v: Variable, bits: 8 | 16, i: number): Bounds {
    return this.bounds[bits].get(v)?.[i] ?? UNKNOWN;
  }

  protected partsOf(v: Variable, form: 8 | 16): Variable[] {
    // What is tried goes back and forth between forms.
    const known = this.dry ? this.tries[form] : this.parts;
    let parts = known.get(v);
    if (parts === undefined || parts.length !== 32 / form) {
      parts = Array.from({ length: 32 / form }, (_, i) => {
        const part = new Variable(`${v.name}l${i}`, I, v.stable, v.zeroed);
        part.composite = v.composite;
        if (!this.dry) this.variables.push(part);
        this.numbers.set(part, this.boundsOf(v, form, i));
        return part;
      });
      known.set(v, parts);
    }
    return parts;
  }

  helper(name: string): string {
    return this.dry ? name : this.support.helper(name);
  }

  nibbleTable(words: readonly number[]): string {
    return this.dry ? '' : this.support.nibbleTable(words);
  }

  readonly keep = (node: Node): Node => {
    if (isAtom(node)) return node;
    const v = new Variable(`y${this.count++}`, I, true, false);
    if (!this.dry) this.variables.push(v);
    this.out.push(setStmt(v, node));
    return get(v);
  };

  readonly hold = (node: Node): Node => {
    const kept = this.keep(node);
    if (kept.v !== null && !this.dry) kept.v.pinned = true;
    return kept;
  };

  /** Does the expression read lanes? */
  private readonly touches = (node: Node): boolean => {
    if (node.op === Op.Lane) return true;
    if (node.op === Op.Get) return this.formOf(node.v!) !== undefined;
    return someOperand(node, this.touches);
  };

  word(node: Node): Node {
    if (!this.touches(node)) return node;
    switch (node.op) {
      case Op.Get:
        return this.wordOf(node);
      case Op.Lane: {
        const operation = laneOperation(node);
        if (operation.bits === 32) return operation.packed(this, node);
        return this.cheaper(
          () => operation.packed(this, node),
          () => {
            const { bits, lane } = operation;
            if (lane === undefined || bits === 32) return undefined;
            const lanes = Array.from({ length: 32 / bits }, (_, i) => lane(this, node, i));
            return joinLanes(lanes, bits);
          },
        );
      }
      case Op.And:
        return this.cheaper(
          () => andMask(this.word(node.a!), this.word(node.b!)),
          () => this.wordOfFields(node),
        );
      case Op.Or:
      case Op.Xor:
      case Op.Shl:
      case Op.ShrU:
        return this.cheaper(
          () => rebuild(node, this.word(node.a!), this.word(node.b!), null),
          () => this.wordOfFields(node),
        );
      default:
        return this.copy(node);
    }
  }

  /** The shorter one of two ways; what the other one has kept is forgotten. */
  private cheaper(first: () => Node, second: () => Node | undefined): Node {
    const { out, dry, count } = this;
    const before = copyOf(this.kept);
    const again = (entries: ReadonlyMap<Node, Node>): void => {
      this.kept.clear();
      for (const [from, to] of entries) this.kept.set(from, to);
    };
    const attempt = (make: () => Node | undefined) => {
      this.out = [];
      const node = make();
      let sum = node === undefined ? Infinity : cost(node);
      for (const { e } of this.out) sum += cost(e!);
      const result = { node, out: this.out, sum, kept: copyOf(this.kept) };
      again(before);
      return result;
    };
    this.dry = true;
    const a = attempt(first);
    const b = attempt(second);
    const best = b.sum < a.sum ? b : a;
    this.dry = dry;
    this.out = out;
    if (dry) {
      this.out.push(...best.out);
      again(best.kept);
      return best.node!;
    }
    this.count = count;
    return (best === b ? second() : first())!;
  }

  /** The same operation on other operands. */
  private copy(node: Node): Node {
    const part = (x: Node | null): Node | null => (x === null ? null : this.word(x));
    const [a, b, c] = [part(node.a), part(node.b), part(node.c)];
    if (node.type === I && node.op < Op.FAdd && node.op !== Op.Const) return rebuild(node, a, b, c);
    const copy = new Node(node.op, node.type, node.fx, a, b, c, node.n);
    copy.v = node.v;
    copy.name = node.name;
    copy.call = node.call;
    copy.m = node.m;
    copy.memory = node.memory;
    copy.mode = node.mode;
    copy.list = node.list === null ? null : node.list.map((x) => this.word(x));
    copy.depth = node.depth;
    copy.at = node.at;
    return copy;
  }

  /** The word that a variable holds. */
  private wordOf(node: Node): Node {
    const form = this.formOf(node.v!) ?? 32;
    if (form === 32) return node;
    const lanes = this.partsOf(node.v!, form).map((part, i) => {
      const { low, high } = this.boundsOf(node.v!, form, i);
      return laneNumber(get(part), low, high);
    });
    return joinLanes(lanes, form);
  }

  lane(node: Node, bits: 8 | 16, i: number): LaneNumber {
    if (node.op === Op.Const) {
      const n = (node.n >>> (i * bits)) & (2 ** bits - 1);
      return laneNumber(constant(n), n, n);
    }
    if (node.op === Op.Get && this.formOf(node.v!) !== undefined)
      return this.laneOfVariable(node, bits, i);
    if (isWordLoad(node) && this.known(node) === undefined) return laneOfLoad(node, bits, i);
    if (node.op === Op.Lane) {
      const operation = laneOperation(node);
      const half = bits === 16 ? movedHalf(node, i) : undefined;
      if (half !== undefined) return this.lane(half.word, 16, half.i);
      if (operation.bits !== 32 && operation.lane !== undefined) {
        if (operation.bits === bits) return operation.lane(this, node, i);
        const lane = (at: number): LaneNumber => operation.lane!(this, node, at);
        return bits === 8 ? byteOf(lane(i >> 1), i & 1) : halfOf(lane(2 * i), lane(2 * i + 1));
      }
    }
    if (isMoving(node)) {
      const fields = this.laneOfFields(node, bits, i);
      if (!isBitwise(node.op)) {
        if (fields !== undefined) return fields;
      } else {
        const [a, b] = [this.lane(node.a!, bits, i), this.lane(node.b!, bits, i)];
        const whole = bitwise(node, a, b, bits);
        return fields !== undefined && cost(fields.node) <= cost(whole.node) ? fields : whole;
      }
    }
    return this.laneOfWord(this.opaque(node), bits, i, UNKNOWN);
  }

  /** A word of which nothing else is known, in a variable. */
  private opaque(node: Node): Node {
    const known = this.known(node);
    if (known !== undefined) return known;
    const word = this.keep(this.word(node));
    this.kept.set(node, word);
    return word;
  }

  private known(node: Node): Node | undefined {
    return this.kept.get(node);
  }

  private laneOfVariable(node: Node, bits: 8 | 16, i: number): LaneNumber {
    const v = node.v!;
    const bounds = this.boundsOf(v, bits, i);
    const form = this.formOf(v) ?? 32;
    if (form === bits) {
      const { low, high } = bounds;
      return laneNumber(get(this.partsOf(v, form)[i]!), low, high);
    }
    if (form === 32) return this.laneOfWord(node, bits, i, bounds);
    const parts = this.partsOf(v, form).map((part, at) => {
      const { low, high } = this.boundsOf(v, form, at);
      return laneNumber(get(part), low, high);
    });
    const lane =
      bits === 8 ? byteOf(parts[i >> 1]!, i & 1) : halfOf(parts[2 * i]!, parts[2 * i + 1]!);
    return within(lane, bits, bounds);
  }

  /** A lane of a word that is an atom. */
  private laneOfWord(word: Node, bits: 8 | 16, i: number, bounds: Bounds): LaneNumber {
    const shifted = shrU(word, constant(i * bits));
    const most = (i + 1) * bits === 32 ? 2 ** bits - 1 : GREATEST;
    const lane = laneNumber(shifted, most === GREATEST ? LEAST : 0, most);
    // While bounds are looked for, what is not known is not known in any form.
    if (bounds === UNKNOWN) return this.finding ? { ...lane, ...UNKNOWN } : lane;
    return within(lane, bits, bounds);
  }

  // Fields.

  /** The bit fields of an expression; undefined where it is none. */
  private fields(node: Node): Field[] | undefined {
    switch (node.op) {
      case Op.Const:
        return [{ node, from: 0, width: 32, at: 0 }];
      case Op.Get: {
        if (node.type !== I) return undefined;
        const form = this.formOf(node.v!) ?? 32;
        if (form === 32) return [{ node, from: 0, width: 32, at: 0 }];
        return this.partsOf(node.v!, form).map((part, i) => {
          const { low, high } = this.boundsOf(node.v!, form, i);
          const width = low >= 0 ? Math.min(form, 32 - Math.clz32(high)) : form;
          return { node: get(part), from: 0, width, at: i * form };
        });
      }
      case Op.And: {
        if (node.b!.op !== Op.Const) return undefined;
        const fields = this.fields(node.a!);
        return fields === undefined ? undefined : masked(fields, node.b!.n);
      }
      case Op.Shl:
      case Op.ShrU: {
        if (node.b!.op !== Op.Const) return undefined;
        const n = node.b!.n & 31;
        const fields = this.fields(node.a!);
        if (fields === undefined) return undefined;
        return node.op === Op.Shl ? slice(fields, 0, 32 - n, n) : slice(fields, n, 32 - n, 0);
      }
      case Op.Or: {
        const [a, b] = [this.fields(node.a!), this.fields(node.b!)];
        return a === undefined || b === undefined ? undefined : disjoint(a, b);
      }
      case Op.Lane: {
        if (node.name !== 'bytes') return undefined;
        const all: Field[] = [];
        for (let to = 0; to < 4; to++) {
          const { word, byte } = pickOf(node, to);
          const fields = this.fields(word);
          if (fields === undefined) return undefined;
          all.push(...slice(fields, 8 * byte, 8, 8 * to));
        }
        return all;
      }
      default:
        return undefined;
    }
  }

  /** The bits that an atom can have. */
  private readonly possible = (node: Node): number => {
    if (node.op === Op.Const) return node.n;
    const bounds = this.numbers.get(node.v!);
    if (bounds === undefined || bounds.low < 0) return -1;
    return bounds.high === 0 ? 0 : (2 ** (32 - Math.clz32(bounds.high)) - 1) | 0;
  };

  private wordOfFields(node: Node): Node | undefined {
    const fields = this.fields(node);
    return fields === undefined ? undefined : wordOfFields(fields, this.possible);
  }

  private laneOfFields(node: Node, bits: 8 | 16, i: number): LaneNumber | undefined {
    const fields = this.fields(node);
    if (fields === undefined) return undefined;
    const own = slice(fields, i * bits, bits, 0);
    const most = own.reduce((end, { at, width }) => Math.max(end, at + width), 0);
    return laneNumber(wordOfFields(own, this.possible), 0, 2 ** most - 1);
  }

  moved(node: Node): Node {
    const from = [0, 1, 2, 3].map((to) => pickOf(node, to));
    if (from.every(({ word, byte }) => word === from[0]!.word && byte === from[0]!.byte)) {
      const lane = unsignedLane(this.lane(from[0]!.word, 8, from[0]!.byte), 8);
      return rebuildMul(lane.node);
    }
    return wordOfFields(this.fields(node)!, this.possible);
  }
}

const rebuildMul = (node: Node): Node =>
  rebuild(
    new Node(Op.Mul, I, node.fx, node, constant(0x01010101), null, 0),
    node,
    constant(0x01010101),
    null,
  );

/** Where a half of moved bytes comes from, if both of its bytes come from one. */
function movedHalf(node: Node, i: number): { word: Node; i: number } | undefined {
  if (node.name !== 'bytes') return undefined;
  const [low, high] = [pickOf(node, 2 * i), pickOf(node, 2 * i + 1)];
  if (low.word !== high.word || low.byte % 2 !== 0 || high.byte !== low.byte + 1) return undefined;
  return { word: low.word, i: low.byte >> 1 };
}

/** A lane that is known to be between bounds, as a number between them. */
function within(lane: LaneNumber, bits: 8 | 16, bounds: Bounds): LaneNumber {
  if (bounds.low <= lane.low && lane.high <= bounds.high) return lane;
  if (fitsUnsigned(bounds, bits)) return { ...unsignedLane(lane, bits), ...bounds };
  if (fitsSigned(bounds, bits)) return { ...signedLane(lane, bits), ...bounds };
  return lane;
}

/** A byte of a half. */
function byteOf(half: LaneNumber, i: number): LaneNumber {
  if (i === 0) return half.low >= 0 && half.high <= 255 ? half : unsignedLane(half, 8);
  const x = fitsUnsigned(half, 16) ? half : unsignedLane(half, 16);
  return laneNumber(shrU(x.node, constant(8)), x.low >> 8, x.high >> 8);
}

/** Two bytes as a half. */
function halfOf(low: LaneNumber, high: LaneNumber): LaneNumber {
  const top = unsignedLane(high, 8);
  return laneNumber(
    joinLanes([low, top, laneNumber(constant(0), 0, 0)], 8),
    0,
    top.high * 256 + 255,
  );
}

/** And, or, exclusive or of two lanes. */
function bitwise(node: Node, a: LaneNumber, b: LaneNumber, bits: 8 | 16): LaneNumber {
  const result = rebuild(node, a.node, b.node, null);
  const fill = (x: number): number => (x === 0 ? 0 : 2 ** (32 - Math.clz32(x)) - 1);
  if (node.op === Op.And && (a.low >= 0 || b.low >= 0)) {
    const most = Math.min(a.low >= 0 ? a.high : GREATEST, b.low >= 0 ? b.high : GREATEST);
    return laneNumber(result, 0, most);
  }
  if (a.low >= 0 && b.low >= 0) return laneNumber(result, 0, fill(Math.max(a.high, b.high)));
  if (fitsSigned(a, bits) && fitsSigned(b, bits))
    return laneNumber(result, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
  return laneNumber(result, LEAST, GREATEST);
}
