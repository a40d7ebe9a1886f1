/**
 * Bounds how deep statements nest, whatever the module does: the passes behind this one, the printer and the
 * parsers of engines recurse over what they get. A function that nests deeper than `MAX_NESTING` gets, in this order,
 *
 * 1. the arms of its switches (`arms.ts`);
 * 2. flat chains for what is the last statement of its list: `if(a){…}else{if(b)…}` is
 *    `L:{if(a){…;break L}if(b)…}`, and a block at the end of a block has the same end;
 * 3. for what is still too deep, one loop around a switch over the places that branches go to. Only statements
 *    with more than `MAX_NESTING` levels inside are taken apart; those within stay what they are. Where one of them
 *    has a handler, the loop has one for all: each place says where its exceptions go, and what it throws itself goes
 *    there as a branch (`throws.ts`).
 *
 * Must keep: no recursion here, and time linear in the statements.
 */
import { AHEAD } from '../../ahead.js';
import { binary, constant, eqz, sub } from '../ir/int.js';
import {
  endsAbruptly,
  get,
  I,
  ifStmt,
  Label,
  loopStmt,
  type Node,
  Op,
  operands,
  R,
  S,
  Stmt,
  setStmt,
  thrownValue,
  throwStmt,
  Variable,
} from '../ir/ir.js';
import { highestLabel, lists, traverse, type Visitor } from '../ir/traverse.js';
import { gatherArms } from './arms.js';
import { branchThrows, deepenTries } from './throws.js';

/**
 * Statements nest at most this deep. Hermes' parser takes 320 loops inside one another, Deno's 570, Node's 830,
 * QuickJS' 1400, and some of each is for expressions and for what `structure` adds.
 */
export const MAX_NESTING = 80;

/** Most cases of a switch over places: SpiderMonkey takes 65,536. */
const MAX_CASES = 50_000;

/** Bounds the nesting of a function's statements, in place. @param variables its variables; one may be added */
export function limitNesting(body: Stmt[], variables: Variable[]): void {
  gatherArms(body);
  if (!isDeep(body)) return;
  new Flattener(body).run();
  if (!isDeep(body)) return;
  new Opener(body, variables).run();
}

function isDeep(body: Stmt[]): boolean {
  const inside = heights(body);
  return body.some((stmt) => (inside.get(stmt) ?? 0) > MAX_NESTING);
}

/** How many levels of statements are inside each statement that has any. */
function heights(body: Stmt[]): Map<Stmt, number> {
  const found = new Map<Stmt, number>();
  const highest: number[] = [0];
  traverse(body, {
    enter: () => {
      highest.push(0);
    },
    leave: (stmt) => {
      const inside = highest.pop()!;
      const own = stmt.body === null && stmt.cases === null ? 0 : inside + 1;
      if (own > 0) found.set(stmt, own);
      const outer = highest.length - 1;
      if (own > highest[outer]!) highest[outer] = own;
    },
  });
  return found;
}

/** Does control never reach the end of the list? What is known of the statements inside is in `ends`. */
const endsHere = (list: Stmt[], ends: Set<Stmt>): boolean => {
  const last = list[list.length - 1];
  return last !== undefined && ends.has(last);
};

/** The statements behind which control never comes. */
function endings(body: Stmt[]): Set<Stmt> {
  const found = new Set<Stmt>();
  traverse(body, {
    leave: (stmt) => {
      switch (stmt.kind) {
        case S.Br:
        case S.Return:
        case S.Trap:
        case S.TailCall:
        case S.Throw:
          found.add(stmt);
          break;
        case S.If:
        case S.Try:
          if (endsHere(stmt.body!, found) && endsHere(stmt.alt!, found)) found.add(stmt);
          break;
        case S.Loop:
          if (endsHere(stmt.body!, found)) found.add(stmt);
          break;
        case S.Switch: {
          const arms = stmt.cases ?? [];
          if (arms.length === 0 || endsHere(arms[arms.length - 1]!.body, found)) found.add(stmt);
          break;
        }
        default:
      }
    },
  });
  return found;
}

