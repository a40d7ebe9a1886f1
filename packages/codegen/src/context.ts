/**
 * What the lowering of function bodies asks the emitter for (ABI.md): names of functions, memories,
 * globals, tables..., and by asking registers what the emitted module has to define.
 */
import {
  F64,
  type FuncType,
  type GlobalType,
  I64,
  InstructionReader,
  isRef,
  type Module,
  opcodeId,
  V128,
  type ValType,
} from '@wasm2js/decoder';
import { AHEAD } from './ahead.js';
import { BUILTIN_SETS, Builtins } from './builtins.js';
import { leafTypes } from './closed.js';
import { type CostModel, costModel } from './cost-model.js';
import { functionNames, helperName, mathName } from './names.js';
import type { OptimizeFor } from './options.js';
import { isHelper, shortHelper } from './support/library.js';
import { TypeTexts } from './types.js';

/** How function bodies use a memory. */
export interface MemoryPlan {
  /** `M0` */
  name: string;
  /** May `v` ever be replaced? */
  growable: boolean;
  addr64: boolean;
  shared: boolean;
  pageSizeLog2: number;
  /** Never longer than 2 GiB: an address that is negative as a signed integer is out of bounds. */
  small: boolean;
  /** Bytes that it has from the start, at least. */
  least: number;
  /** Are there typed arrays over it? They read what is aligned and in bounds. */
  typed: boolean;
}

/** How function bodies use a global. */
export interface GlobalPlan {
  /** A constant, a variable of the instance, or a cell that others may see. */
  kind: 'const' | 'let' | 'cell';
  /** JavaScript source of each component, e.g. `['g0', 'g0h']` or `['C0.v', 'C0.h']`. */
  parts: string[];
  type: ValType;
  mutable: boolean;
}

/** Class of a result channel variable: ints, numbers, references. */
export type ChannelClass = 'h' | 'd' | 'r';

/** A callable view of a table that the module needs. */
export interface TableView {
  name: string;
  table: number;
  /** Canonical type index. */
  type: number;
}

/** What functions have asked a context for, to be handed to another one of the same module. */
export interface Asked {
  /** Members of the context's sets and entries of its maps, by name and in order. */
  sets: [name: string, members: unknown[]][];
  maps: [name: string, entries: [unknown, unknown][]][];
  channels: Record<ChannelClass, number>;
  outlineChannels: Record<ChannelClass, number>;
}

/** Suffixes of the components of a value: 64-bit types have two, v128 four. */
export function componentSuffixes(type: ValType): string[] {
  if (type === V128) return ['', 'b', 'c', 'd'];
  return type === I64 || type === F64 ? ['', 'h'] : [''];
}

/** Number of channel variables of each class that the results of a function type take. */
export function resultChannels(results: readonly ValType[]): Record<ChannelClass, number> {
  const counts = { h: 0, d: 0, r: 0 };
  results.forEach((type, position) => {
    const name = CLASS_OF.get(type) ?? 'r';
    counts[name] += (name === 'h' ? componentSuffixes(type).length : 1) - (position === 0 ? 1 : 0);
    if (name === 'd') counts.h += componentSuffixes(type).length;
  });
  return counts;
}

const CLASS_OF = new Map<ValType, ChannelClass>([
  [0x7f, 'h'],
  [I64, 'h'],
  [V128, 'h'],
  [0x7d, 'd'],
  [F64, 'd'],
]);

/**
 * Short names of the methods of memory views: properties of the class `_View` that hold the methods of
 * `DataView` themselves, which engines recognise by identity. All or none are defined, so that modules
 * can share a memory.
 */
export const VIEW_METHODS: Record<string, string> = {
  getInt8: 'c',
  getUint8: 'b',
  getInt16: 's',
  getUint16: 'h',
  getInt32: 'i',
  getFloat32: 'f',
  getFloat64: 'd',
  setInt8: 'B',
  setInt16: 'H',
  setInt32: 'I',
  setFloat32: 'F',
  setFloat64: 'D',
};

/** The functions of `Math` that bodies call. */
export const MATH_FUNCTIONS: readonly string[] =
  'imul clz32 sqrt fround abs ceil floor trunc min max'.split(' ');

/** By their letters: the last elements of 1, 2, 4 and 8 bytes; the bound of guarded pointers is `n`. */
export const LAST_ELEMENTS = 'lopq';

/**
 * The same for accesses behind a pointer, `ROOM` elements before: up to there the test needs no sum, and what ends in
 * the last bytes of a memory takes the slow way. Without elements behind it the bound is the last one itself, since the
 * stack of a module that does not allocate ends where its memory does.
 */
