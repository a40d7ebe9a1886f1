/**
 * Tidies the statement structure before it is printed: blocks whose branches can be written as ifs
 * lose their labels, and code behind the labels of a br_table moves into the switch.
 */
import { eqz } from '../ir/int.js';
import { type Label, S, type Stmt } from '../ir/ir.js';

/** Ifs made of a block's conditional exits nest at most this deep. */
const MAX_EXITS = 4;

/** Rewrites the statements in place. */
export function tidy(body: Stmt[]): void {
  sweep(body);
  for (let i = 0; i < body.length; i++) {
    let stmt = body[i]!;
    if (stmt.kind === S.Block) {
      sweepChain(stmt);
      inlineCases(stmt);
      const plain = withoutLabel(stmt);
      if (plain !== undefined) {
        // The statements take the block's place; look at them again.
        body.splice(i, 1, ...plain);
        i--;
        continue;
      }
      stmt = body[i]!;
    }
    if (stmt.body !== null) tidy(stmt.body);
    if (stmt.alt !== null) tidy(stmt.alt);
    if (stmt.cases !== null) for (const item of stmt.cases) tidy(item.body);
  }
}

/** Takes out what passes have left empty. */
function sweep(body: Stmt[]): void {
  if (!body.some((stmt) => stmt.kind === S.Skip)) return;
  let count = 0;
  for (const stmt of body) if (stmt.kind !== S.Skip) body[count++] = stmt;
  body.length = count;
}

/** Sweeps a chain of blocks that begin with one another. */
function sweepChain(block: Stmt): void {
  for (let inner: Stmt | undefined = block; inner?.kind === S.Block; inner = inner.body![0])
    sweep(inner.body!);
}

const branchesTo = (list: Stmt[] | null, label: Label): boolean =>
  list !== null && list.length === 1 && list[0]!.kind === S.Br && list[0]!.label === label;

/** The statements of a block written without its label, if that is easy. */
function withoutLabel(block: Stmt): Stmt[] | undefined {
  const label = block.label!;
  const body = block.body!;
  const last = body[body.length - 1];
  if (last !== undefined && last.kind === S.Br && last.label === label) {
    body.pop();
    label.uses--;
  }
  if (label.uses === 0) return body.length < 10_000 ? body : undefined;
  if (label.uses > MAX_EXITS) return undefined;
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
    exit.body = inner;
    rest = [exit];
    end = at;
  }
  label.uses = 0;
  return [...body.slice(0, end), ...rest];
}

/** Moves the code behind the labels of nested blocks around a switch into it. */
function inlineCases(outer: Stmt): void {
  const chain: Stmt[] = [outer];
  let inner = outer;
  while (inner.body![0]?.kind === S.Block) {
    inner = inner.body![0]!;
    chain.push(inner);
  }
  const body = inner.body!;
  const choice = body[body.length - 1];
  if (chain.length < 2 || choice === undefined || choice.kind !== S.Switch || choice.cases !== null)
    return;
  const counts = new Map<Label, number>();
  for (const label of choice.targets!) counts.set(label, (counts.get(label) ?? 0) + 1);
  let k = chain.length;
  while (k > 1 && counts.get(chain[k - 1]!.label!) === chain[k - 1]!.label!.uses) k--;
  if (k === chain.length) return;
  // chain[k..] are only reached by the switch: their continuations become its cases.
  choice.cases = [];
  for (let i = chain.length - 1; i >= k; i--)
    choice.cases.push({ label: chain[i]!.label!, body: chain[i - 1]!.body!.slice(1) });
  chain[k - 1]!.body = body;
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
