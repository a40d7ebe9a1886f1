/**
 * Tidies the statement structure before it is printed: blocks whose branches can be written as ifs
 * lose their labels, and code behind the labels of a br_table moves into the switch.
 */
import { eqz } from '../ir/int.js';
import { type Label, S, type Stmt } from '../ir/ir.js';
import { sweep } from '../ir/traverse.js';
import { gatherArms } from './arms.js';

/** Ifs made of a block's conditional exits nest at most this deep. */
const MAX_EXITS = 4;

/** Blocks deeper than this keep their labels: ifs in their place would nest deeper than they do. */
const MAX_TIDY_DEPTH = 64;

/** Rewrites the statements in place. @param switches is there a switch among them? */
export function tidy(body: Stmt[], switches: boolean): void {
  sweep(body);
  if (switches) gatherArms(body);
  tidyList(body, 0);
}

/** @param depth number of statements around the list */
function tidyList(body: Stmt[], depth: number): void {
  if (!body.some(isBlock)) {
    for (const stmt of body) tidyInside(stmt, depth);
    return;
  }
  // A stack: the statements of a block that lost its label are looked at again.
  const left = body.splice(0).reverse();
  for (let stmt = left.pop(); stmt !== undefined; stmt = left.pop()) {
    const plain = stmt.kind === S.Block ? withoutLabel(stmt, depth) : undefined;
    if (plain !== undefined) {
      for (let i = plain.length - 1; i >= 0; i--) left.push(plain[i]!);
      continue;
    }
    body.push(stmt);
    tidyInside(stmt, depth);
  }
}

function tidyInside(stmt: Stmt, depth: number): void {
  if (stmt.body !== null) tidyList(stmt.body, depth + 1);
  if (stmt.alt !== null) tidyList(stmt.alt, depth + 1);
  if (stmt.cases !== null) for (const item of stmt.cases) tidyList(item.body, depth + 1);
}

const isBlock = (stmt: Stmt): boolean => stmt.kind === S.Block;

const branchesTo = (list: Stmt[] | null, label: Label): boolean =>
  list !== null && list.length === 1 && list[0]!.kind === S.Br && list[0]!.label === label;

/** The statements of a block written without its label, if that is easy. */
function withoutLabel(block: Stmt, depth: number): Stmt[] | undefined {
  const label = block.label!;
  const body = block.body!;
  const last = body[body.length - 1];
  if (last !== undefined && last.kind === S.Br && last.label === label) {
    body.pop();
    label.uses--;
  }
  if (label.uses === 0) return body;
  if (label.uses > MAX_EXITS || depth + label.uses > MAX_TIDY_DEPTH) return undefined;
  const exits: number[] = [];
  body.forEach((stmt, i) => {
    if (stmt.kind === S.If && stmt.alt!.length === 0 && branchesTo(stmt.body, label)) exits.push(i);
  });
  if (exits.length !== label.uses) return undefined;
  let rest: Stmt[] = [];
  let end = body.length;
  for (let k = exits.length - 1; k >= 0; k--) {
    const at = exits[k]!;
    const exit = body[at]!;
    const inner = [...body.slice(at + 1, end), ...rest];
    exit.e = eqz(exit.e!);
    if (exit.likely !== undefined) exit.likely = !exit.likely;
    exit.body = inner;
    rest = [exit];
    end = at;
  }
  label.uses = 0;
  return [...body.slice(0, end), ...rest];
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
