/**
 * Indices of pointers that follow each other. Gets what each pointer is used for and assigned, with the best guard that
 * it can have by itself; gives guards that are cheaper where pointers move by constants: `p=p+4` moves the index by one
 * element, and what is aligned stays so. Bounds are then tested where something is stored (`q<=bound`); loads tell by
 * `undefined`, as ever.
 *
 * What holds of an index q of a pointer p, in elements of 2^u bytes: either it is infinite, or q * 2^u is congruent to
 * p modulo 2^32. So an element that exists is that of the address, unless an offset, which never wraps, takes the address
 * beyond 2^32: pointers with offsets get indices that are never negative (`Guard.positive`).
 */
import { lowZeros } from '../analyses/elements.js';
import {
  type Chosen,
  Guard,
  get,
  type Node,
  Op,
  REACH,
  type Stmt,
  type Variable,
} from '../ir/ir.js';

/** An access through a variable. */
export interface Use {
  node: Node;
  shift: number;
  weight: number;
  /** Is an index added to the pointer? If not, which constant is? */
  indexed: boolean;
  added: number;
  /** Is it a store right behind another one to the pointer? */
  again: boolean;
  /**
   * Is it a store of a byte at a computed address that shares no test with stores of words? It is tested where it is: whoever copies
   * bytes has odd addresses, which have no index of words.
   */
  lone: boolean;
}

/** An assignment of a variable; the value is null where it comes from outside. */
export interface Assignment {
  value: Node | null;
  /** How often the index of what is assigned is found. */
  weight: number;
  /** The same for an index of bytes, which lone stores read. */
  ofBytes?: number;
  /** The loops around it, innermost last. */
  loops?: readonly Stmt[];
}

/** What a variable is as a pointer. */
export interface Pointer {
  memory: number;
  uses: Use[];
  sets: Assignment[];
  /** The guard that it gets. */
  guard: Plan | undefined;
}

/** What a pointer is tested for, in which unit its index is, and which accesses use it. */
export interface Plan {
  guard: number;
  unit: number;
  uses: Use[];
  /** What is saved, less what is paid. */
  gain: number;
  /** The arrays that are chosen for the pointer. */
  chosen?: Chosen;
  /** Is the index all that is kept of the pointer? It is aligned then, and tells it. */
  alone?: boolean;
  /** How the index of a value is made of another pointer's, or known; undefined where the value is tested. */
  steps?: (value: Node) => Step | undefined;
}

/** An index: that of a pointer and some elements more, or these alone. */
interface Step {
  from: Variable | undefined;
  elements: number;
}

/**
 * Elements that a step adds at most. Sums stay exact, as numbers, for 2^43 steps in one direction: half a day, after
 * which as many had to lead back into the memory.
 */
const LONGEST = 1024;

/** About nanoseconds again: what accesses save, and what it takes to find an index, by its kind. */
const SAVED = { load: 5, indexed: 6, stored: 4, positive: 6, again: 7 } as const;
const COST = { constant: 0.7, copy: 1.5, step: 2.5, tested: 5 } as const;

/** What it takes to keep the pointer beside an index that is tested, and to make it of one. */
const KEPT = { tested: 3, made: 1.5 } as const;

/** Is an access within the reach of a pointer that is in bounds? */
export const isNear = (added: number, offset: number, shift: number): boolean =>
  added + offset + 2 ** shift <= REACH && added > -REACH;

/** What a value is made of: a variable and a constant, or a constant alone. */
function partsOf(value: Node): { from: Variable | undefined; bytes: number } | undefined {
  const { op, a, b } = value;
  if (op === Op.Const) return { from: undefined, bytes: value.n };
  if (op === Op.Get) return { from: value.v!, bytes: 0 };
  if (b?.op !== Op.Const || a!.op !== Op.Get) return undefined;
  if (op === Op.Add) return { from: a!.v!, bytes: b.n };
  return op === Op.Sub ? { from: a!.v!, bytes: -b.n } : undefined;
}

/** The variable from which a value comes by a constant, if any. */
export const sourceOf = (value: Node): Variable | undefined => partsOf(value)?.from;

/** The variables from which others come by constants, directly or not, and these others. */
function withSources(
  variables: Iterable<Variable>,
  sets: ReadonlyMap<Variable, Assignment[]>,
): Set<Variable> {
  const found = new Set(variables);
  // The set goes on to those that are added.
  for (const v of found)
    for (const { value } of sets.get(v) ?? []) {
      const from = value === null ? undefined : partsOf(value)?.from;
      if (from !== undefined) found.add(from);
    }
  return found;
}

