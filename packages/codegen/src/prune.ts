/**
 * Leaves out what nobody imports: exports that are not wanted, functions that then cannot be called, contents of tables
 * that no code looks at. Gets a valid module, gives one with the same indices; what a function that is left in can do,
 * and where instantiation traps, does not change.
 */
import {
  type ElemSegment,
  type ExprRange,
  InstructionReader,
  type Module,
  OPCODES,
} from '@wasm2js/decoder';
import { plainConstant } from './plain-constant.js';

/** Functions that are left out, by the module. */
const unused = new WeakMap<Module, ReadonlySet<number>>();
const NONE: ReadonlySet<number> = new Set();

/** Indices (imports included) of the functions that `keepExports` found to be unused. */
export const unusedFunctions = (module: Module): ReadonlySet<number> => unused.get(module) ?? NONE;

/**
 * The module with these exports alone.
 * @param module decoded and valid
 * @param wanted names of exports
 * @throws TypeError for a name that is not exported
 */
export function keepExports(module: Module, wanted: readonly string[]): Module {
  const names = new Set(wanted);
  for (const name of names) {
    if (module.exports.some((item) => item.name === name)) continue;
    throw new TypeError(`exports: there is no export ${JSON.stringify(name)}`);
  }
  const exports = module.exports.filter(({ name }) => names.has(name));
  const reach = new Reach({ ...module, exports });
  reach.run();
  const elems = module.elems.map((segment, i) =>
    reach.segments.has(i) ? segment : emptied(segment),
  );
  const kept = { ...module, exports, elems };
  const all = module.funcs.map((_, i) => module.importCounts.func + i);
  unused.set(kept, new Set(all.filter((index) => !reach.functions.has(index))));
  return kept;
}

/** What a segment is that nobody looks into: one that has been dropped. */
const emptied = (segment: ElemSegment): ElemSegment => ({
  ...segment,
  mode: 'passive',
  funcs: [],
  exprs: undefined,
});

/** Finds all that exports and the start function lead to. */
class Reach {
  readonly functions = new Set<number>();
  /** Element segments whose contents matter. */
  readonly segments = new Set<number>();
  private readonly tables = new Set<number>();
  private readonly pending: number[] = [];
  private readonly reader: InstructionReader;

  constructor(private readonly module: Module) {
    this.reader = new InstructionReader(module.bytes, 0, 0);
  }

  run(): void {
    const { module } = this;
    for (const { kind, index } of module.exports) {
      if (kind === 'func') this.function(index);
      else if (kind === 'table') this.table(index);
    }
    for (let i = 0; i < module.importCounts.table; i++) this.table(i);
    if (module.start !== undefined) this.function(module.start.func);
    for (const { init } of module.globals) this.expression(init);
    for (const { init } of module.tables) if (init !== undefined) this.expression(init);
    module.elems.forEach((segment, i) => {
      if (segment.mode === 'active' && !this.fits(segment)) this.segment(i);
    });
    for (let index = this.pending.pop(); index !== undefined; index = this.pending.pop()) {
      const { start, end } = module.funcs[index - module.importCounts.func]!.body;
      this.scan(start, end, index);
    }
  }

  private function(index: number): void {
    if (this.functions.has(index)) return;
    this.functions.add(index);
    if (index >= this.module.importCounts.func) this.pending.push(index);
  }

  private table(index: number): void {
    if (this.tables.has(index)) return;
    this.tables.add(index);
    this.module.elems.forEach(({ mode, table }, i) => {
      if (mode === 'active' && table === index) this.segment(i);
    });
  }

  private segment(index: number): void {
    if (this.segments.has(index)) return;
    this.segments.add(index);
    const { mode, table, funcs, exprs } = this.module.elems[index]!;
    if (mode === 'active') this.table(table);
    for (const func of funcs ?? []) this.function(func);
    for (const range of exprs ?? []) this.expression(range);
  }

  /** Is the segment in bounds for certain, so that nobody can tell whether it was written? */
  private fits({ table, offsetExpr, funcs, exprs }: ElemSegment): boolean {
    const { module } = this;
    if (table < module.importCounts.table) return false;
    const offset = plainConstant(module, offsetExpr!);
    const count = funcs?.length ?? exprs?.length ?? 0;
    return offset !== undefined && (offset >>> 0) + count <= module.tableTypes[table]!.limits.min;
  }

  private expression({ start, end }: ExprRange): void {
    const reader = new InstructionReader(this.module.bytes, start, end);
    while (reader.next()) if (OPCODES[reader.op]!.immediates === 'func') this.function(reader.x);
  }

  private scan(start: number, end: number, func: number): void {
    const { reader } = this;
    reader.reset(start, end, func);
    while (reader.next()) {
      const [first, second] = OPCODES[reader.op]!.immediates.split(' ');
      this.named(first!, reader.x);
      if (second !== undefined) this.named(second, reader.y);
    }
  }

  /** An index among the immediates of an instruction. */
  private named(kind: string, index: number): void {
    if (kind === 'func') this.function(index);
    else if (kind === 'table') this.table(index);
    else if (kind === 'elem') this.segment(index);
  }
}
