/**
 * The body of `instantiate`, but for the functions: imports, allocation, initialisation in the order
 * of the specification ("Instantiation", section 4.7), start function, exports.
 */
import {
  type ElemSegment,
  type FuncType,
  type GlobalType,
  heapOf,
  I32,
  I64,
  type Import,
  isRef,
  type TableType,
  UnsupportedError,
  V128,
  type ValType,
} from '@wasm2js/decoder';
import { accessorStatements } from '../accessors.js';
import { AHEAD } from '../ahead.js';
import type { Builtin } from '../builtins.js';
import {
  componentSuffixes,
  LAST_ELEMENTS,
  type ModuleContext,
  NEAR_LAST_ELEMENTS,
  ROOM,
  suspendableName,
} from '../context.js';
import { TANK } from '../lower/ir/fuel.js';
import { propertyKey, quote } from '../names.js';
import { type Boundary, catchClause, declareChannels } from './boundary.js';
import { constantParts } from './constants.js';
import type { DataStore } from './data.js';
import type { Lowering } from './lowering.js';
import { newMemory } from './prelude.js';
import { keepStatement } from './restorable.js';
import { isFuncHeap, valueTypeSource } from './values.js';

/** Elements of one literal. */
const LITERAL = 512;

/** Can a function reference get out of the module other than as an exported function? */
export function referencesCross(ctx: ModuleContext): boolean {
  const { module } = ctx;
  // What else crosses may be an object that holds functions.
  const objects = module.types.some(({ comp }) => comp.kind !== 'func');
  const crosses = (type: ValType) => isRef(type) && (objects || isFuncHeap(ctx, heapOf(type)));
  const funcCrosses = (type: number) => {
    const { params, results } = module.types[type]!.comp as FuncType;
    return params.some(crosses) || results.some(crosses);
  };
  return [...module.imports.map(({ desc }) => desc), ...exportedTypes(ctx)].some((desc) => {
    if (desc.kind === 'func' || desc.kind === 'tag') return funcCrosses(desc.type);
    if (desc.kind === 'table') return crosses(desc.element);
    return desc.kind === 'global' && crosses(desc.type);
  });
}

/** Can other references than exported functions be in a global of the module, or one that its class makes? */
export function globalsMeetReferences(ctx: ModuleContext): boolean {
  const { importCounts, tableTypes, tagTypes } = ctx.module;
  return (
    // What functions need is not known yet.
    ctx.lazy ||
    importCounts.global + tableTypes.length + tagTypes.length > 0 ||
    referencesCross(ctx) ||
    exportedTypes(ctx).some(
      (desc) => desc.kind === 'global' && (isRef(desc.type) || desc.type === V128),
    )
  );
}

function exportedTypes({ module }: ModuleContext): Import['desc'][] {
  return module.exports.map(({ kind, index }) => {
    if (kind === 'func') return { kind, type: module.funcTypes[index]!, exact: false };
    if (kind === 'table') return { kind, ...module.tableTypes[index]! };
    if (kind === 'memory') return { kind, ...module.memoryTypes[index]! };
    if (kind === 'global') return { kind, ...module.globalTypes[index]! };
    return { kind, ...module.tagTypes[index]! };
  });
}

/** The classes of typed arrays by the letter of their elements (`VIEW_METHODS`). */
const ARRAYS: Readonly<Record<string, string>> = {
  b: 'Uint8Array',
  c: 'Int8Array',
  h: 'Uint16Array',
  s: 'Int16Array',
  i: 'Int32Array',
  f: 'Float32Array',
  d: 'Float64Array',
};

/** The value that `instantiate` takes for imports that are not given, where it needs none; '': it has to see that. */
export const defaultImports = ({ module }: ModuleContext): string =>
  AHEAD && module.imports.length === 0 ? '={}' : '';

/** Is it the name of what stands for a typed array where an access is odd or out of bounds? */
const isSlow = (name: string): boolean => /[A-Z]$/.test(name);

/** Emits the statements of `instantiate`. */
export class InstanceEmitter {
  private readonly out: string[] = [];
  private readonly crosses: boolean;
  /** Exported functions that are constants of the instance, and their statements. */
  private readonly shared = new Map<number, string>();
  private several: Set<number> | undefined;

