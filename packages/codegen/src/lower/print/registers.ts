/**
 * Lets variables whose lives do not overlap share one: gets a printed function, rewrites it in place. An
 * interpreter's frame holds every variable of a function on each activation, so what a function declares decides how
 * deep it can recurse; optimising compilers do not mind, since they look at values and not at variables.
 * Integers share with integers only, numbers with numbers, references with references: engines remember for each
 * variable of some tiers what kind of value it has held.
 */
import type {
  FunctionDeclaration,
  Identifier,
  VariableDeclaration,
  VariableDeclarator,
} from 'estree';
import { AHEAD } from '../../ahead.js';
import { id } from '../../estree.js';
import { joinCopies } from './copies.js';
import { EV_BITS, EV_MASK, Ev, Flow } from './flow.js';
import { likenesses } from './likenesses.js';
import { firstBeyond, liveRanges, type Ranges } from './live-ranges.js';
import { findNeeds, type Root, spareTemporaries } from './temporaries.js';

/** What a variable holds: int32 values (bits of floats are), other numbers, references. */
export type RegisterClass = 'int' | 'number' | 'reference';

/** So many registers of a class are tried for a variable before it gets one of its own. */
const TRIED = 1024;
/** Functions with more variables than this mix integers and numbers where that makes them fewer. */
const LARGE_FRAME = 6;
/** So many free ones are named. */
const MOST_FREE = 8;

/**
 * Shares the variables of a function, and drops the copies and coercions that then do nothing.
 * @param func its parameters, and its variables in one declaration at the head
 * @param classes what each of them holds; those that are not named stay as they are
 * @param options spare: are operands computed ahead where a variable is free (`temporaries.ts`)? alike: are registers chosen so that
 *   pieces which are alike have the same text (`likenesses.ts`)?
 */
export function shareRegisters(
  func: FunctionDeclaration,
  classes: ReadonlyMap<string, RegisterClass>,
  { spare = true, alike = false }: { spare?: boolean; alike?: boolean | undefined } = {},
): void {
  const declaration = func.body.body.find(
    (node): node is VariableDeclaration => node.type === 'VariableDeclaration',
  );
  if (declaration === undefined) return;
  const numbers = new Map<string, number>();
  const add = (name: string): void => {
    if (classes.has(name)) numbers.set(name, numbers.size);
  };
  for (const param of func.params) if (param.type === 'Identifier') add(param.name);
  const params = numbers.size;
  for (const { id } of declaration.declarations) if (id.type === 'Identifier') add(id.name);
  const names = [...numbers.keys()];
  const needs = AHEAD && spare ? findNeeds(func) : undefined;
  const roots = new Map(needs?.roots.map(({ value }, i) => [value, i]));
  const flow = new Flow(func, numbers, roots);
  const { ranges, idle } = liveRanges(flow, names.length);
  const ownRanges = AHEAD ? ranges.slice() : ranges;
  const kind = (v: number): RegisterClass => classes.get(names[v]!)!;
  const leaders = AHEAD ? joinCopies(flow, ranges, params, (v, w) => kind(v) === kind(w)) : [];
  const registers = new Registers();
  names.slice(0, params).forEach((name, v) => {
    registers.open(v, name, classes.get(name)!, ranges[v]);
  });
  const order = names
    .map((_, v) => v)
    .slice(params)
    .filter(
      (v) =>
        (!AHEAD || leaders[v] === v) &&
        // What is read first of all, without a value, is declared though its range is empty.
        (ranges[v]?.length !== 0 || (AHEAD && flow.events[0] === ((v << EV_BITS) | Ev.read))),
    )
    .sort((x, y) => (ranges[x]?.[0] ?? 0) - (ranges[y]?.[0] ?? 0) || x - y);
  const like = AHEAD && alike ? likenesses(func, numbers, leaders) : [];
  for (const v of order) {
    const liked = AHEAD && like[v] ? likedRegisters(registers, like[v]) : undefined;
    if (!registers.share(v, kind(v), ranges[v], liked))
      registers.open(v, names[v]!, kind(v), ranges[v]);
  }
  if (AHEAD)
    leaders.forEach((leader, v) => {
      registers.registers[v] = registers.of(leader);
    });
  if (AHEAD && needs !== undefined) joinNumbers(registers, params);
  flow.names.forEach((node, i) => {
    node.name = registers.of(flow.numbers[i]!)?.name ?? node.name;
  });
  for (const { statement, to, from, at } of flow.moves) {
    const nothing =
      to === from ? !isLive(ownRanges[to], at) : registers.of(to) === registers.of(from);
    if (nothing) Object.assign(statement, { type: 'EmptyStatement' });
  }
  if (AHEAD && needs !== undefined) {
    const free = ({ value }: Root): string[] => {
      const [start, end] = flow.spans[roots.get(value)!]!;
      const named = new Set<Register>();
      for (let at = start; at < end || at === start; at++) {
        const event = flow.events[at]!;
        const kind = event & EV_MASK;
        // What comes from elsewhere to be read right behind a point is in no range; what never runs has no register.
        const isNamed = kind === Ev.read || (kind === Ev.write && at < end);
        const register = isNamed ? registers.of(event >> EV_BITS) : undefined;
        if (register !== undefined) named.add(register);
      }
      return registers.freeIn(start, end, named);
    };
    spareTemporaries(needs, free);
  }
  redeclare(
    func,
    declaration,
    (name) => {
      const v = numbers.get(name);
      return v === undefined ? name : registers.of(v)?.name;
    },
    new Set([...idle].map((at) => flow.inits.get(at)!)),
  );
}