export const NEAR_LAST_ELEMENTS = 'lxyz';
export const ROOM = 15;

/** The typed arrays that a memory may have, by the letters of their elements, and these bounds. */
export const MEMORY_VIEWS = `bchsifdn${LAST_ELEMENTS}xyzHSIFD`;

/** Bytes of code from which on short names of methods pay for their definition. */
const SHORT_METHODS_FROM = 4096;

/** V8 optimises functions up to 61440 bytes of bytecode; estimates are off by up to a quarter. */
const FUNCTION_BUDGET = 45_000;
/** Where integers are accessed by functions estimates are 1.65 to 2.3 times what V8 makes, of code that has but floats 1.3. */
const SHORT_FUNCTION_BUDGET = 72_000;

export class ModuleContext {
  readonly types: TypeTexts;
  /** Imports that the compiler satisfies. */
  readonly builtins: Builtins;
  /** Support helpers in use. */
  readonly helpers = new Set<string>();
  /** The short names of some of them; do all that are asked for from now on get one? That is when functions have theirs. */
  readonly numbers: Map<string, string> = AHEAD ? new Map() : (undefined as never);
  numbered?: true;
  /** Canonical types whose descriptors are in use. */
  readonly usedTypes = new Set<number>();
  /** Canonical types of structures and arrays of which there are new objects. */
  readonly classes = new Set<number>();
  /** Sizes of shared classes of structures of which there are new objects. */
  readonly layouts = new Set<number>();
  /** Views by name. */
  readonly views = new Map<string, TableView>();
  /** Data and element segments that bodies name. */
  readonly usedDatas = new Set<number>();
  readonly usedElems = new Set<number>();
  /** Tables that something names. */
  readonly usedTables = new Set<number>();
  /** Tables of pairs of nibbles by name: the words of the 16 bytes that they are made of. */
  readonly nibbleTables = new Map<string, readonly number[]>();
  /** Tables of 256 bytes by name. */
  readonly byteTables = new Map<string, readonly number[]>();
  /** Typed arrays over memories that bodies name, and the bound of guarded pointers: the memory of each. */
  readonly memoryViews = new Map<string, number>();
  /** Functions of the instance that access memories, by their names. */
  readonly memoryAccessors = new Map<string, { memory: number; method: string; offset: boolean }>();
  /** Variables of functions that have a form on whole words, and what they have first: how often each ran, and how near it is to that form. */
  declare readonly counters: Map<string, string>;
  /** Do inner loops of a function (its index, imports included) become functions of their own? Set where any do. */
  declare splitsLoops?: (index: number) => boolean;
  /** Functions of `Math` that bodies name by variables. */
  readonly mathFunctions = new Set<string>();
  /** Functions that become references. */
  readonly escaping = new Set<number>();
  /** Number of channel variables in use. */
  readonly channels: Record<ChannelClass, number> = { h: 0, d: 0, r: 0 };
  /** Number of variables in use that carry values out of split-off parts of functions. */
  readonly outlineChannels: Record<ChannelClass, number> = { h: 0, d: 0, r: 0 };
  /** Functions are split above this estimated size, in bytes of bytecode. */
  readonly functionBudget: number;
  /** Are nodes and text to know the instructions that they come from? */
  readonly positions: boolean;

  /** Have functions that may suspend a second form? */
  readonly suspendable: boolean;

  /** Units of fuel that an instance has where nothing else is said; `undefined`: nothing is metered. */
  readonly fuel: number | undefined;
  /** Bytes that a memory may have where nothing else is said; `undefined`: memories are not limited. */
  readonly maxMemory: number | undefined;
  /** Can an instance be put back to what it was? See `CompileOptions`. */
  readonly restorable: boolean;

  /** Do functions call the methods of memory views by their short names? */
  readonly shortMethods: boolean;

  /** Are functions compiled when they are called first? References then have functions of their own. */
  readonly lazy: boolean;
  /** Is the module compiled where it runs? Then what takes long to compile for little is left out. */
  readonly forNow: boolean;
  /** What is worth its price on the hosts that code is made for. */
  readonly costs: CostModel;

  /** Are accesses to memory taken to be aligned as their hints say and in bounds? */
  readonly uncheckedMemory: boolean;

  /** Have functions of 64-bit integers a form on whole words? See `CompileOptions`. */
  declare readonly wideWords: boolean | 'always' | undefined;

