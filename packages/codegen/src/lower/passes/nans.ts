/**
 * Which stores may write a float's number as it is. Gets demands and expressions in their final places; marks
 * the other stores of exact values to memory and into arrays (`guarded`): those write a NaN as the canonical one.
 *
 * Everything that takes the bits of an exact value takes those of the canonical NaN, so that the same value
 * always has the same bits. A store alone costs nothing: it writes what the engine holds. That is right where
 *
 * - nothing else takes the bits of the same value, so that its sign is nobody's business, and
 * - its NaN was made, or made quiet, by an operation of the machine (`quiet.ts`). Others, minimum and rounding,
 *   may hand on a signalling NaN, or make one that is not canonical.
 *
 * What an engine takes for a constant is not known here, since it inlines functions and peels loops. But what
 * depends on a load from memory is none. So factors from outside of a loop are hidden (`hidden` of the variable: its
 * value goes through memory) where stores inside would need a test for them.
 */
import { isExact, isNumber } from '../analyses/floats.js';
import { D, eachOperand, F, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { readsOf } from '../ir/reads.js';
import { traverse } from '../ir/traverse.js';
import { hasLooseExtreme } from './extremes.js';
import { Quiet } from './quiet.js';
import { Spread } from './spread.js';

/** What a store to memory or into an array writes. */
const written = (store: Node): Node => (store.op === Op.Store ? store.b! : store.c!);

const isFloat = (type: number): boolean => type === F || type === D;

/** Marks the stores that have to write a NaN as the canonical one, and the variables that are hidden. */
export function guardStores(body: Stmt[], variables: readonly Variable[]): void {
  const seen = new Observations();
  traverse(body, seen);
  if (seen.stores.length === 0) return;
  const floats = variables.filter((v) => isFloat(v.type));
  const loose = findLoose(floats);
  for (const v of floats) if (v.exact) for (const { e } of v.sets) if (e !== null) seen.copy(v, e);
  seen.elsewhere.run();
  const alone = (node: Node): boolean => {
    if (node.op === Op.Get) return !seen.elsewhere.marked.has(node.v!);
    if (node.op === Op.Select) return alone(node.a!) && alone(node.b!);
    return node.op !== Op.FAbs;
  };
  const open: Node[] = [];
  for (const store of seen.stores) {
    const value = written(store);
    if (isNumber(value)) continue;
    if (alone(value) && !loose(value)) open.push(store);
    else store.guarded = true;
  }
  let decision = new Decision(floats, new Quiet(variables));
  const hidden = new Set<Variable>();
  for (const store of open)
    if (seen.depths.get(store)! > 0 && !decision.isQuiet(written(store)))
      for (const v of decision.remedies(written(store), seen, seen.depths.get(store)!))
        hidden.add(v);
  if (hidden.size > 0) {
    for (const v of hidden) v.hidden = true;
    decision = new Decision(floats, new Quiet(variables, hidden));
  }
  for (const store of open) if (!decision.isQuiet(written(store))) store.guarded = true;
}

/** A test whether an expression depends on a minimum or maximum whose NaN is the engine's. */
function findLoose(floats: readonly Variable[]): (node: Node) => boolean {
  const loose = new Spread();
  for (const v of floats)
    for (const { e } of v.sets) {
      if (e === null) continue;
      if (hasLooseExtreme(e)) loose.marked.add(v);
      readsOf(e, (other) => {
        if (isFloat(other.type)) loose.edge(other, v);
      });
    }
  loose.run();
  return (node) => {
    let found = hasLooseExtreme(node);
    readsOf(node, (v) => {
      found ||= loose.marked.has(v);
    });
    return found;
  };
}

/** Tells which expressions have quiet NaNs. */
class Decision {
  /** Variables whose NaN may not be quiet. */
  private readonly loud = new Spread();

  constructor(
    floats: readonly Variable[],
    private readonly quiet: Quiet,
  ) {
    for (const v of floats) {
      if (!v.exact) continue;
      for (const { e } of v.sets) {
        if (e === null) continue;
        const { needs, unknown, never } = quiet.terms(e);
        if (never || unknown.length > 0) this.loud.marked.add(v);
        for (const other of needs) this.loud.edge(other, v);
      }
    }
    this.loud.run();
  }

  isQuiet(node: Node): boolean {
    const { needs, unknown, never } = this.quiet.terms(node);
    return !never && unknown.length === 0 && !needs.some((v) => this.loud.marked.has(v));
  }

  /**
   * The variables to be hidden so that the NaN of an expression inside of loops is quiet: all of them are
   * assigned in fewer loops than these.
   * @returns none where that does not do
   */
  remedies(node: Node, { setDepths }: Observations, depth: number): Variable[] {
    const found: Variable[] = [];
    const visited = new Set<Variable>();
    const work = [node];
    for (let e = work.pop(); e !== undefined; e = work.pop()) {
      const { needs, unknown, never } = this.quiet.terms(e);
      if (never) return [];
      for (const operand of unknown) {
        let best: Variable | undefined;
        readsOf(operand, (v) => {
          const fits = isFloat(v.type) && v.needNumber && !v.zeroed;
          if (fits && (setDepths.get(v) ?? 0) < depth) best ??= v;
        });
        if (best === undefined) return [];
        found.push(best);
      }
      for (const v of needs) {
        if (!this.loud.marked.has(v) || visited.has(v)) continue;
        visited.add(v);
        for (const set of v.sets) if (set.e !== null) work.push(set.e);
      }
    }
    return found;
  }
}

/** Finds stores of exact floats, and what takes the bits of variables elsewhere. */
class Observations {
  readonly stores: Node[] = [];
  /** In how many loops the stores are. */
  readonly depths = new Map<Node, number>();
  /** In how many loops variables are assigned, at most. */
  readonly setDepths = new Map<Variable, number>();
  readonly elsewhere = new Spread();
  private depth = 0;

  leave(stmt: Stmt): void {
    if (stmt.kind === S.Loop) this.depth--;
  }

  enter(stmt: Stmt): void {
    if (stmt.kind === S.Loop) this.depth++;
    if (stmt.kind === S.Set) {
      const known = this.setDepths.get(stmt.v!) ?? 0;
      this.setDepths.set(stmt.v!, Math.max(known, this.depth));
    }
    if (stmt.e !== null) this.visit(stmt.e);
    if (stmt.kind === S.Set && isFloat(stmt.v!.type) && !stmt.v!.exact) this.take(stmt.e!);
    for (const node of stmt.values ?? []) {
      this.visit(node);
      this.take(node);
    }
  }

  /** v is the same value as what the expression reads. */
  copy(v: Variable, node: Node): void {
    if (node.op === Op.Get) {
      this.elsewhere.edge(v, node.v!);
      this.elsewhere.edge(node.v!, v);
    } else if (node.op === Op.Select) {
      this.copy(v, node.a!);
      this.copy(v, node.b!);
    }
  }

  /** The bits of a float are taken. */
  private take(node: Node): void {
    if (node.op === Op.Get) this.elsewhere.marked.add(node.v!);
    else if (node.op === Op.Select) {
      this.take(node.a!);
      this.take(node.b!);
    }
  }

  private readonly visit = (node: Node): void => {
    switch (node.op) {
      case Op.BitsLo:
      case Op.BitsHi:
      case Op.FNeg:
      case Op.FAbs:
        this.take(node.a!);
        break;
      case Op.FCopysign:
        this.take(node.a!);
        this.take(node.b!);
        break;
      case Op.Call:
        node.list!.forEach((arg, i) => {
          if (node.call!.bits?.[i] === true) this.take(arg);
        });
        break;
      case Op.Store:
      case Op.SetElem:
        if (!isFloat(node.type)) break;
        if (isExact(written(node))) {
          this.stores.push(node);
          this.depths.set(node, this.depth);
        } else this.take(written(node));
        break;
      case Op.SetField:
        // Of an exact value these are the canonical NaN's.
        if (isFloat(node.b!.type)) this.take(node.b!);
        break;
      case Op.New:
        for (const part of node.list!) if (isFloat(part.type)) this.take(part);
        break;
      default:
    }
    eachOperand(node, this.visit);
  };
}