const branchTo = (label: Label): Stmt => {
  const stmt = new Stmt(S.Br);
  stmt.label = label;
  label.uses++;
  return stmt;
};

/** Makes flat chains of what ends a list. */
class Flattener {
  private readonly heights: Map<Stmt, number>;
  private readonly ends: Set<Stmt>;
  private readonly same = new Map<Label, Label>();
  private labels: number;

  constructor(private readonly body: Stmt[]) {
    this.heights = heights(body);
    this.ends = endings(body);
    this.labels = 1 + highestLabel(body);
  }

  run(): void {
    // What is made here is looked at as well: the lists inside come after their statement.
    const work: { list: Stmt[]; end: Label | undefined }[] = [{ list: this.body, end: undefined }];
    for (let item = work.pop(); item !== undefined; item = work.pop()) {
      const { list } = item;
      this.flatten(list, item.end);
      for (const stmt of list) {
        if (!this.isDeep(stmt)) continue;
        const end = stmt.kind === S.Block ? stmt.label! : undefined;
        for (const inner of lists(stmt)) work.push({ list: inner, end });
      }
    }
    this.rename();
  }

  private isDeep(stmt: Stmt): boolean {
    return (this.heights.get(stmt) ?? 0) > MAX_NESTING;
  }

  /** @param end the label that a branch to the end of the list has, if there is one */
  private flatten(list: Stmt[], end: Label | undefined): void {
    for (;;) {
      const last = list[list.length - 1];
      if (last === undefined || !this.isDeep(last)) return;
      if (last.kind === S.Block && end !== undefined) {
        this.same.set(last.label!, end);
        end.uses += last.label!.uses;
        list.pop();
        for (const stmt of last.body!) list.push(stmt);
      } else if (last.kind === S.If) {
        if (end === undefined) {
          const block = new Stmt(S.Block);
          block.label = new Label(this.labels++, false);
          block.body = [last];
          this.heights.set(block, this.heights.get(last)! + 1);
          list[list.length - 1] = block;
          return;
        }
        this.split(list, last, end);
      } else return;
    }
  }

  /** Puts the deeper arm of the last statement of a list behind it. */
  private split(list: Stmt[], stmt: Stmt, end: Label): void {
    const height = (arm: Stmt[]): number =>
      arm.reduce((most, item) => Math.max(most, this.heights.get(item) ?? 0), 0);
    let near = stmt.body!;
    let far = stmt.alt!;
    if (height(near) > height(far)) {
      stmt.e = eqz(stmt.e!);
      [near, far] = [far, near];
    }
    if (!endsHere(near, this.ends)) near.push(branchTo(end));
    stmt.body = near;
    stmt.alt = [];
    this.heights.set(stmt, height(near) + 1);
    this.ends.delete(stmt);
    for (const item of far) list.push(item);
  }

  /** Gives branches the labels that have taken the place of others. */
  private rename(): void {
    const { same } = this;
    if (same.size === 0) return;
    const now = (label: Label): Label => same.get(label) ?? label;
    traverse(this.body, {
      enter: (stmt) => {
        if (stmt.kind === S.Br) stmt.label = now(stmt.label!);
        else if (stmt.targets !== null) stmt.targets = stmt.targets.map(now);
      },
    });
  }
}

/** What is left to do of a statement that is taken apart. */
type Task =
  | { kind: 'list'; list: Stmt[]; next: number }
  | { kind: 'place'; label: Label }
  | { kind: 'jump'; label: Label }
  | { kind: 'handler'; label: Label | undefined };

/** Takes apart what nests too deep. */
class Opener {
  private readonly heights: Map<Stmt, number>;
  private readonly ends: Set<Stmt>;
  /** Labels that are places now: their numbers. */
  private readonly places = new Map<Label, number>();
  private readonly cases: { label: Label; body: Stmt[] }[] = [];
  private readonly loop: Label;
  private labels: number;
  private present: Stmt[] = [];
  private readonly state: Variable;
  /** Where exceptions of the present statements go, and the variables of that; made with the first handler. */
  private handler: Label | undefined;
  private catching: { handler: Variable; thrown: Variable } | undefined;
  /** Assignments of the handler at the start of each place, to be given their numbers. */
  private readonly enters: { list: Stmt[]; handler: Label | undefined }[] = [];

