/**
 * Structured cloning (HTML, "Safe passing of structured data"; Web API of WebAssembly, "Serialization"): modules go to
 * other threads with messages, shared memories as well, nothing else of the object does. The host's algorithm takes our
 * objects for ordinary ones without properties, and keeps in a copy what was one object. So a message goes out with a
 * list of the objects in it that are ours, and what they are made of; in the copy, what has become of them is made ours
 * again in its place.
 */
import type { ModuleClasses, ModuleOrigin } from './module.js';
import {
  Exception,
  globals,
  Memory,
  type MemoryState,
  memoryObject,
  memoryState,
  shareMemory,
  tables,
  tags,
} from './realm.js';

/** How messages are sent and received. */
export interface Cloning {
  /**
   * What has to be sent for a message: itself, if nothing of the object is in it.
   * @throws DOMException, `DataCloneError`, for what cannot be cloned: memories that are not shared, instances, tables,
   *   globals, tags, exceptions
   */
  pack(message: unknown): unknown;
  /** The message for what was received. */
  unpack(received: unknown): unknown;
  /** `structuredClone`, by the host's. */
  clone(message: unknown, byHost: (message: unknown) => unknown): unknown;
}

/** What a shared memory is made of. */
interface MemoryOrigin {
  pages: number;
  max: number;
  shift: number;
  addr64: boolean;
  buffer: unknown;
  control: unknown;
}
type Origin = { module: ModuleOrigin } | { memory: MemoryOrigin };

/** A message that something of ours is in. */
interface Packed {
  message: unknown;
  found: object[];
  origins: Origin[];
}

/** How a packed message is known: a property with the version of this form. */
const MARK = 'wasm2js.cloned';
const VERSION = 1;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A class with the constructor of the states of shared memories (codegen's support/memory-shared.js). */
type SharedState = new (
  min: number,
  max: number,
  shift: number,
  addr64: boolean,
  large: boolean,
  given: object,
) => MemoryState;

/** Cloning for the classes of one object. */
export function createCloning(classes: ModuleClasses): Cloning {
  const { isModule, isInstance, origin, become } = classes;
  const sent = new WeakSet<object>();

  /** What is ours of a value, if it is; throws for what cannot be cloned. */
  const originOf = (value: object): Origin | undefined => {
    if (isModule(value)) return { module: origin(value) };
    const state = memoryState(value);
    if (state?.shared) {
      const { n: pages, max, shift, addr64 } = state;
      return { memory: { pages, max: max!, shift, addr64, ...shareMemory(value) } };
    }
    const isOther = isInstance(value) || tables.has(value) || globals.has(value) || tags.has(value);
    if (state === undefined && !isOther && !(value instanceof Exception)) return undefined;
    const name = value.constructor?.name;
    throw new DOMException(`#<${name}> could not be cloned.`, 'DataCloneError');
  };

  const search = (message: unknown): Packed => {
    const found: object[] = [];
    const origins: Origin[] = [];
    const seen = new Set<object>();
    const pending = [message];
    while (pending.length > 0) {
      const value = pending.pop();
      if (!isObject(value) || seen.has(value) || sent.has(value) || ArrayBuffer.isView(value))
        continue;
      seen.add(value);
      const ours = originOf(value);
      if (ours !== undefined) {
        found.push(value);
        origins.push(ours);
      } else if (value instanceof Map) for (const pair of value) pending.push(...pair);
      else if (value instanceof Set) for (const item of value) pending.push(item);
      else if (Array.isArray(value)) for (const item of value) pending.push(item);
      else for (const key of Object.keys(value)) pending.push(value[key as never]);
    }
    return { message, found, origins };
  };

  const remember = (packed: Packed): object => {
    const out = { [MARK]: VERSION, ...packed };
    sent.add(out);
    return out;
  };

  const revive = (object: object, made: Origin): void => {
    if ('module' in made) become(object, made.module);
    else becomeMemory(object, made.memory);
  };

  return {
    pack(message) {
      if (!isObject(message)) return message;
      const packed = search(message);
      return packed.found.length === 0 ? message : remember(packed);
    },
    unpack(received) {
      if (!isObject(received) || (received as { [MARK]?: number })[MARK] !== VERSION)
        return received;
      const { message, found, origins } = received as Packed;
      found.forEach((object, i) => {
        if (originOf(object) === undefined) revive(object, origins[i]!);
      });
      return message;
    },
    clone(message, byHost) {
      if (!isObject(message)) return byHost(message);
      const packed = search(message);
      if (packed.found.length === 0) return byHost(message);
      const { message: copy, found } = byHost(remember(packed)) as Packed;
      found.forEach((object, i) => {
        const original = packed.found[i]!;
        if (isModule(original)) become(object, original);
        else revive(object, packed.origins[i]!);
      });
      return copy;
    },
  };
}

/** Makes an object without properties the one of a shared memory that another thread has. */
function becomeMemory(object: object, made: MemoryOrigin): void {
  const { pages, max, shift, addr64, buffer, control } = made;
  const sample = new (Memory as unknown as new (descriptor: object) => object)({
    initial: 0,
    maximum: 0,
    shared: true,
  });
  const State = memoryState(sample)!.constructor as unknown as SharedState;
  const large = 2 ** shift * pages > 2 ** 31;
  Object.setPrototypeOf(object, Memory.prototype);
  memoryObject(new State(pages, max, shift, addr64, large, { buffer, control }), object);
}
