/**
 * Splits functions that engines would leave unoptimised for their size: regions of a large function
 * become functions of their own. A region's function takes the variables it reads, and leaves those
 * it has assigned in the outline channel (module variables that nothing touches between its return
 * and the reads behind the call, so one set serves all). Where control can leave the region in more
 * than one way, an integer tells the caller which way to go.
 */
import { floatsAlone } from '../../accessors.js';
import { AHEAD } from '../../ahead.js';
import type { ModuleContext } from '../../context.js';
import { Flat } from '../analyses/flat.js';
import { isExact } from '../analyses/floats.js';
import { findInnerLoops } from '../analyses/inner-loops.js';
import { Liveness } from '../analyses/liveness.js';
import { findRegions, type Region } from '../analyses/regions.js';
import { constant } from '../ir/int.js';
import {
  D,
  exprStmt,
  F,
  get,
  I,
  type IrType,
  ifStmt,
  Label,
  type Node,
  nameNode,
  R,
  S,
  Stmt,
  setName,
  Variable,
} from '../ir/ir.js';
import { isKept, statementReads } from '../ir/reads.js';
import { sizeOf } from '../ir/size.js';
import { eachStatement, highestLabel, sweep } from '../ir/traverse.js';
import { dropChoices } from './chosen-arrays.js';
import { type Content, Contents, visitReturns } from './outline-content.js';
import { CostMeter, type Costs } from './outline-cost.js';
import {
  assignStmt,
  branchStmt,
  callNode,
  isSingle,
  keptVariable,
  partNames,
  partReads,
  partsOf,
  partTypes,
  received,
  returnStmt,
} from './outline-parts.js';
import { redirect, replaceEnd, type Steps, Undos } from './outline-undo.js';
import { Places } from './places.js';
import { dropDeadReloads } from './views.js';

/** A function made of a region. */
export interface Outlined {
  name: string;
  body: Stmt[];
  /** Variables that come as arguments: their names, the variables themselves. */
  params: string[];
  given: Variable[];
  variables: Variable[];
  /** It returns what the original function returns (else what its caller in it wants). */
  returns: boolean;
}

/** What splitting a function has made. */
export interface Split {
  functions: Outlined[];
  /** Variables that are left in the function. */
  variables: Variable[];
}

/** How the original function returns. */
export interface ReturnKind {
  /** Types of the components of the results. */
  types: IrType[];
  /** Do the bits of float results travel with them? */
  bits: boolean;
  /** Does returning a float set the channel? */
  channel: boolean;
}

/** A region smaller than this may be inlined again, and saves little. */
const LEAST = 600;
/** Before the dispatch of an interpreter's loop is split off it, regions down to this are. */
const LEAST_ARM = 150;
/** A region's function stays well below the budget itself, so that it can be optimised soon. */
const MOST = 0.6;
const MAX_ROUNDS = 12;
/** The call of a loop that is split off for itself takes no more bytes: what it reads are arguments. */
const LOOP_CALL = 72;
/** Parts get so many arguments; what else they read comes through the channel. */
const MOST_ARGUMENTS = 8;

/**
 * Splits a function while its estimated size is above the context's budget.
 * @param name identifier of the function; those of the regions are made of it
 * @param index its index
 * @param body its statements after all other passes; changed in place
 * @returns undefined where the function stays as it is
 */
export function outline(
  ctx: ModuleContext,
  name: string,
  index: number,
  body: Stmt[],
  returned: ReturnKind,
): Split | undefined {
  const budget = ctx.functionBudget;
  const size = sizeOf(body);
  const alone = AHEAD && size >= LEAST && size <= budget ? loopsAlone(ctx, body, index) : undefined;
  if (size <= budget && !alone) return undefined;
  if (AHEAD && ctx.costs.typedMemory) dropChoices(body);
  const places = alone ? undefined : Places.open(body);
  const most = Math.max(budget * MOST, LEAST);
  const limits: Limits = AHEAD && alone ? { budget, most: 0, loops: true } : { budget, most };
  const outliner = new Outliner(ctx, name, returned, body, limits, places?.labels);
  if (AHEAD && alone) outliner.round(body, alone.flat, alone.loops, Infinity, true);
  const steps = [
    { least: LEAST, keepDispatch: true, keepCalls: true },
    { least: LEAST_ARM, keepDispatch: true, keepCalls: true },
    { least: LEAST, keepDispatch: false, keepCalls: false },
  ];
  let flat: Flat | undefined;
  for (let round = 0, step = 0; round < MAX_ROUNDS; round++) {
    flat = new Flat(body, index, flat);
    if (flat.size <= budget) break;
    const { least, keepDispatch, keepCalls } = steps[step]!;
    const wanted = { least: Math.min(least, budget >> 1), most, keepDispatch };
    const regions = findRegions(body, flat, wanted);
    if (outliner.round(body, flat, regions, flat.size - budget, keepCalls)) continue;
    if (++step === steps.length) break;
  }
  places?.close();
  if (outliner.functions.length === 0) return undefined;
  const floats = AHEAD && floatsAlone(ctx);
  const variables = finish(body, flat!.reloads, floats);
  for (const item of outliner.functions) {
    const given = new Set(item.given);
    item.variables = finish(item.body, flat!.reloads, floats).filter((v) => !given.has(v));
  }
  return { functions: outliner.functions, variables };
}