  /** See `isLeaf`; made when it is asked for. */
  private leaves: ReadonlySet<number> | undefined;
  private readonly names: string[];
  private readonly memories: MemoryPlan[];
  private readonly globals: GlobalPlan[];

  /**
   * @param module decoded and valid
   * @param options `minify`: short function names; `largeMemory`: memories may pass 2 GiB;
   *   `functionBudget`, `suspendable`, `fuel`, `maxMemory`, `restorable`: see there
   * @throws MalformedError when a body is not a sequence of instructions
   */
  constructor(
    readonly module: Module,
    options: {
      minify: boolean;
      largeMemory?: boolean;
      functionBudget?: number | undefined;
      builtins?: readonly string[] | undefined;
      importedStringConstants?: string | undefined;
      lazy?: boolean | undefined;
      optimizeFor?: OptimizeFor | undefined;
      uncheckedMemory?: boolean | undefined;
      wideWords?: boolean | 'always' | undefined;
      positions?: boolean | undefined;
      suspendable?: boolean | undefined;
      fuel?: number | undefined;
      maxMemory?: number | undefined;
      restorable?: boolean | undefined;
    } = {
      minify: false,
    },
  ) {
    this.lazy = options.lazy ?? false;
    this.forNow = options.lazy !== undefined;
    this.positions = AHEAD && (options.positions ?? false);
    this.costs = costModel(options.optimizeFor ?? 'jit');
    const budget = AHEAD && this.costs.accessors ? SHORT_FUNCTION_BUDGET : FUNCTION_BUDGET;
    this.functionBudget = options.functionBudget ?? budget;
    this.uncheckedMemory = AHEAD && (options.uncheckedMemory ?? false);
    if (AHEAD) this.counters = new Map();
    if (AHEAD && this.costs.blends && !this.uncheckedMemory)
      this.wideWords = options.wideWords ?? !this.forNow;
    this.suspendable = options.suspendable ?? false;
    this.fuel = AHEAD ? options.fuel : undefined;
    this.maxMemory = AHEAD ? options.maxMemory : undefined;
    this.restorable = AHEAD && (options.restorable ?? false);
    this.types = new TypeTexts(module);
    const { builtins = BUILTIN_SETS, importedStringConstants } = options;
    this.builtins = new Builtins(module, this.types, builtins, importedStringConstants);
    const code = module.funcs.reduce((sum, { body }) => sum + body.end - body.start, 0);
    this.shortMethods = code >= SHORT_METHODS_FROM;
    this.names = functionNames(module, options.minify);
    this.memories = planMemories(
      module,
      options.largeMemory ?? false,
      AHEAD && (this.costs.typedMemory || this.uncheckedMemory),
    );
    const exported = exportedSet(module, 'global');
    this.globals = module.globalTypes.map((type, index) =>
      planGlobal(type, index, index < module.importCounts.global, exported.has(index)),
    );
  }