  constructor(
    private readonly ctx: ModuleContext,
    private readonly lowering: Lowering,
    private readonly boundary: Boundary,
    private readonly data: DataStore,
  ) {
    this.crosses = referencesCross(ctx);
  }

  /**
   * All statements up to the exports.
   * @returns pieces of source
   * @throws UnsupportedError for what cannot be emitted yet
   */
  emit(): string[] {
    if (AHEAD) this.emitLimits();
    this.emitImports();
    this.emitMemories();
    const globals = this.capture(() => this.emitGlobals());
    const tables = this.capture(() => this.emitTables());
    const elems = this.capture(() => this.emitElems());
    const datas = this.capture(() => this.emitDatas());
    const start = this.capture(() => this.emitStart());
    const exports = this.capture(() => this.emitExports());
    this.emitRegistrations();
    const views = this.capture(() => this.emitViews());
    const shared = [...this.shared.values()];
    return [this.out, globals, tables, views, elems, datas, start, shared, exports].flat();
  }

  /** The statements that make the callable views that were asked for. */
  views(): string[] {
    return this.capture(() => this.emitViews());
  }

  /** Tries imports, memories and exports one by one: what of them cannot be emitted yet. */
  refusedDefinitions(): UnsupportedError[] {
    const { imports, exports, memoryTypes } = this.ctx.module;
    const counts = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
    const tries = [
      ...imports.map((item) => () => this.emitImport(item, counts[item.desc.kind]++)),
      ...memoryTypes.map((_, i) => () => this.memoryArgs(i)),
      ...exports.map(
        ({ kind, index }) =>
          () =>
            this.exported(kind, index),
      ),
    ];
    return tries.flatMap((attempt) => {
      try {
        attempt();
        return [];
      } catch (error) {
        if (error instanceof UnsupportedError) return [error];
        throw error;
      }
    });
  }

  private line(...parts: string[]): void {
    this.out.push(parts[0]!, ...parts.slice(1), '\n');
  }

  /** What `emit` would append, taken out again: registrations made meanwhile come before it. */
  private capture(emit: () => void): string[] {
    const length = this.out.length;
    emit();
    return this.out.splice(length);
  }

  private constant(range: { start: number; end: number }, type: ValType): string[] {
    return constantParts(this.ctx, this.lowering, range, type);
  }

  private emitImports(): void {
    const needed = this.ctx.builtins.others.length > 0;
    const given = defaultImports(this.ctx) === '' ? 'imports===undefined||' : '';
    this.line(
      needed
        ? `${this.ctx.helper('_check_imports')}(imports);`
        : `${given}Object(imports)===imports||${this.ctx.helper('_invalid')}('imports')`,
    );
    const counts = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
    for (const item of this.ctx.module.imports) this.emitImport(item, counts[item.desc.kind]++);
  }

  private emitImport(item: Import, index: number): void {
    const { ctx } = this;
    const { module, name, desc } = item;
    const builtin = ctx.builtins.of(item);
    if (builtin !== undefined) {
      this.emitBuiltin(builtin, item, index);
      return;
    }
    const from = `imports, ${quote(module)}, ${quote(name)}`;
    if (desc.kind === 'func') {
      const type = ctx.typeName(desc.type);
      const factory = this.boundary.importFactory(desc.type);
      declareChannels(ctx, ctx.funcType(index).results);
      const reference = ctx.referenceName(index);
      const exact = desc.exact ? ', true' : '';
      const value = ctx.suspendable
        ? `${ctx.helper('_import_suspendable')}(${from}, ${type}, ${factory}, ${this.boundary.suspendingFactory(desc.type)}, ${index}${exact})`
        : `${ctx.helper('_import_func')}(${from}, ${type}, ${factory}, ${index}${exact})`;
      this.line(`const ${reference} = ${value};`);
      const own = reference === ctx.funcName(index);
      if (!own) {
        this.line(`const ${ctx.funcName(index)} = ${ctx.helper('_callee')}(${reference});`);
      }
      if (ctx.suspendable) {
        const form = ctx.helper(own ? '_suspendable' : '_suspendable_callee');
        this.line(`const ${suspendableName(ctx.funcName(index))} = ${form}(${reference});`);
      }
    } else if (desc.kind === 'memory') {
      this.line(
        `const M${index} = ${ctx.helper('_import_memory')}(${from}, ${this.memoryArgs(index)}, ${desc.limits.shared});`,
      );
    } else if (desc.kind === 'table') {
      const { limits, element } = desc;
      const type = valueTypeSource(ctx, element);
      const args = `${type}, ${limits.min}, ${limits.max}, ${limits.addr64}`;
      this.line(`const T${index} = ${ctx.helper('_import_table')}(${from}, ${args});`);
    } else if (desc.kind === 'global') {
      const args = `${valueTypeSource(ctx, desc.type)}, ${desc.mutable}`;
      this.line(`const C${index} = ${ctx.helper('_import_global')}(${from}, ${args});`);
      if (!desc.mutable) this.readCell(index, desc.type);
    } else {
      const value = `${ctx.helper('_import_tag')}(${from}, ${ctx.typeName(desc.type)})`;
      this.line(`const ${ctx.tag(index)} = ${value};`);
    }
  }