/** The loops of a function that become functions of their own although it is none too large (`inner-loops.ts`). */
function loopsAlone(
  ctx: ModuleContext,
  body: Stmt[],
  index: number,
): { flat: Flat; loops: Region[] } | undefined {
  if (ctx.splitsLoops === undefined) return undefined;
  const flat = new Flat(body, index);
  const loops = findInnerLoops(body, flat);
  return loops.length > 0 && ctx.splitsLoops(index) ? { flat, loops } : undefined;
}

/**
 * Drops reloads that splitting has made needless, and counts the branches to labels anew.
 * @param reloads may there be any?
 * @param floats do accesses of floats alone take the view?
 * @returns all variables that the statements use and keep, in order of their names' first appearance
 */
function finish(body: Stmt[], reloads: boolean, floats: boolean): Variable[] {
  if (!AHEAD || reloads) dropDeadReloads(body, floats);
  sweep(body);
  const found: Variable[] = [];
  const add = (v: Variable): void => {
    if (v.number >= 0 && found[v.number] === v) return;
    v.number = found.length;
    found.push(v);
  };
  eachStatement(body, (stmt) => {
    // Branches to a label of these stand inside.
    if (stmt.kind === S.Block || stmt.kind === S.Loop) stmt.label!.uses = 0;
    else if (stmt.kind === S.Br) stmt.label!.uses++;
    else if (stmt.targets !== null) for (const label of stmt.targets) label.uses++;
    statementReads(stmt, add);
    if (stmt.v !== null && isKept(stmt.v)) add(stmt.v);
  });
  return found;
}

/** A way out of a region. */
interface Exit {
  label: Label | undefined;
  kind: 'end' | 'branch' | 'return';
  /** Assigned variables that are live there: those that the region's function hands back. */
  live: Variable[];
}

/** The ways out that branches and returns take, by label; that of returns has none. */
type Exits = ReadonlyMap<Label | undefined, Exit>;

/** A region with everything that splitting it off needs. */
interface Plan {
  region: Region;
  content: Content;
  params: Variable[];
  exits: Exit[];
  /** Variables assigned in the region and live at some exit, in the order of the channel. */
  out: Variable[];
  /** Each exit hands back its own variables (else all are read behind the call). */
  apart: boolean;
  /** The region's function returns what the original one does. */
  tail: boolean;
}

/** What regions are taken. */
interface Limits {
  /** Bytes that a region's function may have, and those above which it takes nothing in. */
  budget: number;
  most: number;
  /** Are they loops that become functions for themselves? The largest are taken first. */
  loops?: boolean;
}

class Outliner {
  functions: Outlined[] = [];
  private readonly undos = new Undos<Outlined>();
  private names = 0;
  private labels: number;
  private readonly results: Variable[];
  private code: Variable | undefined;

  constructor(
    private readonly ctx: ModuleContext,
    private readonly name: string,
    private readonly returned: ReturnKind,
    body: Stmt[],
    private readonly limits: Limits,
    /** Labels that branches go to from before and behind, beside those of loops. */
    private readonly places: ReadonlySet<Label> = new Set(),
  ) {
    this.labels = 1 + highestLabel(body);
    // Exact where all returns are.
    const exact = returned.types.map(() => true);
    visitReturns(body, (values) => {
      values.forEach((node, i) => {
        exact[i] &&= (node.type !== F && node.type !== D) || isExact(node);
      });
    });
    this.results = returned.types.map((type, i) => {
      const v = new Variable(`q${i}`, type, false, false);
      v.exact = exact[i]!;
      v.needNumber = true;
      v.needBits = !v.exact && returned.bits;
      return v;
    });
  }

