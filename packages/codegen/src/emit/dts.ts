/** TypeScript declarations of the emitted module. */
import {
  F32,
  F64,
  type FuncType,
  Heap,
  heapOf,
  I32,
  I64,
  type Import,
  isNullable,
  isRef,
  V128,
  type ValType,
} from '@wasm2js/decoder';
import { GLOBAL_OBJECTS } from '../check-options.js';
import type { ModuleContext } from '../context.js';
import { isIdentifierName, quote, RESERVED_WORDS } from '../names.js';
import type { CompileOptions } from '../options.js';
import { valueTypeName } from '../types.js';
import { referencesCross } from './instance.js';
import { isFuncHeap } from './values.js';
import type { Command } from './wasi.js';

type Kind = 'memory' | 'table' | 'global' | 'tag';

/** The type of memories, of which some may be shared. */
const memoryType = (shared: boolean): string => `/** A linear memory. */
export interface Memory<Index = number> {
  /** The bytes; detached when the memory grows. */
  readonly buffer: ${shared ? 'ArrayBufferLike' : 'ArrayBuffer'};
  /** Grows by \`delta\` pages and returns the old size; throws a RangeError when that fails. */
  grow(delta: Index): Index;
}
`;

const OBJECTS: Record<Exclude<Kind, 'memory'>, string> = {
  table: `/** A table of references. */
export interface Table<T = any, Index = number> {
  readonly length: Index;
  /** Throws a RangeError past the end. */
  get(index: Index): T;
  set(index: Index, value?: T): void;
  /** Grows by \`delta\` elements and returns the old length; throws a RangeError when that fails. */
  grow(delta: Index, init?: T): Index;
}
`,
  global: `/** A global variable; assigning to an immutable one throws a TypeError. */
export interface Global<T = any> {
  value: T;
  valueOf(): T;
}
`,
  tag: `/** An exception tag. */
export interface Tag {
  readonly [Symbol.toStringTag]: string;
}
/** An exception of WebAssembly. */
export interface Exception {
  /** Has it that tag? */
  is(tag: Tag): boolean;
  /** One of its values; throws a TypeError for another tag, a RangeError for another index. */
  getArg(tag: Tag, index: number): unknown;
  readonly stack: string | undefined;
}
`,
};

const CONSTRUCTORS: Record<Kind, Property> = {
  memory: {
    name: 'Memory',
    type: 'new (descriptor: { initial: number; maximum?: number }) => Memory',
  },
  table: {
    name: 'Table',
    type: "new (descriptor: { element: 'anyfunc' | 'externref'; initial: number; maximum?: number }, init?: unknown) => Table",
  },
  global: {
    name: 'Global',
    type: "new (descriptor: { value: 'i32' | 'i64' | 'f32' | 'f64' | 'anyfunc' | 'externref'; mutable?: boolean }, value?: unknown) => Global",
  },
  tag: { name: 'Tag', type: 'new (descriptor: { parameters: string[] }) => Tag' },
};

/** What belongs to modules with tags that JavaScript sees. */
const EXCEPTIONS: Property[] = [
  {
    name: 'Exception',
    type: 'new (tag: Tag, payload: Iterable<unknown>, options?: { traceStack?: boolean }) => Exception',
  },
  { name: 'JSTag', type: 'Tag', comment: 'The tag of what JavaScript throws.' },
];

/** What belongs to modules that were built for JavaScript Promise Integration. */
const SUSPENDING: Property[] = [
  { name: 'SuspendError', type: 'new (message?: string) => Error' },
  {
    name: 'Suspending',
    type: 'new (f: (...args: any[]) => any) => object',
    comment: 'An import whose promises are waited for.',
  },
  {
    name: 'promising',
    type: '<A extends unknown[], R>(f: (...args: A) => R) => (...args: A) => Promise<R>',
    comment: 'Calls an exported function so that its imports may suspend it.',
  },
];

