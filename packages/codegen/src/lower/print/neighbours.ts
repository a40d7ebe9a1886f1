/**
 * Reads of fields of one structure, where code is interpreted. Gets a list of statements in which variables are assigned what
 * stands at constant distances from one pointer, gives one whose farthest read tells that all are there:
 * `if((z=V[p+2])===void 0){…}else{x=V[p];y=V[p+1]}`, where each by itself would be tested. Keeps: where that place is not there,
 * all are read in their order by the `DataView`, which traps as it should; reads may be made in any order.
 */
import type { Expression, Statement } from 'estree';
import { assign, bin, block, expr } from '../../estree.js';
import { baseOf, elementsOf } from '../analyses/elements.js';
import { isNonNegative } from '../ir/int.js';
import { Guard, type Node, S, type Stmt, type Variable } from '../ir/ir.js';
import { readsOf } from '../ir/reads.js';
import { isGuarded } from './exchanges.js';
import type { Printer } from './printer.js';
import { guardedElement, slowRead } from './typed-memory.js';
import { nothing } from './updates.js';

/** An integer that is read, the variable that it goes into, and how far behind the pointer it stands, in bytes. */
interface Field {
  load: Node;
  v: Variable;
  distance: number;
}

/** The distance of a read behind a pointer whose index, if it has one, is not negative; undefined where none is known. */
function distanceOf(e: Node): number | undefined {
  if (e.guard === Guard.signed || e.guard === Guard.stepped) return undefined;
  const { constant } = baseOf(e.a!)!;
  return constant === undefined || constant < 0 ? undefined : constant + e.n;
}

/** Does an expression read one of the variables? */
function readsAny(e: Node, variables: ReadonlySet<Variable>): boolean {
  let found = false;
  readsOf(e, (v) => {
    found ||= variables.has(v);
  });
  return found;
}

/**
 * Prints reads of neighbours that begin a list.
 * @param body the list, from which it starts
 * @returns so many statements that these are; 0 where there are no two
 */
export function printNeighbours(
  printer: Printer,
  body: readonly Stmt[],
  from: number,
  out: Statement[],
): number {
  // Every statement is asked, and few begin such reads.
  const first = body[from]!;
  if (first.kind !== S.Set || first.e!.guard === Guard.none) return 0;
  const fields: Field[] = [];
  const assigned = new Set<Variable>();
  let at = from;
  let end = from;
  for (; at < body.length; at++) {
    const { kind, v, e } = body[at]!;
    if (kind === S.Skip) continue;
    if (kind !== S.Set || !v!.needNumber || assigned.has(v!) || !isGuarded(printer, e!)) break;
    const load = e!;
    const distance = distanceOf(load);
    const same = fields[0]?.load ?? load;
    if (distance === undefined || load.c!.v !== same.c!.v || load.unit !== same.unit) break;
    if (readsAny(load, assigned)) break;
    fields.push({ load, v: v!, distance });
    assigned.add(v!);
    end = at + 1;
  }
  if (fields.length < 2) return 0;
  const farthest = fields.reduce((a, b) => (b.distance > a.distance ? b : a));
  // What is assigned first must not be what the others are read through.
  const itself = new Set([farthest.v]);
  if (fields.some(({ load }) => readsAny(load, itself))) return 0;
  print(printer, fields, farthest, out);
  return end - from;
}

function print(printer: Printer, fields: Field[], farthest: Field, out: Statement[]): void {
  const { ctx } = printer;
  const element = ({ load }: Field): Expression =>
    guardedElement(printer, load, load.n, elementsOf(ctx, load, load.name, load.n)!);
  const test = bin('===', assign(farthest.v.name, element(farthest)), nothing);
  const slow = fields.map(({ load, v }) => {
    const address = printer.address(load.a!, load.n, load.memory);
    return expr(assign(v.name, slowRead(ctx, ctx.memory(load.memory), load.name, address)));
  });
  const fast = fields
    .filter((field) => field !== farthest)
    .map((field) => expr(assign(field.v.name, element(field))));
  for (const { load, v } of fields) {
    if (isNonNegative(load)) printer.facts.add(v);
    else printer.facts.remove(v);
    printer.accessed(load);
  }
  out.push({
    type: 'IfStatement',
    test,
    consequent: block(slow),
    alternate: fast.length === 1 ? fast[0]! : block(fast),
  });
}
