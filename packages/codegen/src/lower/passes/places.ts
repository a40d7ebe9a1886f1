/**
 * Where jumps through the loop of a function that nests too deep (`nesting.ts`) go: gets its statements, turns
 * "the state is 5, go on with the loop" into a branch to the place with that number, and back. As long as all jumps
 * lead through one point, every variable that lives from one place to another seems to live everywhere.
 */
import { constant } from '../ir/int.js';
import { Label, Op, S, Stmt, setStmt, type Variable } from '../ir/ir.js';
import { highestLabel, traverse } from '../ir/traverse.js';

/** The loop of a function that was taken apart. */
export class Places {
  private constructor(
    private readonly body: Stmt[],
    private readonly loop: Label,
    private readonly choice: Stmt,
    private readonly state: Variable,
    /** By label of a place: its number. */
    private readonly numbers: ReadonlyMap<Label, number>,
  ) {}

  /** Finds the loop and opens its jumps; undefined where there is none. Handlers around the places keep it closed. */
  static open(body: Stmt[]): Places | undefined {
    const loop = body.find(
      ({ kind, body: inside }) =>
        kind === S.Loop && inside!.length === 1 && inside![0]!.kind === S.Switch,
    );
    if (loop === undefined) return undefined;
    const choice = loop.body![0]!;
    if (choice.e!.op !== Op.Get || choice.cases === null) return undefined;
    const own = new Set(choice.cases.map(({ label }) => label));
    if (!choice.targets!.every((target) => own.has(target))) return undefined;
    const numbers = new Map<Label, number>();
    choice.targets!.forEach((label, i) => {
      if (!numbers.has(label)) numbers.set(label, i);
    });
    const found = new Places(body, loop.label!, choice, choice.e!.v!, numbers);
    found.openJumps();
    return found;
  }

  /** The places: branches go to them from anywhere. */
  get labels(): ReadonlySet<Label> {
    return new Set(this.numbers.keys());
  }

  private openJumps(): void {
    const targets = this.choice.targets!;
    const gone = new Set<Stmt>();
    for (const { body } of this.choice.cases!)
      traverse(body, {
        leaveList: (list) => {
          const [set, branch] = list.slice(-2);
          if (branch?.kind !== S.Br || branch.label !== this.loop) return;
          if (set!.kind !== S.Set || set!.v !== this.state || set!.e!.op !== Op.Const) return;
          branch.label = targets[Math.min(set!.e!.n >>> 0, targets.length - 1)]!;
          list.splice(list.length - 2, 1);
          gone.add(set!);
        },
      });
    this.state.sets = this.state.sets.filter((set) => !gone.has(set));
  }

  /** Makes branches to places jumps through the loop again. */
  close(): void {
    let labels = 1 + highestLabel(this.body);
    const go = (label: Label): Stmt[] => {
      const branch = new Stmt(S.Br);
      branch.label = this.loop;
      return [setStmt(this.state, constant(this.numbers.get(label)!)), branch];
    };
    for (const { body } of this.choice.cases!)
      traverse(body, {
        enter: (stmt) => {
          if (stmt.kind !== S.Switch) return;
          const arms = new Map<Label, { label: Label; body: Stmt[] }>();
          stmt.targets = stmt.targets!.map((target) => {
            if (!this.numbers.has(target)) return target;
            const arm = arms.get(target) ?? { label: new Label(labels++, false), body: go(target) };
            arms.set(target, arm);
            return arm.label;
          });
          if (arms.size > 0) stmt.cases = [...arms.values(), ...(stmt.cases ?? [])];
        },
        leaveList: (list) => {
          const last = list.at(-1);
          if (last?.kind === S.Br && this.numbers.has(last.label!))
            list.splice(list.length - 1, 1, ...go(last.label!));
        },
      });
  }
}
