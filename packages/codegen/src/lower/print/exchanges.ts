/**
 * Reads of memory right before writes of the same places, as exchanges are, where code is interpreted. Gets a list of
 * statements, gives one whose reads tell that the places can be written:
 * `if((t=V[p])===void 0||(u=V[q])===void 0){…}else{V[p]=u;V[q]=t}`. Keeps: where a place is not there, everything is done
 * again in its order by the `DataView`, which traps as it should; reading twice is as reading once.
 */
import type { Expression, Statement } from 'estree';
import { assign, bin, block, expr, id, logic } from '../../estree.js';
import { baseOf, elementsOf, isDirect, provesBounds, updateOf } from '../analyses/elements.js';
import { isNonNegative } from '../ir/int.js';
import { Fx, Guard, I, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { readsOf } from '../ir/reads.js';
import type { Printer } from './printer.js';
import { guardedElement, slowRead, slowWrite, write } from './typed-memory.js';
import { nothing } from './updates.js';
import { ANY } from './wants.js';

/** Operations that a value may have that is printed for both ways. */
const DEEPEST = 2;

/** A load of an integer, and the variable that it goes into. */
interface Read {
  load: Node;
  /** Undefined where the value of the first store is the load. */
  v: Variable | undefined;
}

/** A store; is its value read from memory? */
interface Write {
  store: Node;
  isRead: boolean;
}

/** A load through a pointer whose index is known, of a place that can be written if it is there. */
export function isGuarded(printer: Printer, e: Node): boolean {
  if (e.op !== Op.Load || e.type !== I) return false;
  const known = e.guard !== Guard.none && !isDirect(e);
  return known && elementsOf(printer.ctx, e, e.name, e.n)?.shift === e.unit;
}

/** A store through such a pointer. */
const isStore = (printer: Printer, { kind, e }: Stmt): boolean =>
  kind === S.Expr &&
  e!.op === Op.Store &&
  e!.type === I &&
  provesBounds(e!) &&
  elementsOf(printer.ctx, e!, e!.name, e!.n)?.shift === e!.unit;

/** A value that needs neither memory nor a call. */
const isLocal = ({ depth, fx }: Node): boolean => depth <= DEEPEST && (fx & ~Fx.readLocal) === 0;

/** Is a store to the place of a load? */
const isSamePlace = (load: Node, store: Node): boolean =>
  load.c!.v === store.c!.v &&
  load.memory === store.memory &&
  load.unit === store.unit &&
  load.n === store.n &&
  baseOf(load.a!)!.constant !== undefined &&
  baseOf(load.a!)!.constant === baseOf(store.a!)!.constant;

/**
 * Prints an exchange that begins a list.
 * @param body the list, from which it starts
 * @returns so many statements that it consists of; 0 where there is none
 */
export function printExchange(
  printer: Printer,
  body: readonly Stmt[],
  from: number,
  out: Statement[],
): number {
  // Every statement is asked, and hardly one begins an exchange: nothing is made before that is likely.
  const { e: first } = body[from]!;
  if (first === null || (first.op === Op.Store ? first.b! : first).guard === Guard.none) return 0;
  let at = from;
  const reads: Read[] = [];
  const writes: Write[] = [];
  const assigned = new Set<Variable>();
  const isFree = (node: Node): boolean => {
    let free = true;
    readsOf(node, (v) => {
      free &&= !assigned.has(v);
    });
    return free;
  };
  for (; at < body.length; at++) {
    const { kind, v, e } = body[at]!;
    if (kind === S.Skip) continue;
    if (kind !== S.Set || !v!.needNumber || !isGuarded(printer, e!) || !isFree(e!)) break;
    if (assigned.has(v!)) break;
    reads.push({ load: e!, v: v! });
    assigned.add(v!);
  }
  for (; at < body.length; at++) {
    const stmt = body[at]!;
    if (stmt.kind === S.Skip) continue;
    if (!isStore(printer, stmt)) break;
    const store = stmt.e!;
    const value = store.b!;
    if (updateOf(printer.ctx, store) !== undefined || !isFree(store.a!)) break;
    // What the first store writes is read before anything is written.
    const isRead = writes.length === 0 && isGuarded(printer, value) && isFree(value);
    if (!isRead && !isLocal(value)) break;
    const places = isRead ? [...reads.map(({ load }) => load), value] : reads.map((r) => r.load);
    if (!places.some((load) => isSamePlace(load, store))) break;
    if (isRead) reads.push({ load: value, v: undefined });
    writes.push({ store, isRead });
  }
  // Reads of places that are not written tell nothing.
  const isWritten = ({ load }: Read): boolean =>
    writes.some(({ store }) => isSamePlace(load, store));
  if (reads.length === 0 || !reads.every(isWritten)) return 0;
  print(printer, reads, writes, out);
  return at - from;
}

function print(printer: Printer, reads: Read[], writes: Write[], out: Statement[]): void {
  const { ctx } = printer;
  const element = (e: Node): Expression =>
    guardedElement(printer, e, e.n, elementsOf(ctx, e, e.name, e.n)!);
  const address = (e: Node): Expression => printer.address(e.a!, e.n, e.memory);
  const extra = reads.some(({ v }) => v === undefined) ? printer.temporary(I) : '';
  const nameOf = ({ v }: Read): string => v?.name ?? extra;
  const value = ({ store, isRead }: Write): Expression =>
    isRead ? id(extra) : printer.int(store.b!, ANY);
  const test = reads
    .map((read): Expression => bin('===', assign(nameOf(read), element(read.load)), nothing))
    .reduce((all, one) => logic('||', all, one));
  for (const { load, v } of reads) {
    if (v === undefined) continue;
    if (isNonNegative(load)) printer.facts.add(v);
    else printer.facts.remove(v);
  }
  const fast = writes.map((stored) => write(element(stored.store), value(stored)));
  const slow = [
    ...reads.map((read) => {
      const { load } = read;
      const found = slowRead(ctx, ctx.memory(load.memory), load.name, address(load));
      return expr(assign(nameOf(read), found));
    }),
    ...writes.map((stored) => {
      const { store } = stored;
      const plan = ctx.memory(store.memory);
      return expr(slowWrite(ctx, plan, store.name, address(store), value(stored)));
    }),
  ];
  for (const { load } of reads) printer.accessed(load);
  out.push({
    type: 'IfStatement',
    test,
    consequent: block(slow),
    alternate: fast.length === 1 ? fast[0]! : block(fast),
  });
}