/** One declaration for each variable that is left, with the first value that is read. */
function redeclare(
  { params, body }: FunctionDeclaration,
  declaration: VariableDeclaration,
  nameOf: (name: string) => string | undefined,
  idle: ReadonlySet<VariableDeclarator>,
): void {
  const found = new Map<string, VariableDeclarator>();
  const given = new Set(params.map((param) => (param as Identifier).name));
  for (const item of declaration.declarations) {
    const name = nameOf((item.id as Identifier).name);
    if (name === undefined) continue;
    const init = idle.has(item) ? null : (item.init ?? null);
    const known = found.get(name);
    if (known !== undefined) known.init ??= init;
    else if (init !== null || !given.has(name))
      found.set(name, { type: 'VariableDeclarator', id: id(name), init });
  }
  declaration.declarations = [...found.values()];
  if (found.size === 0) body.body.splice(body.body.indexOf(declaration), 1);
}

/** Is a variable's value wanted in front of an event? */
function isLive(ranges: Ranges | undefined, at: number): boolean {
  if (ranges === undefined) return true;
  const i = firstBeyond(ranges, at - 1);
  return i < ranges.length && ranges[i - 1]! <= at;
}

/** A variable that is left, and when it is taken. */
interface Register {
  name: string;
  cls: RegisterClass;
  /** Undefined: always. */
  taken: Ranges | undefined;
}

class Registers {
  readonly all: Record<RegisterClass, Register[]> = { int: [], number: [], reference: [] };
  readonly registers: (Register | undefined)[] = [];

  /** The register of a variable. */
  of(v: number): Register | undefined {
    return this.registers[v];
  }

  /** Gives a variable a register of its own. */
  open(v: number, name: string, cls: RegisterClass, ranges: Ranges | undefined): void {
    const register = { name, cls, taken: ranges?.slice() };
    this.all[cls].push(register);
    this.registers[v] = register;
  }

  /** Gives a variable the first register that is free when it is live. @param liked those that are tried before others */
  share(
    v: number,
    cls: RegisterClass,
    ranges: Ranges | undefined,
    liked?: readonly Register[],
  ): boolean {
    if (ranges === undefined) return false;
    const register =
      (AHEAD ? liked?.find((one) => one.cls === cls && isFree(one, ranges)) : undefined) ??
      this.all[cls].slice(0, TRIED).find((one) => isFree(one, ranges));
    if (register === undefined) return false;
    take(register, ranges);
    this.registers[v] = register;
    return true;
  }

  /** The integer variables that nothing wants in a span of events, and that it does not name. */
  freeIn(start: number, end: number, named: ReadonlySet<Register>): string[] {
    const found: string[] = [];
    // A span without events is a point, at which what comes from elsewhere begins to be wanted.
    const behind = Math.max(end, start + 1);
    for (const register of this.all.int) {
      const { name, taken } = register;
      if (found.length === MOST_FREE) break;
      if (taken === undefined || named.has(register)) continue;
      // What is read last at the very start is read behind what would be assigned ahead.
      const at = firstBeyond(taken, start - 1);
      if (at >= taken.length || taken[at - 1]! >= behind) found.push(name);
    }
    return found;
  }
}

/** Registers of variables that one is like, the most alike first. */
function likedRegisters(registers: Registers, like: ReadonlyMap<number, number>): Register[] {
  const weights = new Map<Register, number>();
  for (const [w, weight] of like) {
    const register = registers.of(w);
    if (register !== undefined) weights.set(register, (weights.get(register) ?? 0) + weight);
  }
  return [...weights].sort(([, x], [, y]) => y - x).map(([register]) => register);
}

/**
 * Lets numbers take integer variables that are free whenever they are not; no parameter is either of them. For functions that
 * others of their size may be below: optimising compilers see values, in no place of one a merge of both kinds.
 */
function joinNumbers({ all, registers }: Registers, params: number): void {
  const { int, number } = all;
  if (int.length + number.length <= LARGE_FRAME) return;
  const kept = new Set(registers.slice(0, params));
  // JavaScriptCore checks what parameters hold: numbers in their places took 1.05 of the time.
  const tried = int.slice(0, TRIED).filter((one) => !kept.has(one));
  const joined = new Map<Register | undefined, Register>();
  for (const register of number) {
    const { taken } = register;
    if (taken === undefined || kept.has(register)) continue;
    const other = tried.find((one) => isFree(one, taken));
    if (other === undefined) continue;
    take(other, taken);
    joined.set(register, other);
  }
  registers.forEach((register, v) => {
    registers[v] = joined.get(register) ?? register;
  });
}

function isFree({ taken }: Register, ranges: Ranges): boolean {
  if (taken === undefined) return false;
  if (taken.length === 0 || taken[taken.length - 1]! <= ranges[0]!) return true;
  for (let i = 0; i < ranges.length; i += 2) {
    const at = firstBeyond(taken, ranges[i]!);
    if (at >= taken.length) return true;
    if (taken[at - 1]! < ranges[i + 1]!) return false;
  }
  return true;
}

/** Joins ranges into those of a register that is free then. */
function take({ taken }: Register, ranges: Ranges): void {
  for (let i = 0; i < ranges.length; i += 2) {
    const at = firstBeyond(taken!, ranges[i]!);
    if (at >= taken!.length) taken!.push(ranges[i]!, ranges[i + 1]!);
    else taken!.splice(at - 1, 0, ranges[i]!, ranges[i + 1]!);
  }
}