/**
 * Gives pointers guards by steps where these save more than what they have.
 * @param pointers variables with accesses; others that lead from one to another are added
 * @param sets what each variable is assigned
 * @param reads how often each variable is read, by weight
 */
export function planSteps(
  pointers: Map<Variable, Pointer>,
  sets: ReadonlyMap<Variable, Assignment[]>,
  reads: ReadonlyMap<Variable, number>,
): void {
  const memories = new Set([...pointers.values()].map(({ memory }) => memory));
  const families = [...memories].flatMap((memory) =>
    [1, 2, 3].map((unit) => new Family(unit, memory, pointers, sets, reads)),
  );
  for (const family of families) family.settle();
  // A pointer is in one family at last; the others have to do without its index.
  for (let settled = false; !settled; ) {
    settled = true;
    for (const v of new Set(families.flatMap((family) => family.variables()))) {
      const [best, ...others] = families
        .filter((family) => family.has(v))
        .sort((a, b) => b.gain(v) - a.gain(v));
      if (best === undefined || others.length === 0) continue;
      settled = false;
      for (const family of others) family.leave(v);
    }
  }
  for (const family of families)
    for (const [v, plan] of family.plans()) {
      const pointer = pointers.get(v);
      if (pointer !== undefined) pointer.guard = plan;
      else pointers.set(v, { memory: family.memory, uses: [], sets: [], guard: plan });
    }
}

/** Pointers of one memory whose indices are in one unit. */
class Family {
  private readonly members = new Map<Variable, Use[]>();
  /** Those whose index is never negative. */
  private positive = new Set<Variable>();
  /** Those that are always aligned: how often they are read other than by accesses and steps, by weight. */
  private readonly aligned = new Map<Variable, number>();

  constructor(
    private readonly unit: number,
    readonly memory: number,
    private readonly pointers: ReadonlyMap<Variable, Pointer>,
    private readonly sets: ReadonlyMap<Variable, Assignment[]>,
    reads: ReadonlyMap<Variable, number>,
  ) {
    for (const [v, pointer] of pointers) {
      if (pointer.memory !== memory) continue;
      const uses = pointer.uses.filter((use) => this.isEligible(use));
      if (uses.some(({ shift }) => shift === unit)) this.members.set(v, uses);
    }
    for (const v of withSources(this.members.keys(), sets))
      if (!this.members.has(v) && (pointers.get(v)?.memory ?? memory) === memory)
        this.members.set(v, []);
    this.findAligned(reads);
  }

  /** Finds the pointers that their indices tell, and how often each of these would be made of its index. */
  private findAligned(reads: ReadonlyMap<Variable, number>): void {
    for (const [v, uses] of this.members) {
      if (v.param >= 0 || lowZeros(get(v)) < this.unit) continue;
      const served = uses.reduce((sum, { weight }) => sum + weight, 0);
      this.aligned.set(v, (reads.get(v) ?? 0) - served);
    }
    for (const v of this.members.keys())
      for (const { value, weight } of this.assigned(v)) {
        const from = value === null ? undefined : partsOf(value)?.from;
        const others = from === undefined ? undefined : this.aligned.get(from);
        if (others !== undefined) this.aligned.set(from!, others - weight);
      }
  }

  /** What is saved where the index alone is kept, undefined where that is nothing. */
  private savedAlone(v: Variable): number | undefined {
    const others = this.aligned.get(v);
    if (others === undefined) return undefined;
    const kept = this.assigned(v).reduce((sum, { value, weight }) => {
      const step = value === null ? undefined : this.step(v, value);
      return sum + weight * (step === undefined ? KEPT.tested : costOf(step));
    }, 0);
    const saved = kept - others * KEPT.made;
    return saved > 0 ? saved : undefined;
  }

  variables(): Variable[] {
    return [...this.members.keys()];
  }

  private assigned(v: Variable): Assignment[] {
    return this.sets.get(v) ?? [];
  }

  private isEligible({ node, shift, indexed, added, lone }: Use): boolean {
    if (lone && this.unit > 0) return false;
    if (node.op === Op.Load) return shift === this.unit;
    return !indexed && shift <= this.unit && added + node.n < 2 ** 31;
  }

  has(v: Variable): boolean {
    return this.members.has(v);
  }

