/**
 * Tidies the statement structure before it is printed: branches that go where their list ends are left out, ifs take
 * in what is behind them where one arm goes there, so that most blocks lose their labels, what is behind the last way
 * back to a loop's head stands behind the loop, and code behind the labels of a br_table moves into the switch.
 */
import { AHEAD } from '../../ahead.js';
import { eqz } from '../ir/int.js';
import { endsAbruptly, type Label, S, type Stmt } from '../ir/ir.js';
import { lists, sweep } from '../ir/traverse.js';
import { gatherArms } from './arms.js';

/** Ifs deeper than this take in nothing that stands behind them. */
const MAX_TIDY_DEPTH = 64;

/** Labels that a branch at the end of a list may name without going anywhere else than the list's end does. */
type Ends = readonly Label[];

/** Rewrites the statements in place. @param switches is there a switch among them? */
export function tidy(body: Stmt[], switches: boolean): void {
  sweep(body);
  if (switches) gatherArms(body);
  tidyList(body, 0, []);
}

/** @param depth number of statements around the list @param ends where it ends */
function tidyList(body: Stmt[], depth: number, ends: Ends): void {
  let jump: Stmt | undefined;
  if (!cutOff(body, ends) && body[body.length - 1]?.kind === S.Br) jump = body.pop();
  let into = jump === undefined ? ends : [jump.label!];
  // A stack: the statements of a block that lost its label are looked at again.
  const left = body.splice(0).reverse();
  for (let stmt = left.pop(); stmt !== undefined; stmt = left.pop()) {
    if (stmt.kind === S.If && depth < MAX_TIDY_DEPTH) {
      const isTaken = takeIn(stmt, left, into);
      if (AHEAD && !isTaken && jump !== undefined && takeIn(stmt, left, ends, jump)) {
        jump = undefined;
        into = ends;
      }
    }
    const own = left.length > 0 ? [] : into;
    if (stmt.kind === S.Block) {
      const label = stmt.label!;
      const inside = stmt.body!;
      if (AHEAD) cutOff(inside, [label]);
      if (label.uses === 0) {
        for (let i = inside.length - 1; i >= 0; i--) left.push(inside[i]!);
        continue;
      }
      tidyList(inside, depth + 1, [label, ...own]);
      if (label.uses > 0) body.push(stmt);
      else for (const item of inside) body.push(item);
      continue;
    }
    body.push(stmt);
    if (stmt.body !== null) tidyList(stmt.body, depth + 1, own);
    if (stmt.alt !== null) tidyList(stmt.alt, depth + 1, own);
    if (stmt.cases !== null)
      for (const item of stmt.cases) {
        // Other arms fall into the next one.
        const isLast = AHEAD && item === stmt.cases[stmt.cases.length - 1];
        tidyList(item.body, depth + 1, isLast ? own : []);
      }
    if (AHEAD) settle(stmt, body);
  }
  if (jump !== undefined) body.push(jump);
}

/** Puts the only arm of an if first, and what is behind the last way back to a loop's head behind the loop. */
function settle(stmt: Stmt, body: Stmt[]): void {
  if (stmt.kind === S.If && stmt.body!.length === 0) exchangeArms(stmt);
  if (stmt.kind !== S.Loop) return;
  const behind = behindLoop(stmt);
  if (stmt.body!.length === 0) body.pop();
  for (const item of behind) body.push(item);
}

/** Takes a branch to one of these from the end of a list. @returns was there one? */
function cutOff(list: Stmt[], ends: Ends): boolean {
  const last = list[list.length - 1];
  if (last?.kind !== S.Br || !ends.includes(last.label!)) return false;
  last.label!.uses--;
  list.pop();
  return true;
}

/** Takes what is left of a list, and what it ends with, into an if, one arm of which goes to the list's end. @returns did it? */
function takeIn({ body, alt }: Stmt, left: Stmt[], all: Ends, last?: Stmt): boolean {
  // Ways back to a loop's head stay: most need no label.
  const ends = AHEAD ? all.filter((label) => !label.isLoop) : all;
  if (left.length === 0 && (!AHEAD || last === undefined)) return false;
  const other = cutOff(body!, ends) ? alt! : body!;
  if (other === body && !cutOff(alt!, ends)) return false;
  for (let item = left.pop(); item !== undefined; item = left.pop()) other.push(item);
  if (AHEAD && last !== undefined) other.push(last);
  return true;
}

/** Puts the other arm of an if first. */
function exchangeArms(stmt: Stmt): void {
  stmt.e = eqz(stmt.e!);
  [stmt.body, stmt.alt] = [stmt.alt, stmt.body];
  if (stmt.likely !== undefined) stmt.likely = !stmt.likely;
}

/** Takes out of a loop what follows the last way back to its head, and gives it. */
function behindLoop({ body, label }: Stmt): Stmt[] {
  const list = body!;
  let count = list.length;
  while (count > 0 && !goTo([list[count - 1]!], label!)) count--;
  const behind = list.splice(count);
  const last = list[count - 1];
  if (last?.kind !== S.If) return behind;
  if (!goTo(last.body!, label!)) exchangeArms(last);
  // What the other arm leaves is behind both.
  if (goTo(last.alt!, label!) || !endsAbruptly(last.body!)) return behind;
  return [...last.alt!.splice(0), ...behind];
}

/** Is there a branch to the label in these statements? */
const goTo = (list: Stmt[], label: Label): boolean =>
  list.some(
    (stmt) =>
      (stmt.kind === S.Br && stmt.label === label) ||
      stmt.targets?.includes(label) ||
      lists(stmt).some((inside) => goTo(inside, label)),
  );

/** Goes what ends a list back to the head of a loop, unless an if at its end is not taken? */
export function goesBack(list: Stmt[], label: Label): boolean {
  const last = list[list.length - 1];
  if (AHEAD && last?.kind === S.If) return last.alt!.length === 0 && goesBack(last.body!, label);
  return last?.kind === S.Br && last.label === label;
}

/** Replaces an if that only assigns one variable on both ways by one assignment. */
export function mergeable(stmt: Stmt): boolean {
  const a = stmt.body!;
  const b = stmt.alt!;
  return (
    a.length === 1 &&
    b.length === 1 &&
    a[0]!.kind === S.Set &&
    b[0]!.kind === S.Set &&
    a[0]!.v === b[0]!.v
  );
}