  /** What has been asked for so far: the members of all sets and maps, so that none is forgotten. */
  askedSoFar(): Asked {
    const sets: Asked['sets'] = [];
    const maps: Asked['maps'] = [];
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Set) sets.push([name, [...value]]);
      if (value instanceof Map) maps.push([name, [...value]]);
    }
    const { channels, outlineChannels } = this;
    return { sets, maps, channels: { ...channels }, outlineChannels: { ...outlineChannels } };
  }

  /** Asks for what another context was asked for, in its order. */
  askAlso({ sets, maps, channels, outlineChannels }: Asked): void {
    const own = this as unknown as Record<string, Set<unknown> & Map<unknown, unknown>>;
    for (const [name, members] of sets) for (const member of members) own[name]!.add(member);
    for (const [name, entries] of maps)
      for (const [key, value] of entries) if (!own[name]!.has(key)) own[name]!.set(key, value);
    for (const cls of ['h', 'd', 'r'] as const) {
      this.channels[cls] = Math.max(this.channels[cls], channels[cls]);
      this.outlineChannels[cls] = Math.max(this.outlineChannels[cls], outlineChannels[cls]);
    }
  }

  /** Forgets what only single functions have asked for, before the next one is compiled by itself. */
  beginPart(): void {
    const { usedTypes, classes, layouts, views, nibbleTables, byteTables } = this;
    for (const asked of [usedTypes, classes, layouts, views, nibbleTables, byteTables])
      asked.clear();
    this.outlineChannels.h = this.outlineChannels.d = this.outlineChannels.r = 0;
  }

  /** The function type of a function. */
  funcType(index: number): FuncType {
    return this.module.types[this.module.funcTypes[index]!]!.comp as FuncType;
  }

  /** The identifier of a function, to call it. */
  funcName(index: number): string {
    return this.names[index]!;
  }

  /** The identifier of a function as a reference; it becomes one that can escape. */
  refFunc(index: number): string {
    this.escaping.add(index);
    return this.referenceName(index);
  }

  /** As `refFunc`, without registering. */
  referenceName(index: number): string {
    const own = index < this.module.importCounts.func ? this.usesChannel(index) : this.lazy;
    return own ? `R${index}` : this.names[index]!;
  }

  /** Do the results of this function use the channel? */
  usesChannel(index: number): boolean {
    const { h, d, r } = resultChannels(this.funcType(index).results);
    return h + d + r > 0;
  }

  /**
   * Marks a support helper as used.
   * @returns its identifier
   * @throws Error when the library has no such helper
   */
  helper(name: string): string {
    if (!this.helpers.has(name)) {
      // What has asked before may ask by the name that it got.
      if (AHEAD && [...this.numbers.values()].includes(name)) return name;
      if (AHEAD && !isHelper(name)) throw new Error(`support library: there is no helper ${name}`);
      this.helpers.add(name);
      if (AHEAD && name.startsWith('_')) {
        if (this.costs.shortHelpers && !this.suspendable && !this.forNow)
          this.numbers.set(name, shortHelper(name));
        else if (this.numbered)
          this.numbers.set(name, helperName(this.numbers.size, !this.costs.accessors));
      }
    }
    return AHEAD ? (this.numbers.get(name) ?? name) : name;
  }

  /** Has no object that the module can meet a subtype of this type? */
  isLeaf(type: number): boolean {
    this.leaves ??= leafTypes(this.module, this.types);
    return this.leaves.has(this.types.canonical(type));
  }

  memory(index: number): MemoryPlan {
    return this.memories[index]!;
  }

  /** The identifier of a typed array over a memory (`kind`: a letter of `VIEW_METHODS`), or a bound. */
  memoryView(memory: number, kind: string): string {
    const name = `V${memory}${kind}`;
    this.memoryViews.set(name, memory);
    this.helper('_watch');
    return name;
  }

  /** What calls a function of `Math`. */
  math(name: string): string {
    if (!(AHEAD && this.costs.mathVariables)) return `Math.${name}`;
    this.mathFunctions.add(name);
    return mathName(name);
  }

  /** The name of a method of memory views. */
  viewMethod(method: string): string {
    return this.shortMethods ? (VIEW_METHODS[method] ?? method) : method;
  }

  global(index: number): GlobalPlan {
    return this.globals[index]!;
  }

  /** The identifier of a table. */
  table(index: number): string {
    this.usedTables.add(index);
    return `T${index}`;
  }

  /** The identifier of a table's callable view for a type; equal types share one. */
  tableView(table: number, type: number): string {
    const canonical = this.types.canonical(type);
    const name = `T${table}_${canonical}`;
    this.usedTables.add(table);
    if (!this.views.has(name)) {
      this.typeName(canonical);
      this.views.set(name, { name, table, type: canonical });
    }
    return name;
  }

  /** The identifier of a type's descriptor. */
  typeName(type: number): string {
    const canonical = this.types.canonical(type);
    if (!this.usedTypes.has(canonical)) {
      this.usedTypes.add(canonical);
      for (const other of this.types.group(canonical).refs) this.typeName(other);
    }
    return `Y${canonical}`;
  }

  /** The identifier of the class of a structure's or array's objects. */
  className(type: number): string {
    const canonical = this.types.canonical(type);
    this.typeName(canonical);
    this.helper('_aggregate');
    this.classes.add(canonical);
    return `S${canonical}`;
  }

  /** The identifier of the table that gives two of the 16 bytes (four words) for two indices at a time. */
  nibbleTable(words: readonly number[]): string {
    const name = `K_${words.map((word) => (word >>> 0).toString(16)).join('_')}`;
    if (!this.nibbleTables.has(name)) this.nibbleTables.set(name, words);
    this.helper('_nibble_table');
    return name;
  }

  /** The identifier of the table of these 256 bytes. */
  byteTable(bytes: readonly number[]): string {
    // The name is made of the bytes, so that it is the same whoever asks.
    const hashes = [0x811c9dc5, 0x9e3779b9].map((seed) =>
      bytes.reduce((hash, byte) => {
        const mixed = Math.imul(hash ^ byte, 0x01000193);
        return mixed ^ (mixed >>> 15);
      }, seed),
    );
    let name = `B_${hashes.map((hash) => (hash >>> 0).toString(36)).join('_')}`;
    for (let other = this.byteTables.get(name); other !== undefined; ) {
      if (other.every((byte, i) => byte === bytes[i])) return name;
      name += '_';
      other = this.byteTables.get(name);
    }
    this.byteTables.set(name, bytes);
    return name;
  }

  /** The identifier of the class of objects of several types with so many slots. */
  layoutName(size: number): string {
    this.helper('_layout');
    this.layouts.add(size);
    return `L${size}`;
  }

  /** The identifier of a data segment. */
  data(index: number): string {
    this.usedDatas.add(index);
    this.helper('_empty');
    return `D${index}`;
  }

  /** The identifier of an element segment. */
  elem(index: number): string {
    this.usedElems.add(index);
    this.helper('_none');
    return `E${index}`;
  }

  /** The identifier of a tag. */
  tag(index: number): string {
    return `X${index}`;
  }

  /** The identifier of a channel variable. */
  channel(cls: ChannelClass, index: number): string {
    if (index >= this.channels[cls]) this.channels[cls] = index + 1;
    return `_${cls}${index}`;
  }

  /** The identifier of a variable that carries a value out of a split-off part of a function. */
  outlineChannel(cls: ChannelClass, index: number): string {
    if (index >= this.outlineChannels[cls]) this.outlineChannels[cls] = index + 1;
    return `_o${cls}${index}`;
  }
}