  /** An import that the compiler satisfies. */
  private emitBuiltin(builtin: Builtin, { desc }: Import, index: number): void {
    const { ctx } = this;
    if (builtin.kind === 'func') {
      this.line(`const ${ctx.funcName(index)} = ${ctx.helper(builtin.helper)};`);
      return;
    }
    const { type } = desc as GlobalType;
    const [name] = ctx.global(index).parts;
    this.line(`const ${name} = ${quote(builtin.text)};`);
    if (!ctx.module.exports.some((item) => item.kind === 'global' && item.index === index)) return;
    const args = `${valueTypeSource(ctx, type)}, false, ${name}`;
    this.line(`const C${index} = new ${ctx.helper('_Cell')}(${args});`);
  }

  private readCell(index: number, type: ValType): void {
    const parts = componentSuffixes(type).map(
      (suffix, i) => `${this.ctx.global(index).parts[i]} = C${index}.${suffix || 'v'}`,
    );
    this.line(`const ${parts.join(', ')};`);
  }

  private memoryArgs(index: number): string {
    const { limits, pageSizeLog2 } = this.ctx.module.memoryTypes[index]!;
    if (limits.shared) this.ctx.helper('_SharedMemoryState');
    return `${limits.min}, ${limits.max}, ${pageSizeLog2}, ${limits.addr64}`;
  }

  /** What the instance may do, as `instantiate` is told or the build was. */
  private emitLimits(): void {
    const { ctx } = this;
    if (ctx.fuel !== undefined) {
      ctx.helper('_refuel');
      this.line(
        `const ${TANK} = ${ctx.helper('_tank')}(options?.fuel, ${ctx.fuel}, options?.interrupt);`,
      );
    }
    if (this.memoriesEnd)
      this.line(`const _limit = options?.maxMemory ?? ${ctx.maxMemory ?? 'undefined'};`);
  }

  /** Are memories of the module limited? */
  private get memoriesEnd(): boolean {
    const { fuel, maxMemory, module } = this.ctx;
    const own = module.memoryTypes.length > module.importCounts.memory;
    return own && (fuel !== undefined || maxMemory !== undefined);
  }