  constructor(
    private readonly body: Stmt[],
    private readonly variables: Variable[],
  ) {
    this.state = new Variable('s0', I, false, true);
    variables.push(this.state);
    this.heights = heights(body);
    if (AHEAD) deepenTries(body, this.heights, MAX_NESTING);
    this.ends = endings(body);
    this.labels = 1 + highestLabel(body);
    this.loop = this.newLabel(true);
    if (AHEAD) this.loop.dispatches = true;
  }

  run(): void {
    this.place(this.newLabel(false));
    const work: Task[] = [{ kind: 'list', list: this.body.splice(0), next: 0 }];
    for (let task = work.at(-1); task !== undefined; task = work.at(-1)) {
      if (task.kind === 'list') {
        const stmt = task.list[task.next++];
        if (stmt === undefined) work.pop();
        else if ((this.heights.get(stmt) ?? 0) > MAX_NESTING) this.open(stmt, work);
        else this.present.push(stmt);
        continue;
      }
      work.pop();
      if (task.kind === 'place') this.place(task.label);
      else if (task.kind === 'handler') this.handler = task.label;
      else if (!endsHere(this.present, this.ends)) this.present.push(branchTo(task.label));
    }
    for (const { label } of this.cases) label.uses = 1;
    if (AHEAD) {
      for (const [i, { handler }] of this.enters.entries())
        if (handler !== undefined)
          branchThrows(this.cases[i]!.body, handler, this.catching!.thrown);
    }
    this.redirect();
    const choice = this.choices();
    this.body.push(
      loopStmt(this.loop, this.catching === undefined ? choice : this.guarded(choice)),
    );
  }

  /** The switch over the places; several, one behind the other, where engines take none so long. */
  private choices(): Stmt[] {
    const found: Stmt[] = [];
    for (let start = 0; start < this.cases.length; start += MAX_CASES) {
      const choice = new Stmt(S.Switch);
      choice.e = start === 0 ? get(this.state) : sub(get(this.state), constant(start));
      choice.cases = this.cases.slice(start, start + MAX_CASES);
      choice.targets = choice.cases.map(({ label }) => label);
      const end = start + MAX_CASES;
      if (end >= this.cases.length) {
        found.push(choice);
        break;
      }
      const last = choice.cases.at(-1)!.body;
      if (!endsAbruptly(last)) last.push(setStmt(this.state, constant(end)));
      found.push(ifStmt(binary(Op.LtS, get(this.state), constant(end)), [choice]));
    }
    return found;
  }

  /** The switch with the one handler: on to the place that the present one has named. */
  private guarded(choice: Stmt[]): Stmt[] {
    const { handler, thrown } = this.catching!;
    for (const { list, handler: label } of this.enters)
      list.unshift(setStmt(handler, constant(label === undefined ? 0 : this.places.get(label)!)));
    const none = ifStmt(eqz(get(handler)), [throwStmt(thrownValue())]);
    const stmt = new Stmt(S.Try);
    stmt.body = choice;
    stmt.alt = [
      none,
      setStmt(thrown, thrownValue()),
      setStmt(this.state, get(handler)),
      branchTo(this.loop),
    ];
    return [stmt];
  }

  /** Opens a statement with a handler. */
  private openTry(stmt: Stmt, work: Task[]): void {
    if (this.catching === undefined) {
      const handler = new Variable('s1', I, false, true);
      const thrown = new Variable('s2', R, false, true);
      this.variables.push(handler, thrown);
      this.catching = { handler, thrown };
    }
    const { thrown } = this.catching;
    replaceThrown(stmt.alt!, thrown);
    const [outer, start, handler, end] = [
      this.handler,
      ...[0, 1, 2].map(() => this.newLabel(false)),
    ];
    const list = (inside: Stmt[]): Task => ({ kind: 'list', list: inside, next: 0 });
    work.push(
      { kind: 'place', label: end! },
      list(stmt.alt!),
      { kind: 'place', label: handler! },
      { kind: 'handler', label: outer },
      { kind: 'jump', label: end! },
      list(stmt.body!),
    );
    this.handler = handler;
    this.place(start!);
  }