/** What belongs to modules with shared memories: the constructor takes what `shareMemory` gives. */
const SHARING: Property[] = [
  {
    name: 'Memory',
    type: 'new (descriptor: { initial: number; maximum?: number; shared?: boolean; buffer?: SharedArrayBuffer; control?: Int32Array }) => Memory',
  },
  {
    name: 'shareMemory',
    type: '(memory: Memory) => { buffer: SharedArrayBuffer; control: Int32Array }',
    comment: 'What another thread needs to have the same memory, in the descriptor of its own.',
  },
];

const FUNCTION_CONSTRUCTOR: Property = {
  name: 'Function',
  type: 'new (type: { parameters: string[]; results: string[] }, f: (...args: any[]) => any) => (...args: any[]) => any',
  comment: 'A function of JavaScript as one that tables take; throws a TypeError.',
};

/** A property of `instantiate`. */
interface Property {
  name: string;
  type: string;
  comment?: string;
}

/**
 * The text of the `.d.ts` file.
 * @param ctx the module
 * @param options `format`, `globalName` and `data` decide what is declared
 * @param more wasm exports that are also exported by name; what makes the module a command, if it is one; can
 *   anything trap?
 */
export function declarations(
  ctx: ModuleContext,
  options: CompileOptions,
  more: { names: string[]; command: Command | undefined; traps: boolean },
): string {
  const { module } = ctx;
  const printer = new DeclarationPrinter(ctx);
  const kinds = new Set([
    ...ctx.builtins.others.map(({ desc }) => desc.kind),
    ...module.exports.map(({ kind }) => kind),
  ]);
  const objects = (['memory', 'table', 'global', 'tag'] as const).filter((kind) => kinds.has(kind));
  const shares = kinds.has('memory') && module.memoryTypes.some(({ limits }) => limits.shared);
  const properties = printer.properties(
    [
      ...objects.filter((kind) => kind !== 'memory' || !shares).map((kind) => CONSTRUCTORS[kind]),
      ...(kinds.has('tag') ? EXCEPTIONS : []),
      ...(shares ? SHARING : []),
      ...(ctx.suspendable ? SUSPENDING : []),
      ...(ctx.fuel === undefined ? [] : [FUEL]),
      ...(referencesCross(ctx) ? [FUNCTION_CONSTRUCTOR] : []),
    ],
    options,
    more.traps,
  );
  const types = [
    ...objects.map((kind) => (kind === 'memory' ? memoryType(shares) : OBJECTS[kind])),
    printer.imports(),
    printer.exports(),
    ...(printer.objects ? [OBJECT] : []),
    ...(more.command ? [RUN_OPTIONS + runType(more.command)] : []),
  ];
  const { globalName } = options;
  const parts =
    options.format === 'iife' && globalName !== undefined
      ? [
          scriptDeclarations(
            types,
            globalName,
            printer.signatureOfInstantiate(options),
            properties,
            more,
          ),
        ]
      : [
          ...types,
          `${INSTANTIATE}export declare function instantiate${printer.signatureOfInstantiate(options)};\n`,
          `export declare namespace instantiate {\n${properties.map(constant).join('')}}\n`,
          ...(more.command ? [`${RUN}export declare const run: Run;\n`] : []),
          `export default instantiate;\n${namedExports(more.names)}`,
        ];
  return ['/* Generated by wasm2js. */\n', ...parts].join('\n');
}

const FUEL: Property = {
  name: 'Fuel',
  type: 'new (amount?: number, interrupt?: Int32Array) => { left: number; add(amount: number): void }',
  comment: 'Fuel of one or more instances: units that are left, to be read, set and added to.',
};

const OBJECT = `declare const object: unique symbol;
/** An object of WebAssembly: JavaScript can keep it and hand it back, and see nothing of it. */
export interface WasmObject {
  readonly [object]: never;
}
`;

const INSTANTIATE =
  '/** Makes a new instance and returns its exports. Throws a LinkError or a RuntimeError. */\n';

function constant({ name, type, comment }: Property): string {
  return `${comment === undefined ? '' : `  /** ${comment} */\n`}  const ${name}: ${type};\n`;
}

/**
 * Declarations of a script: one variable, and a namespace of that name with the types. (The exports are
 * members of the variable's type and not of the namespace, where only identifiers could be named.)
 */