  private emitMemories(): void {
    const { module } = this.ctx;
    for (let i = module.importCounts.memory; i < module.memoryTypes.length; i++) {
      const large = this.ctx.memory(i).small ? '' : ', true';
      const { shared } = this.ctx.memory(i);
      if (AHEAD && this.memoriesEnd) {
        const { limits, pageSizeLog2 } = module.memoryTypes[i]!;
        this.line(`${this.ctx.helper('_room_for')}(_limit, ${limits.min * 2 ** pageSizeLog2});`);
      }
      if (!shared && !this.visible(i)) {
        const { limits, pageSizeLog2 } = module.memoryTypes[i]!;
        const bytes = limits.min * 2 ** pageSizeLog2;
        this.line(`const M${i} = ${this.ctx.helper('_fixed_memory')}(${bytes}, ${limits.min});`);
        continue;
      }
      const { ctx } = this;
      const made = AHEAD && ctx.numbered ? ctx.helper(newMemory(ctx)) : '_NewMemory';
      if (!AHEAD || !ctx.numbered) ctx.helpers.add(made);
      const state = shared ? ctx.helper('_SharedMemoryState') : made;
      const all = `${this.memoryArgs(i)}${large}`;
      // What is most common is what the class takes when it is told nothing.
      const args = shared ? all : all.replace(/(, undefined)?(, 16)?(, false)*$/, '');
      this.line(`const M${i}=new ${state}(${args})`);
      if (AHEAD && this.memoriesEnd) this.line(`${this.ctx.helper('_end_growth')}(M${i}, _limit);`);
    }
    if (AHEAD) this.emitMemoryViews();
    if (AHEAD) for (const statement of accessorStatements(this.ctx)) this.line(statement);
    for (let i = module.importCounts.tag; i < module.tagTypes.length; i++) {
      const type = this.ctx.typeName(module.tagTypes[i]!.type);
      this.line(`const ${this.ctx.tag(i)} = ${this.ctx.helper('_tag')}(${type});`);
    }
  }

  /** The typed arrays over memories that bodies name, and the bounds of guarded pointers. */
  private emitMemoryViews(): void {
    const { ctx } = this;
    const { memoryViews } = ctx;
    for (const memory of new Set([...memoryViews.values()].sort((a, b) => a - b))) {
      const all = [...memoryViews].filter(([, of]) => of === memory).map(([name]) => name);
      const names = all.filter((name) => !isSlow(name));
      for (const name of all.filter(isSlow)) {
        const array = ARRAYS[name.at(-1)!.toLowerCase()]!;
        const type = JSON.stringify(array.slice(0, -5));
        this.line(`const ${name}=${ctx.helper('_slow_view')}(M${memory},${type});`);
      }
      const make = ctx.helper('_memory_view');
      const parts = names.map((name) => {
        const letter = name.at(-1)!;
        const array = ARRAYS[letter];
        if (array !== undefined) return `${name}=${make}(${array},b,l)`;
        if (letter === 'n') return `${name}=${ctx.helper('_bound')}(l)`;
        const shift = LAST_ELEMENTS.indexOf(letter);
        if (shift >= 0) return `${name}=Math.floor(l/${2 ** shift})-1`;
        return `${name}=Math.floor(l/${2 ** NEAR_LAST_ELEMENTS.indexOf(letter)})-${ROOM + 1}`;
      });
      this.line(`var ${names.join(',')};`);
      const watch = ctx.helper('_watch');
      this.line(`${watch}(M${memory},${ctx.memory(memory).growable},(b,l)=>{${parts.join(';')}});`);
    }
  }

  /** Can the memory grow, or somebody else see it? */
  private visible(memory: number): boolean {
    const { ctx } = this;
    return (
      ctx.memory(memory).growable ||
      ctx.helpers.has('_memory_grow') ||
      ctx.module.exports.some(({ kind, index }) => kind === 'memory' && index === memory)
    );
  }

  /** Functions that become references get their type and owner before anything can see them. */
  private emitRegistrations(): void {
    const { ctx } = this;
    const byType = new Map<number, number[]>();
    const imported = ctx.module.imports.filter(({ desc }) => desc.kind === 'func');
    for (const index of [...ctx.escaping].sort((a, b) => a - b)) {
      const type = ctx.types.canonical(ctx.module.funcTypes[index]!);
      if (this.crosses) this.boundary.exportFactory(type);
      if (imported[index] !== undefined && ctx.builtins.of(imported[index]) === undefined) continue;
      const list = byType.get(type);
      if (list === undefined) byType.set(type, [index]);
      else list.push(index);
    }
    for (const [type, list] of byType) {
      for (let at = 0; at < list.length; at += LITERAL) {
        // Names say indices twice, and tools that shorten names keep those of properties.
        const items = list.slice(at, at + LITERAL).map((index) => {
          const name = ctx.referenceName(index);
          return name.slice(1) === String(index) ? name : `${index}:${name}`;
        });
        this.line(`${ctx.helper('_register')}(${ctx.typeName(type)}, {${items.join(', ')}});`);
      }
    }
  }