  private newLabel(isLoop: boolean): Label {
    return new Label(this.labels++, isLoop);
  }

  /** What follows is where branches to the label go. */
  private place(label: Label): void {
    this.places.set(label, this.cases.length);
    this.present = [];
    // The label of a loop is one of a case from here on.
    this.cases.push({ label: this.newLabel(false), body: this.present });
    this.enters.push({ list: this.present, handler: this.handler });
  }

  /** Puts a statement in its parts; those with lists come later, from the end of `work`. */
  private open(stmt: Stmt, work: Task[]): void {
    const list = (inside: Stmt[]): void => {
      work.push({ kind: 'list', list: inside, next: 0 });
    };
    switch (stmt.kind) {
      case S.Block:
        work.push({ kind: 'place', label: stmt.label! });
        list(stmt.body!);
        break;
      case S.Loop:
        this.place(stmt.label!);
        list(stmt.body!);
        break;
      case S.If: {
        const { body, alt } = stmt as { body: Stmt[]; alt: Stmt[] };
        const end = this.newLabel(false);
        const other = alt.length === 0 ? end : this.newLabel(false);
        stmt.e = eqz(stmt.e!);
        stmt.body = [branchTo(other)];
        stmt.alt = [];
        this.ends.add(stmt.body[0]!);
        this.ends.delete(stmt);
        this.present.push(stmt);
        work.push({ kind: 'place', label: end });
        if (alt.length > 0) {
          list(alt);
          work.push({ kind: 'place', label: other }, { kind: 'jump', label: end });
        }
        list(body);
        break;
      }
      case S.Switch: {
        const arms = stmt.cases!;
        stmt.cases = null;
        this.ends.add(stmt);
        this.present.push(stmt);
        for (let i = arms.length - 1; i >= 0; i--) {
          list(arms[i]!.body);
          work.push({ kind: 'place', label: arms[i]!.label });
        }
        break;
      }
      case S.Try:
        this.openTry(stmt, work);
        break;
      default:
        throw new TypeError(`no statement ${stmt.kind} can be taken apart`);
    }
  }

  /** Makes branches to places what they are now: the state is set, and the loop goes on. */
  private redirect(): void {
    const go = (label: Label): Stmt[] => [
      setStmt(this.state, constant(this.places.get(label)!)),
      branchTo(this.loop),
    ];
    const visitor: Visitor = {
      enter: (stmt) => {
        if (stmt.kind === S.Switch) this.redirectTable(stmt, go);
      },
      leaveList: (list) => {
        const last = list[list.length - 1];
        if (last?.kind === S.Br && this.places.has(last.label!))
          list.splice(list.length - 1, 1, ...go(last.label!));
      },
    };
    for (const { body } of this.cases) traverse(body, visitor);
  }

  private redirectTable(stmt: Stmt, go: (label: Label) => Stmt[]): void {
    const own = new Map<Label, { label: Label; body: Stmt[] }>();
    stmt.targets = stmt.targets!.map((target) => {
      if (!this.places.has(target)) return target;
      let item = own.get(target);
      if (item === undefined) {
        item = { label: this.newLabel(false), body: go(target) };
        own.set(target, item);
      }
      item.label.uses++;
      return item.label;
    });
    if (own.size > 0) stmt.cases = [...own.values(), ...(stmt.cases ?? [])];
  }
}

/** What looks at what this handler has caught reads a variable; handlers inside have their own. */
function replaceThrown(handler: Stmt[], thrown: Variable): void {
  const replace = (node: Node): Node => {
    if (node.op === Op.Thrown) return get(thrown);
    if (node.list !== null) node.list = node.list.map(replace);
    else for (const part of operands(node)) replace(part);
    return node;
  };
  const work = [handler];
  for (let list = work.pop(); list !== undefined; list = work.pop()) {
    for (const stmt of list) {
      if (stmt.e !== null) stmt.e = replace(stmt.e);
      if (stmt.kind === S.Try) work.push(stmt.body!);
      else work.push(...lists(stmt));
    }
  }
}