/** Indices of the exported items of one kind. */
function exportedSet(module: Module, kind: 'memory' | 'global'): Set<number> {
  return new Set(module.exports.filter((item) => item.kind === kind).map((item) => item.index));
}

function planGlobal(
  { type, mutable }: GlobalType,
  index: number,
  imported: boolean,
  exported: boolean,
): GlobalPlan {
  const kind = !mutable ? 'const' : imported || exported ? 'cell' : 'let';
  const parts = componentSuffixes(type).map((suffix) => {
    if (kind === 'cell') return `C${index}.${suffix === '' ? 'v' : suffix}`;
    return `${kind === 'const' ? 'G' : 'g'}${index}${suffix}`;
  });
  return { kind, parts, type, mutable };
}

/**
 * A memory of fixed size, or one that nobody can grow, keeps its view for good. Growing by nothing
 * counts where JavaScript may have looked at the buffer, which is then detached.
 */
function planMemories(module: Module, large: boolean, views: boolean): MemoryPlan[] {
  const exported = exportedSet(module, 'memory');
  let grown: Set<number> | undefined;
  return module.memoryTypes.map(({ limits, pageSizeLog2 }, index) => {
    const fixed = limits.max === limits.min;
    const grows = () => (grown ??= grownMemories(module)).has(index);
    let growable = index < module.importCounts.memory;
    // While functions of this module run, only what they call can look at a buffer or grow it.
    if (exported.has(index)) growable ||= !fixed || callsOut(module) || grows();
    else growable ||= !fixed && grows();
    const { addr64, shared } = limits;
    const bytes = (pages: number | undefined) => (pages ?? Infinity) * 2 ** pageSizeLog2;
    const imported = index < module.importCounts.memory;
    const small = !large && bytes(imported ? limits.max : limits.min) <= 2 ** 31;
    const typed = views && !shared && !addr64 && pageSizeLog2 === 16;
    return {
      name: `M${index}`,
      growable,
      addr64,
      shared,
      pageSizeLog2,
      small,
      least: bytes(limits.min),
      typed,
    };
  });
}

/** The name of the suspendable form of a function, or of a part of one. */
export const suspendableName = (name: string): string => `y${name}`;

/** Can functions of other modules, or of the host, be called from this one? */
export function callsOut(module: Module): boolean {
  const { func, table, global } = module.importCounts;
  return (
    func + table > 0 ||
    module.globalTypes.slice(0, global).some(({ type }) => isRef(type)) ||
    module.exports.some(
      ({ kind, index }) =>
        kind === 'table' || (kind === 'global' && isRef(module.globalTypes[index]!.type)),
    ) ||
    module.types.some(({ comp }) => comp.kind === 'func' && comp.params.some(isRef))
  );
}

/** Memories that some function grows. */
function grownMemories(module: Module): Set<number> {
  const grow = opcodeId('memory.grow');
  const found = new Set<number>();
  const reader = new InstructionReader(module.bytes, 0, 0);
  module.funcs.forEach(({ body }, i) => {
    reader.reset(body.start, body.end, module.importCounts.func + i);
    while (reader.next()) if (reader.op === grow) found.add(reader.x);
  });
  return found;
}