  private emitGlobals(): void {
    const { ctx } = this;
    const { module } = ctx;
    const imported = module.importCounts.global;
    const exported = new Set(
      module.exports.filter(({ kind }) => kind === 'global').map(({ index }) => index),
    );
    module.globals.forEach(({ type, mutable, init }, i) => {
      const index = imported + i;
      const plan = ctx.global(index);
      const values = this.constant(init, type);
      if (plan.kind !== 'cell') {
        const parts = plan.parts.map((part, k) => `${part} = ${values[k]}`);
        // A `let` that functions capture is tested for initialisation at every access.
        this.line(`${plan.kind === 'let' ? 'var' : 'const'} ${parts.join(', ')};`);
      }
      if (exported.has(index)) {
        const parts = plan.kind === 'cell' ? values : plan.parts;
        const args = [valueTypeSource(ctx, type), String(mutable), ...parts];
        this.line(
          `const C${index} = new ${ctx.helper(type === V128 ? '_VectorCell' : '_Cell')}(${args.join(', ')});`,
        );
      }
    });
  }

  private emitTables(): void {
    const { ctx } = this;
    ctx.module.tables.forEach(({ limits, element, init }, i) => {
      const value = init === undefined ? 'null' : this.constant(init, element)[0];
      const type = valueTypeSource(ctx, element);
      const args = `${type},${limits.min},${limits.max},${limits.addr64},${value}`;
      const index = ctx.module.importCounts.table + i;
      if (!this.needed(index)) return;
      this.line(`const T${index} = new ${ctx.helper('_TableState')}(${args});`);
    });
  }

  /** Can anybody tell that the table of this module is there? */
  private needed(table: number): boolean {
    const { elems, exports, tableTypes } = this.ctx.module;
    const { min } = tableTypes[table]!.limits;
    return (
      min > 1_000_000 ||
      this.ctx.usedTables.has(table) ||
      elems.some((segment) => segment.mode === 'active' && segment.table === table) ||
      exports.some(({ kind, index }) => kind === 'table' && index === table)
    );
  }

  private emitViews(): void {
    const { ctx } = this;
    for (const { name, table, type } of ctx.views.values()) {
      declareChannels(ctx, (ctx.module.types[type]!.comp as FuncType).results);
      const args = [ctx.table(table), ctx.typeName(type)];
      if (this.crosses) {
        const factory = this.boundary.importFactory(type);
        args.push(`${ctx.helper('_native_entry')}(${ctx.typeName(type)}, ${factory})`);
      }
      this.line(`const ${name} = ${ctx.helper('_table_view')}(${args.join(', ')});`);
    }
  }

  /** Source of the array of a segment's references, in literals of bounded size. */
  private elements(segment: ElemSegment): string[] {
    const { ctx } = this;
    const count = segment.funcs?.length ?? segment.exprs?.length ?? 0;
    const item = (i: number) =>
      segment.funcs === undefined
        ? this.constant(segment.exprs![i]!, segment.type)[0]!
        : ctx.refFunc(segment.funcs[i]!);
    if (count === 0) return [ctx.helper('_none')];
    const parts: string[] = [];
    for (let at = 0; at < count; at += LITERAL) {
      const size = Math.min(LITERAL, count - at);
      const list = Array.from({ length: size }, (_, k) => item(at + k)).join(', ');
      parts.push(at === 0 ? `[${list}]` : `, [${list}]`);
    }
    return parts.length === 1 ? parts : ['[].concat(', ...parts, ')'];
  }

  private emitElems(): void {
    const { ctx } = this;
    const { module } = ctx;
    module.elems.forEach((segment, i) => {
      const used = ctx.usedElems.has(i);
      if (segment.mode === 'active') {
        const count = segment.funcs?.length ?? segment.exprs?.length ?? 0;
        const offset = this.offset(segment.offsetExpr!, module.tableTypes[segment.table]!, 'TABLE');
        this.line(
          `${ctx.helper('_table_init')}(${ctx.table(segment.table)}, `,
          ...this.elements(segment),
          `, ${offset}, 0, ${count});`,
        );
      }
      if (segment.mode === 'declarative') this.elements(segment);
      if (!used) return;
      if (segment.mode === 'passive')
        this.line(`let ${ctx.elem(i)} = `, ...this.elements(segment), ';');
      else this.line(`let ${ctx.elem(i)} = ${ctx.helper('_none')};`);
    });
  }