  /**
   * Splits off the best regions until `excess` bytes are saved.
   * @param keepCalls does what calls the function itself stay in it? Else each level of recursion has two frames.
   * @returns whether anything was done
   */
  round(body: Stmt[], flat: Flat, regions: Region[], excess: number, keepCalls: boolean): boolean {
    const live = new Liveness(body, flat, this.places);
    for (const { from, to, handler } of regions) {
      live.want(from);
      live.want(to);
      if (handler !== undefined) live.want(handler[0]!.position);
    }
    live.run();
    const contents = new Contents(flat);
    const results = this.results.reduce((sum, v) => sum + partsOf(v), 0);
    const meter = new CostMeter(contents, live, this.returned.channel, results);
    const candidates: { region: Region; gain: number; score: number }[] = [];
    for (const region of regions) {
      const costs = meter.measure(region, this.limit(region));
      if (costs === undefined || (keepCalls && costs.content.callsItself)) continue;
      if (AHEAD && this.limits.loops && (!costs.simple || costs.call > LOOP_CALL)) continue;
      const gain = region.size - costs.call;
      // Where the budget is below the usual least, regions are taken whatever they cost.
      if (this.limits.budget >= LEAST && gain * 3 < region.size) continue;
      candidates.push({
        region,
        gain,
        score: gain / (AHEAD && this.limits.loops ? 1 : (costs.call + 20) * region.heat),
      });
    }
    candidates.sort((x, y) => y.score - x.score || x.region.from - y.region.from);
    const chosen = new Disjoint();
    let saved = 0;
    for (const { region, gain } of candidates) {
      if (!chosen.add(region)) continue;
      saved += gain;
      if (saved >= excess) break;
    }
    const plans = chosen.regions.map((region) =>
      this.plan(region, meter.measure(region, this.limit(region))!, live),
    );
    // From the end, so that the indices of those before in the same list stay.
    for (const plan of plans.reverse()) this.apply(plan);
    return plans.length > 0;
  }

  /** Bytes that handing back may take in the function of a region. */
  private limit({ size }: Region): number {
    return this.limits.budget < LEAST ? Infinity : this.limits.budget - size;
  }

  /** Plans to split off a region. */
  private plan(region: Region, { content, apart }: Costs, live: Liveness): Plan {
    const { assigned, reads } = content;
    const exits: Exit[] = [];
    if (content.falls) {
      const there = live.live(region.to);
      const behind = assigned.filter((v) => there.has(v.number));
      exits.push({ kind: 'end', label: undefined, live: behind });
    }
    for (const { label, assigned: before } of content.exits) {
      const there = live.liveAt(label);
      const among = apart ? assigned.slice(0, before) : assigned;
      exits.push({ kind: 'branch', label, live: among.filter((v) => there.has(v.number)) });
    }
    if (content.returns > 0 && (exits.length > 0 || this.returned.channel))
      exits.push({ kind: 'return', label: undefined, live: this.results });
    const tail = content.returns > 0 && exits.length === 0;
    const out = [...new Set(exits.flatMap((exit) => exit.live))];
    const before = live.live(region.from);
    const read = new Set(reads);
    const outgoing = new Set(out);
    const isParam = (v: Variable): boolean => isKept(v) && before.has(v.number);
    const params = [
      ...reads.filter(isParam),
      ...assigned.filter((v) => isParam(v) && !read.has(v) && outgoing.has(v)),
    ];
    return { region, content, params, exits, out, apart, tail };
  }

