/**
 * What the package uses of the support library of emitted modules (packages/codegen/support, where each part is
 * described): made by scripts/bundle-realm.mjs. Modules of one realm share these classes through its registry.
 */

type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | { n: boolean; h: string };

/** The descriptor of a function type: equal types are one object. */
export interface FunctionType {
  /** Its text, as `(func (param i32) (result i64))`. */
  k: string;
}

/** A function of compiled code. */
export interface RawFunction {
  /** Its type; null for a function of the host's WebAssembly. */
  y: FunctionType | null;
  /** The exported function, where it was made already. */
  x: unknown;
}

/** The state behind a memory. */
export interface MemoryState {
  /** Pages; the most there can be; the logarithm of a page. */
  n: number;
  max: number | undefined;
  shift: number;
  addr64: boolean;
  shared?: true;
  /** Views of its bytes, and the class of the first. */
  v: DataView;
  u: Uint8Array;
  V: new (buffer: ArrayBufferLike, from: number, length: number) => DataView;
  /** The host's memory that has its bytes, where there is one; may JavaScript have the buffer? Of memories that know. */
  host?: WebAssembly.Memory | null;
  exposed?: boolean;
  buffer(): ArrayBuffer | SharedArrayBuffer;
  grow(delta: number): number;
  /** Makes it that many pages long, or throws; `grow` calls it. */
  enlarge(pages: number): void;
}

type Class = (abstract new (...args: never[]) => object) & { readonly prototype: object };

export const Memory: Class;
export const Table: Class;
export const Global: Class;
export const Tag: Class;
export const Exception: Class;
/** Functions that give promises, as imports that suspend (JavaScript Promise Integration). */
export const Suspending: Class;
/** The function that gives a promise of an exported function's result. Throws a TypeError for anything else. */
export function promising(exported: unknown): (...args: unknown[]) => Promise<unknown>;
/** Has anybody made an import that suspends? */
export function suspends(): boolean;

/** What compiled modules take from the realm, by the names of the support library. */
export const helpers: object;

/** What the realm shares; traps are among its keys. */
export const registry: WeakMap<object, unknown>;
/** The state of a memory; undefined for everything else. */
export function memoryState(memory: object): MemoryState | undefined;
/** Detaches the buffer of an array. Throws where the stack is full, and it was not done. */
export function detach(bytes: Uint8Array): void;
/** What stands behind the objects of other classes. */
export const tables: WeakMap<object, object>;
export const globals: WeakMap<object, object>;
export const tags: WeakMap<object, object>;
/** Makes an object that of a memory. */
export function memoryObject(state: MemoryState, object: object): object;
/** What another thread needs for the same memory. Throws a TypeError for one that is not shared. */
export function shareMemory(memory: object): { buffer: unknown; control: unknown };

/** The tag of what JavaScript throws. */
export function jsTag(): object;
/** The realm's error class of that name. */
export function errorClass(name: string): new (message?: string) => Error;
/** Throws a TypeError where the imports are no object. */
export function checkImports(imports: unknown): asserts imports is Record<string, unknown>;
/** The value given for an import; throws a TypeError where the module's part is no object. */
export function importValue(imports: object, module: string, name: string): unknown;
/** Throws the LinkError for an import of another type. */
export function incompatible(module: string, name: string, expected: string, found: string): never;
/** What a value is, for messages. */
export function describe(value: unknown): string;
/** The function behind an exported one. */
export function rawFunction(value: unknown): RawFunction | undefined;
/** Is a function of that type or a subtype? */
export function functionMatches(f: RawFunction, type: FunctionType): boolean;
/** The function type with these parameters and results. */
export function functionType(params: readonly Type[], results: readonly Type[]): FunctionType;
/** An exported function that calls a function of JavaScript. */
export function typedFunction(
  params: readonly Type[],
  results: readonly Type[],
  f: (...args: never[]) => unknown,
): (...args: unknown[]) => unknown;