  /** Takes a pointer out, and those for which it does not pay without. */
  leave(v: Variable): void {
    this.members.delete(v);
    this.settle();
  }

  /** Leaves those whose guards pay, given that the others have theirs. */
  settle(): void {
    for (;;) {
      this.findPositive();
      const values = this.values();
      let lost = false;
      for (const [v, value] of values) {
        if (value > 0) continue;
        this.members.delete(v);
        lost = true;
      }
      if (!lost) return;
    }
  }

  /** What the family has of each member: its own gain, and what those that follow it would lose of theirs. */
  private values(): Map<Variable, number> {
    const values = new Map<Variable, number>();
    for (const v of this.members.keys()) {
      const other = this.pointers.get(v)?.guard?.gain ?? 0;
      values.set(v, this.gain(v) - other);
    }
    const own = new Map(values);
    for (const v of this.members.keys()) {
      const most = own.get(v)!;
      if (most <= 0) continue;
      const lost = new Map<Variable, number>();
      for (const { value, weight } of this.assigned(v)) {
        const step = value === null ? undefined : this.step(v, value);
        if (step?.from === undefined || step.from === v) continue;
        const more = (lost.get(step.from) ?? 0) + weight * (COST.tested - costOf(step));
        lost.set(step.from, more);
      }
      for (const [from, more] of lost) values.set(from, values.get(from)! + Math.min(more, most));
    }
    return values;
  }

  /** The plans of those that are left. */
  plans(): [Variable, Plan][] {
    return [...this.members].map(([v, uses]) => {
      const guard = this.positive.has(v) ? Guard.positive : Guard.stepped;
      const steps = (value: Node): Step | undefined => this.step(v, value);
      const alone = this.savedAlone(v) !== undefined;
      return [v, { guard, unit: this.unit, uses, gain: this.gain(v), steps, alone }];
    });
  }

  /** Has a pointer accesses that are wrong with a negative index? Then steps that may lead there are tested instead. */
  private needsPositive(v: Variable): boolean {
    return this.members.get(v)!.some(({ node }) => node.n > 0);
  }

  private findPositive(): void {
    const found = new Set(this.members.keys());
    this.positive = found;
    for (let size = -1; size !== found.size; ) {
      size = found.size;
      for (const v of found)
        if (!this.needsPositive(v) && !this.assigned(v).every((set) => this.rises(set)))
          found.delete(v);
    }
  }

  /** Is an index not negative that is made by steps as far as possible? */
  private rises({ value }: Assignment): boolean {
    const parts = value === null ? undefined : partsOf(value);
    if (parts === undefined) return true;
    const { from, bytes } = parts;
    if (from !== undefined && !this.members.has(from)) return true;
    return bytes >= 0 && (from === undefined || this.positive.has(from));
  }

  /** How the index of a value that a pointer is assigned is known. */
  private step(v: Variable, value: Node): Step | undefined {
    const parts = partsOf(value);
    if (parts === undefined) return undefined;
    const { from } = parts;
    const positive = this.positive.has(v);
    // A constant is an address; only where offsets do not matter it may be one less a constant that accesses add.
    const bytes = from === undefined && positive ? parts.bytes >>> 0 : parts.bytes;
    const elements = bytes / 2 ** this.unit;
    if (!Number.isInteger(elements)) return undefined;
    if (from === undefined) return { from, elements };
    if (!this.members.has(from) || Math.abs(elements) > LONGEST) return undefined;
    if (positive && (elements < 0 || !this.positive.has(from))) return undefined;
    return { from, elements };
  }

  /** What a member's guard saves, less what it takes. */
  gain(v: Variable): number {
    const stored = this.positive.has(v) ? SAVED.positive : SAVED.stored;
    const savedBy = ({ node, indexed, again }: Use): number => {
      if (node.op === Op.Store) return again ? SAVED.again : stored;
      return indexed ? SAVED.indexed : SAVED.load;
    };
    const saved = this.members.get(v)!.reduce((sum, use) => sum + use.weight * savedBy(use), 0);
    const paid = this.assigned(v).reduce((sum, { value, weight }) => {
      const step = value === null ? undefined : this.step(v, value);
      return sum + weight * costOf(step);
    }, 0);
    return saved - paid + (this.savedAlone(v) ?? 0);
  }
}

/** What it takes to find an index. */
function costOf(step: Step | undefined): number {
  if (step === undefined) return COST.tested;
  if (step.from === undefined) return COST.constant;
  return step.elements === 0 ? COST.copy : COST.step;
}