  /** Makes the region a function and puts the call in its place. */
  private apply(plan: Plan): void {
    const { region, content, exits, out, tail, params } = plan;
    const { list, start, end } = region;
    const name = `d${this.name}$${++this.names}`;
    const direct =
      exits.length === 1 && exits[0]!.kind !== 'return' && out.length === 1 && isSingle(out[0]!);
    const slots = direct ? new Map<Variable, string[]>() : this.channel(out);
    const body = list.slice(start, end);
    const back = AHEAD
      ? this.undos.putBack(body, this.limits.most - region.size, (part) => {
          this.functions = this.functions.filter((item) => item !== part);
        })
      : 0;
    const steps: Steps = [];
    if (!tail) {
      const leave = (exit: Exit): Stmt[] => this.leave(exit, exits, slots, direct);
      // The end is no branch's: statements behind leave by it.
      const ways = exits.filter(({ kind }) => kind !== 'end');
      this.rewrite(body, new Map(ways.map((exit) => [exit.label, exit])), leave, steps);
      if (content.falls) replaceEnd(body, body.length, leave(exits[0]!), steps);
    }
    const { at } = body[0]!;
    const { given, rest } = handOver(params);
    const sent = this.channel(rest);
    body.unshift(...rest.map((v) => assignStmt(v, received(v, sent.get(v)!))));
    const names = given.flatMap(partNames);
    const part = { name, body, params: names, given, variables: [], returns: tail };
    this.functions.push(part);
    const type = tail ? (this.returned.types[0] ?? I) : direct ? out[0]!.type : I;
    const call = callNode(name, type, given.flatMap(partReads), content.grows);
    call.at = at;
    const sends = rest.flatMap((v) =>
      partReads(v).map((node, i) => setName(sent.get(v)![i]!, node)),
    );
    const statements = [...sends, ...this.caller(plan, call, slots, direct)];
    for (const stmt of statements.slice(1)) stmt.glued = true;
    list.splice(start, end - start, ...statements);
    if (!AHEAD) return;
    const { length: count } = statements;
    const size = region.size + back;
    this.undos.add(statements[0]!, { part, body, ahead: rest.length, count, size, steps });
  }

  /** The statements that take the region's place. */
  private caller(
    { content, exits, out, apart, tail }: Plan,
    call: Node,
    slots: Map<Variable, string[]>,
    direct: boolean,
  ): Stmt[] {
    const statements: Stmt[] = [];
    if (tail) {
      const values = this.returned.types.length === 0 ? [] : [call];
      if (values.length === 0) statements.push(exprStmt(call));
      statements.push(returnStmt(values));
      return statements;
    }
    let code: Node | undefined;
    if (direct) statements.push(assignStmt(out[0]!, call));
    else if (exits.length < 2) statements.push(exprStmt(call));
    else if (!content.grows && (apart || out.length === 0)) code = call;
    else {
      this.code ??= keptVariable('k0', I);
      statements.push(assignStmt(this.code, call));
      code = get(this.code);
    }
    if (content.grows) statements.push(new Stmt(S.Reload));
    const take = (list: Variable[]): Stmt[] =>
      list.map((v) => {
        const read = assignStmt(v, received(v, slots.get(v)!));
        read.glued = true;
        return read;
      });
    if (!direct && !apart) statements.push(...take(out));
    statements.push(...this.dispatch(exits, code, (exit) => (apart ? take(exit.live) : [])));
    return statements;
  }

  /** Goes on where the region was left. */
  private dispatch(exits: Exit[], code: Node | undefined, take: (exit: Exit) => Stmt[]): Stmt[] {
    const go = (exit: Exit): Stmt[] => {
      if (exit.kind === 'end') return take(exit);
      if (exit.kind === 'branch') return [...take(exit), branchStmt(exit.label!)];
      return [...take(exit), returnStmt(this.results.map((v) => get(v)))];
    };
    if (exits.length === 0) {
      const trap = new Stmt(S.Trap);
      trap.text = 'unreachable';
      return [trap];
    }
    if (exits.length === 1) return go(exits[0]!);
    if (exits.length === 2) {
      return [ifStmt(code!, go(exits[1]!)), ...go(exits[0]!)];
    }
    const choice = new Stmt(S.Switch);
    choice.e = code!;
    const end = this.newLabel();
    const cases: { label: Label; body: Stmt[] }[] = [];
    choice.targets = exits.map((exit) => {
      const body = go(exit);
      if (exit.kind === 'end' && body.length === 0) return end;
      if (exit.kind === 'branch' && body.length === 1) return exit.label!;
      const label = this.newLabel();
      if (exit.kind === 'end') body.push(branchStmt(end));
      cases.push({ label, body });
      return label;
    });
    if (cases.length > 0) choice.cases = cases;
    if (exits[0]!.kind !== 'end') return [choice];
    const block = new Stmt(S.Block);
    block.label = end;
    block.body = [choice];
    return [block];
  }

  private newLabel(): Label {
    return new Label(this.labels++, false);
  }