function scriptDeclarations(
  types: readonly string[],
  globalName: string,
  signature: string,
  properties: readonly Property[],
  more: { names: string[]; command: Command | undefined },
): string {
  const path = globalName.split('.');
  while (path.length > 1 && GLOBAL_OBJECTS.has(path[0]!)) path.shift();
  const name = path.pop()!;
  const members = properties.map((property) => constant(property).replace('const', 'readonly'));
  const instantiate = `${INSTANTIATE}interface Instantiate {\n  ${signature};\n${members.join('')}}\n`;
  const inner = [...types, instantiate].join('\n').replace(/^export (?:declare )?/gm, '');
  const own = [
    `readonly instantiate: ${name}.Instantiate;`,
    `readonly default: ${name}.Instantiate;`,
    ...(more.command ? [`${RUN}readonly run: ${name}.Run;`] : []),
    ...more.names.map((one) => `readonly ${propertyName(one)}: ${name}.Exports[${quote(one)}];`),
  ].join('\n');
  const declare = path.length === 0 ? 'declare ' : '';
  const text =
    `${declare}namespace ${name} {\n${indented(inner)}}\n` +
    `${declare}const ${name}: {\n${indented(own)}\n};\n`;
  return path.length === 0 ? text : `declare namespace ${path.join('.')} {\n${indented(text)}}\n`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** Declarations of the options of `run`, and of what they need. */
export const RUN_OPTIONS = `export interface RunOptions {
  /** Arguments, the program's name first. */
  args?: string[];
  env?: Record<string, string>;
  /** Directories that the program may see: by guest path, the host path. */
  preopens?: Record<string, string | { directory: string; readonly?: boolean }>;
  /** Addresses host:port that the program may accept connections on. */
  listeners?: string[];
  /** Files in memory in place of the host's, by path; preopened as / unless preopens says where. */
  files?: Files | MemoryFileSystem;
  /** Text, bytes, a descriptor, or a function that gives the next piece (null: the end). */
  stdin?: string | Uint8Array | number | ((wanted: number) => Uint8Array | string | null | undefined) | object;
  /** A descriptor, or a function that takes each piece. */
  stdout?: number | ((bytes: Uint8Array) => void) | object;
  stderr?: number | ((bytes: Uint8Array) => void) | object;
  /** Where the program was built with limits: units of fuel, and bytes that a memory may have. */
  fuel?: number;
  maxMemory?: number;
  /** Source of random bytes, for hosts that have none. */
  random?: (bytes: Uint8Array) => void;
}
/** Content by path: text or bytes are files, objects are directories. */
export interface Files {
  [path: string]: string | Uint8Array | Files;
}
/** Files in memory; what the program has written can be read from it. */
export interface MemoryFileSystem {
  readFile(path: string): Uint8Array;
  writeFile(path: string, data: string | Uint8Array): void;
  makeDirectory(path: string): void;
  list(path: string): string[];
}
`;

/** The type of `run`. */
const runType = ({ threads }: Command): string =>
  `export interface Run {
${threads ? '  /** A promise where the host can only start threads while this one goes on: in browsers. */\n' : ''}  (options?: RunOptions): number${threads ? ' | Promise<number>' : ''};
  readonly MemoryFileSystem: new (files?: Files) => MemoryFileSystem;
}
`;

const RUN =
  '/** Runs the command in a fresh instance; returns its exit code. Throws a RuntimeError when it traps. */\n';

/** The exports by name. */
function namedExports(names: readonly string[]): string {
  const taken = new Set(names);
  let prefix = '_e';
  while (names.some((_, i) => taken.has(`${prefix}${i}`))) prefix = `_${prefix}`;
  return names
    .map((name, i) =>
      isIdentifierName(name) && !RESERVED_WORDS.has(name) && !SHADOWING.has(name)
        ? `export declare const ${name}: Exports[${quote(name)}];\n`
        : `declare const ${prefix}${i}: Exports[${quote(name)}];\nexport { ${prefix}${i} as ${quote(name)} };\n`,
    )
    .join('');
}

class DeclarationPrinter {
  /** Is there a reference to an object? */
  objects = false;

  constructor(private readonly ctx: ModuleContext) {}

  imports(): string {
    const byModule = new Map<string, Map<string, Member>>();
    const counts = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
    for (const item of this.ctx.module.imports) {
      const { module, name, desc } = item;
      const index = counts[desc.kind]++;
      if (this.ctx.builtins.of(item) !== undefined) continue;
      const members = byModule.get(module) ?? new Map<string, Member>();
      byModule.set(module, members);
      const member = members.get(name) ?? { texts: new Set(), types: new Set() };
      members.set(name, member);
      // What is imported twice has both types.
      member.texts.add(this.externText(desc));
      member.types.add(this.tsType(desc, index, 'import'));
    }
    const groups = [...byModule].map(([module, members]) => {
      const list = [...members].map(([name, member]) => memberText(name, member, '    '));
      return `  ${propertyName(module)}: {\n${list.join('')}  };\n`;
    });
    return `/** What the module imports. */\nexport interface Imports {\n${groups.join('')}}\n`;
  }

  exports(): string {
    const members = this.ctx.module.exports.map(({ name, kind, index }) => {
      const desc = this.externType(kind, index);
      const types = new Set([this.tsType(desc, index, 'export')]);
      return memberText(name, { texts: new Set([this.externText(desc)]), types }, '  ');
    });
    return `/** What the module exports. */\nexport interface Exports {\n${members.join('')}}\n`;
  }

  /** Parameters and result of `instantiate`. */
  signatureOfInstantiate({ data }: CompileOptions): string {
    const imports = this.ctx.builtins.others.length > 0 ? 'imports: Imports' : 'imports?: Imports';
    const members = [
      ...(data === 'file'
        ? ['/** Bytes of the data file, for hosts that cannot read it. */ data?: Uint8Array']
        : []),
      ...(this.ctx.fuel === undefined
        ? []
        : [
            '/** Units that it may use, or the Fuel of several instances. */ fuel?: number | InstanceType<typeof instantiate.Fuel>',
            '/** Shared with another thread: where its first element is not 0, the instance traps. */ interrupt?: Int32Array',
          ]),
      ...(this.ctx.fuel === undefined && this.ctx.maxMemory === undefined
        ? []
        : ['/** Bytes that each of its memories may have. */ maxMemory?: number']),
    ];
    const more = members.length === 0 ? '' : `, options?: { ${members.join('; ')} }`;
    return `(${imports}${more}): Exports`;
  }

  /** Properties of `instantiate`. */
  properties(
    constructors: readonly Property[],
    options: CompileOptions,
    traps: boolean,
  ): Property[] {
    const error = 'new (message?: string) => Error';
    const list: Property[] = traps ? [{ name: 'RuntimeError', type: error }] : [];
    if (this.ctx.builtins.others.length > 0) list.push({ name: 'LinkError', type: error });
    list.push(...constructors);
    if (options.hybrid !== undefined) {
      const comment = 'Is it the host’s own WebAssembly?';
      list.push({ name: 'native', type: 'boolean', comment });
    }
    if (options.data !== 'file') return list;
    list.push({ name: 'dataFile', type: 'string', comment: 'Name of the data file.' });
    if (options.format === 'esm') {
      const comment = 'Where the data file is.';
      list.push({ name: 'dataURL', type: 'string | undefined', comment });
    }
    return list;
  }

  private externType(kind: Import['desc']['kind'], index: number): Import['desc'] {
    const { module } = this.ctx;
    if (kind === 'func') return { kind, type: module.funcTypes[index]!, exact: false };
    if (kind === 'table') return { kind, ...module.tableTypes[index]! };
    if (kind === 'memory') return { kind, ...module.memoryTypes[index]! };
    if (kind === 'global') return { kind, ...module.globalTypes[index]! };
    return { kind, ...module.tagTypes[index]! };
  }

  private externText(desc: Import['desc']): string {
    if (desc.kind === 'func') return this.ctx.types.text(desc.type);
    if (desc.kind === 'tag') return `(tag ${this.ctx.types.text(desc.type)})`;
    if (desc.kind === 'global') {
      const type = valueTypeName(desc.type);
      return `(global ${desc.mutable ? `(mut ${type})` : type})`;
    }
    const { min, max, addr64, shared } = desc.limits;
    const limits = `${addr64 ? 'i64 ' : ''}${min}${max === undefined ? '' : ` ${max}`}`;
    if (desc.kind === 'table') return `(table ${limits} ${valueTypeName(desc.element)})`;
    return `(memory ${limits}${shared ? ' shared' : ''})`;
  }

  private tsType(desc: Import['desc'], index: number, way: 'import' | 'export'): string {
    if (desc.kind === 'func') {
      const { comp } = this.ctx.module.types[desc.type]!;
      return this.signature(comp as FuncType, index, way);
    }
    if (desc.kind === 'memory') return desc.limits.addr64 ? 'Memory<bigint>' : 'Memory';
    if (desc.kind === 'tag') return 'Tag';
    const type = this.value(desc.kind === 'table' ? desc.element : desc.type, 'result');
    if (desc.kind === 'table') return `Table<${type}${desc.limits.addr64 ? ', bigint' : ''}>`;
    return way === 'import' && !desc.mutable ? `Global<${type}> | ${type}` : `Global<${type}>`;
  }

  private signature(
    { params, results }: FuncType,
    index: number,
    way: 'import' | 'export',
  ): string {
    const names = this.parameterNames(index, params.length);
    const into = way === 'export' ? 'param' : 'result';
    const out = way === 'export' ? 'result' : 'param';
    const list = params.map((type, i) => `${names[i]}: ${this.value(type, into)}`).join(', ');
    const values = results.map((type) => this.value(type, out));
    const result =
      values.length === 0 ? 'void' : values.length === 1 ? values[0] : `[${values.join(', ')}]`;
    return `(${list}) => ${result}`;
  }

  /** Names of the parameters from the name section, where they are usable and different. */
  private parameterNames(index: number, count: number): string[] {
    const given = this.ctx.module.names?.locals.get(index);
    const taken = new Set<string>();
    return Array.from({ length: count }, (_, i) => {
      const name = (given?.get(i) ?? '').replace(/[^A-Za-z0-9_$]/gu, '_');
      const usable = isIdentifierName(name) && !RESERVED_WORDS.has(name) && !taken.has(name);
      let chosen = usable ? name : `p${i}`;
      while (taken.has(chosen)) chosen = `_${chosen}`;
      taken.add(chosen);
      return chosen;
    });
  }

  /** The TypeScript type of values that go into ("param") or come out of ("result") WebAssembly. */
  private value(type: ValType, way: 'param' | 'result'): string {
    if (type === I32 || type === F32 || type === F64) return 'number';
    if (type === I64) return 'bigint';
    if (type === V128) return 'never';
    if (!isRef(type)) return 'unknown';
    const heap = heapOf(type);
    if (isFuncHeap(this.ctx, heap)) {
      const func = '((...args: any[]) => any)';
      return isNullable(type) ? `${func} | null` : func;
    }
    if (heap === Heap.extern || heap === Heap.any) return way === 'param' ? 'unknown' : 'any';
    if (heap === Heap.exn || heap === Heap.noexn) return 'never';
    const or = isNullable(type) ? ' | null' : '';
    if (heap === Heap.i31) return `number${or}`;
    if (heap === Heap.none || heap === Heap.noextern) return isNullable(type) ? 'null' : 'never';
    this.objects = true;
    return `WasmObject${heap === Heap.eq ? ' | number' : ''}${or}`;
  }
}

/** What is imported or exported under one name: as WebAssembly and as TypeScript say it. */
interface Member {
  texts: Set<string>;
  types: Set<string>;
}

/** One property with its doc comment. */
function memberText(name: string, { texts, types }: Member, indent: string): string {
  const type = types.size === 1 ? [...types][0]! : [...types].map((one) => `(${one})`).join(' & ');
  const comment = [...texts].map((text) => `\`${text}\``).join(', ');
  return `${indent}/** ${comment} */\n${indent}readonly ${propertyName(name)}: ${type};\n`;
}

function propertyName(name: string): string {
  return isIdentifierName(name) ? name : quote(name);
}

/** Names that declarations refer to as values, or that TypeScript keeps for itself in a module. */
const SHADOWING = new Set(['Symbol', 'globalThis', 'require', 'exports', 'module']);
