/**
 * Puts an instance of a component back to what it was right after it was made, which costs a fraction of making
 * another one: gets what core modules and the glue hand out of a component that was built `restorable`, gives a function
 * that does it. What cannot be put back exactly is never tried: there is no such function then.
 */

/** Notes the state of a core module's instance, and gives what puts it back. */
type Note = () => () => void;

/** The variables of the glue. */
interface Variables {
  get(): unknown[];
  set(values: unknown[]): void;
  /** What its constants hold. */
  constants(): unknown[];
}

/** Resources of the host that the guest has not dropped are told of it by this symbol. */
const dispose = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('dispose');

/** A global of WebAssembly, as the glue has them for flags. */
const isGlobal = (value: object): value is { value: unknown } =>
  (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'WebAssembly.Global';

/** Is it what core modules put back by themselves, or what holds nothing from one call to the next? */
const isOthers = (value: object): boolean =>
  ArrayBuffer.isView(value) ||
  value instanceof ArrayBuffer ||
  value instanceof TextDecoder ||
  value instanceof TextEncoder ||
  Object.isFrozen(value) ||
  (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'WebAssembly.Memory';

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Has an object these properties, with these values, and no others? */
const isAsNoted = (object: Record<string, unknown>, entries: readonly [string, unknown][]) =>
  Object.keys(object).length === entries.length &&
  entries.every(([key, value]) => object[key] === value);

/** What the properties of an object were. */
const noteProperties = (object: Record<string, unknown>): (() => void) => {
  const entries = Object.entries(object);
  return () => {
    if (isAsNoted(object, entries)) return;
    for (const key of Object.keys(object)) delete object[key];
    Object.assign(object, Object.fromEntries(entries));
  };
};

/** What is in a map or set. */
const noteEntries = (all: Map<unknown, unknown> | Set<unknown>): (() => void) => {
  if (all instanceof Map) {
    const entries = [...all];
    return () => {
      if (entries.length === 0 && all.size === 0) return;
      // What the guest has left behind goes as if it had dropped it.
      const before = new Set(entries.map(([, value]) => value));
      for (const value of all.values()) if (!before.has(value)) dropped(value);
      all.clear();
      for (const [key, value] of entries) all.set(key, value);
    };
  }
  const values = [...all];
  return () => {
    if (values.length === 0 && all.size === 0) return;
    all.clear();
    for (const value of values) all.add(value);
  };
};

/** Tells a resource of the host that nobody has it any more. */
const dropped = (value: unknown): void => {
  const call = (value as Record<symbol, unknown> | null | undefined)?.[dispose];
  if (typeof call !== 'function') return;
  try {
    call.call(value);
  } catch {
    // It is gone all the same.
  }
};

/** What the elements of an array were, and its other properties, which the glue has on some. */
const noteArray = (array: unknown[]): (() => void) => {
  const elements = array.slice();
  const others = Object.keys(array).length > array.length;
  const rest = others ? Object.entries(array).slice(array.length) : [];
  const named = array as unknown as Record<string, unknown>;
  return () => {
    array.length = elements.length;
    for (let i = 0; i < elements.length; i++) array[i] = elements[i];
    for (const [key, value] of rest) named[key] = value;
  };
};

/** Notes all that can be reached from some values; undefined where that has something that only its own class knows. */
const noteReachable = (roots: readonly unknown[]): (() => void)[] | undefined => {
  const notes: (() => void)[] = [];
  const seen = new Set<unknown>();
  const pending = [...roots];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (Array.isArray(value)) {
      notes.push(noteArray(value));
      pending.push(...Object.values(value));
    } else if (value instanceof Map || value instanceof Set) {
      notes.push(noteEntries(value));
      pending.push(...value.values(), ...value.keys());
    } else if (isGlobal(value)) {
      const global = value;
      const was = global.value;
      notes.push(() => {
        if (global.value !== was) global.value = was;
      });
    } else if (isPlain(value) && !Object.isFrozen(value)) {
      notes.push(noteProperties(value as Record<string, unknown>));
      pending.push(...Object.values(value));
    } else if (!isOthers(value)) {
      return undefined;
    }
  }
  return notes;
};

/** What gathers, while an instance is made, all that its state consists of. */
export class Keeper {
  private readonly notes: (Note | undefined)[] = [];
  private variables: Variables | undefined;

  /** Takes what a core module hands out; nothing where its state cannot be put back. */
  readonly core = (note?: Note): void => void this.notes.push(note);

  /** Takes the variables of the glue. */
  readonly glue = (variables: Variables): void => {
    this.variables = variables;
  };

  /**
   * Notes the state as it is now.
   * @returns what puts it back, between two calls of the guest of which none has failed or still goes on; undefined where
   *   that cannot be done exactly
   */
  note(): (() => void) | undefined {
    const { variables, notes } = this;
    if (!variables || notes.includes(undefined)) return undefined;
    const values = variables.get();
    const reachable = noteReachable([...values, ...variables.constants()]);
    if (!reachable) return undefined;
    const all = [...notes.map((note) => note!()), ...reachable, () => variables.set(values)];
    return () => {
      for (const back of all) back();
    };
  }
}