  /** Names of the channel variables for the parts of these variables. */
  private channel(out: Variable[]): Map<Variable, string[]> {
    const next = { h: 0, d: 0, r: 0 };
    const slots = new Map<Variable, string[]>();
    for (const v of out)
      slots.set(
        v,
        partTypes(v).map((type) => {
          const cls = type === I ? 'h' : type === R ? 'r' : 'd';
          return this.ctx.outlineChannel(cls, next[cls]++);
        }),
      );
    return slots;
  }

  /** Leaves the region's function by an exit: results to the channel, then the exit's number. */
  private leave(
    exit: Exit,
    exits: Exit[],
    slots: Map<Variable, string[]>,
    direct: boolean,
  ): Stmt[] {
    if (direct) return [returnStmt([get(exit.live[0]!)])];
    const statements = exit.live.flatMap((v) => {
      const names = slots.get(v)!;
      return partReads(v).map((node, i) => setName(names[i]!, node));
    });
    const values = exits.length > 1 ? [constant(exits.indexOf(exit))] : [];
    return [...statements, returnStmt(values)];
  }

  /** Replaces branches out of the region and returns (those of no label) by leaving its function. */
  private rewrite(list: Stmt[], exits: Exits, leave: (exit: Exit) => Stmt[], steps: Steps): void {
    for (let i = 0; i < list.length; i++) {
      const stmt = list[i]!;
      if (stmt.kind === S.Br) {
        const exit = exits.get(stmt.label!);
        if (exit === undefined) continue;
        // What was put in needs no second look.
        replaceEnd(list, i, leave(exit), steps);
        return;
      } else if (stmt.kind === S.Return) {
        const exit = exits.get(undefined)!;
        const values = this.allResults(stmt.values!);
        const sets = values.map((node, k) => assignStmt(this.results[k]!, node));
        replaceEnd(list, i, [...sets, ...leave(exit)], steps);
        return;
      }
      const { cases } = stmt;
      if (stmt.kind === S.Switch) this.redirect(stmt, exits, leave, steps);
      if (stmt.body !== null) this.rewrite(stmt.body, exits, leave, steps);
      if (stmt.alt !== null) this.rewrite(stmt.alt, exits, leave, steps);
      if (cases !== null) for (const item of cases) this.rewrite(item.body, exits, leave, steps);
    }
  }

  /** All components of a return: behind the call of a part that returns, the channel holds the rest. */
  private allResults(values: Node[]): Node[] {
    const next = { h: 0, d: 0, r: 0 };
    return this.results.map(({ type }, i) => {
      const cls = type === I ? 'h' : type === R ? 'r' : 'd';
      if (i < values.length) {
        if (i > 0) next[cls]++;
        return values[i]!;
      }
      return nameNode(this.ctx.channel(cls, next[cls]++), type);
    });
  }

  /** Gives the ways of a switch out of the region cases of their own, in front of the others. */
  private redirect(stmt: Stmt, exits: Exits, leave: (exit: Exit) => Stmt[], steps: Steps): void {
    const own = new Map<Label, { label: Label; body: Stmt[] }>();
    const targets = stmt.targets!.map((target) => {
      const exit = exits.get(target);
      if (exit === undefined) return target;
      let item = own.get(target);
      if (item === undefined) {
        item = { label: this.newLabel(), body: leave(exit) };
        own.set(target, item);
      }
      return item.label;
    });
    if (own.size > 0)
      redirect(stmt, { targets, cases: [...own.values(), ...(stmt.cases ?? [])] }, steps);
  }
}

/** Which variables a part gets as arguments, for each of which its caller needs one register more. */
function handOver(params: Variable[]): { given: Variable[]; rest: Variable[] } {
  let parts = 0;
  let count = 0;
  while (count < params.length && parts + partsOf(params[count]!) <= MOST_ARGUMENTS)
    parts += partsOf(params[count++]!);
  return { given: params.slice(0, count), rest: params.slice(count) };
}

/** Regions that do not overlap, in the order of the text. */
class Disjoint {
  readonly regions: Region[] = [];

  /** Adds a region. @returns false where it overlaps one that is there */
  add(region: Region): boolean {
    let low = 0;
    let high = this.regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.regions[middle]!.from < region.from) low = middle + 1;
      else high = middle;
    }
    const { [low - 1]: before, [low]: behind } = this.regions;
    if (before !== undefined && before.to > region.from) return false;
    if (behind !== undefined && behind.from < region.to) return false;
    this.regions.splice(low, 0, region);
    return true;
  }
}