  private emitDatas(): void {
    const { ctx } = this;
    const { module } = ctx;
    module.datas.forEach((segment, i) => {
      const used = ctx.usedDatas.has(i);
      if (segment.mode === 'active') {
        const offset = (): string =>
          this.offset(segment.offsetExpr!, module.memoryTypes[segment.memory]!, 'MEMORY');
        const statement = this.data.write(segment, `M${segment.memory}`, offset);
        if (statement.length > 0) this.line(...statement);
        if (used) this.line(`let ${ctx.data(i)} = ${ctx.helper('_empty')};`);
      } else if (used) this.line(`let ${ctx.data(i)} = `, ...this.data.bytes(segment), ';');
    });
  }

  /** The offset of an active segment. One beyond 32 bits traps, as its bounds check would. */
  private offset(
    range: { start: number; end: number },
    { limits }: Pick<TableType, 'limits'>,
    what: 'TABLE' | 'MEMORY',
  ): string {
    const parts = this.constant(range, limits.addr64 ? I64 : I32);
    if (!limits.addr64) return parts[0]!;
    const message = this.ctx.helper(`_OUT_OF_BOUNDS_${what}`);
    return `${this.ctx.helper('_index64')}(${parts.join(', ')}, ${message})`;
  }

  private emitStart(): void {
    const { start } = this.ctx.module;
    if (start === undefined) return;
    const { ctx } = this;
    const lazy = ctx.lazy && start.func >= ctx.module.importCounts.func;
    const name = ctx.funcName(start.func);
    const call = lazy ? `_load(${start.func})()` : `${name}()`;
    this.line(`try{${call}}${catchClause(this.ctx, !this.boundary.plain)}`);
  }

  private emitExports(): void {
    if (AHEAD && this.ctx.restorable) {
      const own = this.ctx.module.tables.map((_, i) => this.ctx.module.importCounts.table + i);
      this.line(
        keepStatement(
          this.ctx,
          own.filter((index) => this.needed(index)),
        ),
      );
    }
    this.line('return Object.freeze({__proto__:null,');
    for (const { name, kind, index } of this.ctx.module.exports) {
      const key = name === '__proto__' ? `[${quote(name)}]` : propertyKey(name);
      this.line(`${key}:${this.exported(kind, index)},`);
    }
    this.line('})');
  }

  /** An exported function whose reference nobody needs; one that has several names is made once. */
  private plainFunction(type: number, index: number): string {
    const made = this.boundary.plainExport(type, index);
    if (!this.severalNames().has(index)) return made;
    this.shared.set(index, `const F${index}=${made};\n`);
    return `F${index}`;
  }

  /** The functions that are exported more than once. */
  private severalNames(): ReadonlySet<number> {
    if (this.several === undefined) {
      this.several = new Set();
      const once = new Set<number>();
      for (const { kind, index } of this.ctx.module.exports)
        if (kind === 'func') (once.has(index) ? this.several : once).add(index);
    }
    return this.several;
  }

  private exported(kind: Import['desc']['kind'], index: number): string {
    const { ctx } = this;
    if (kind === 'func') {
      const type = ctx.module.funcTypes[index]!;
      if (this.boundary.plain) return this.plainFunction(type, index);
      this.boundary.exportFactory(type);
      return `${ctx.helper('_func_to_js')}(${ctx.refFunc(index)})`;
    }
    if (kind === 'memory') return `${ctx.helper('_memory_to_js')}(M${index})`;
    if (kind === 'table') return `${ctx.helper('_table_to_js')}(${ctx.table(index)})`;
    if (kind === 'global') return `${ctx.helper('_global_to_js')}(C${index})`;
    return ctx.tag(index);
  }
}
