/**
 * Messages of the web's: what is sent by `postMessage` is packed, and unpacked where an event is asked for its data. Both
 * ends need the object. Must hold: a message without anything of ours is sent as it is.
 */
import type { Cloning } from './cloning.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Classes whose objects send messages to other threads. */
const SENDERS = [
  'Worker',
  'MessagePort',
  'BroadcastChannel',
  'ServiceWorker',
  'Client',
  'DedicatedWorkerGlobalScope',
  'Window',
];
/** Classes of the events that bring them. */
const EVENTS = ['MessageEvent', 'ExtendableMessageEvent'];

/** Puts another method in an object's place, which is given the one that was there. */
export function replaceMethod(
  owner: object,
  name: string,
  make: (original: Method) => Method,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof descriptor?.value !== 'function') return;
  const original = descriptor.value as Method;
  const made = make(original);
  for (const key of ['name', 'length'] as const)
    Object.defineProperty(made, key, { value: original[key], configurable: true });
  Object.defineProperty(owner, name, { ...descriptor, value: made });
}

/** A method whose first argument is packed. */
export const packing =
  ({ pack }: Cloning) =>
  (original: Method): Method =>
    function (...args) {
      if (args.length > 0) args[0] = pack(args[0]);
      return original.apply(this, args);
    };

/** Is a message from another site? Such have no module of this one. */
const isForeign = ({ origin }: { origin?: string }): boolean =>
  typeof origin === 'string' && origin !== '' && origin !== globalThis.location?.origin;

/**
 * Has messages of this thread take along modules and shared memories.
 * @param cloning of the object that is `globalThis.WebAssembly`
 */
export function carryInMessages(cloning: Cloning): void {
  const realm = globalThis as unknown as Record<string, { prototype: object } | undefined>;
  for (const name of SENDERS)
    if (realm[name] !== undefined)
      replaceMethod(realm[name].prototype, 'postMessage', packing(cloning));
  // In windows and workers, what the global object can do is its own.
  replaceMethod(globalThis, 'postMessage', packing(cloning));
  replaceMethod(
    globalThis,
    'structuredClone',
    (original) =>
      function (...args) {
        const [message, ...rest] = args;
        if (args.length === 0) return original.apply(this, args);
        return cloning.clone(message, (packed) => original.call(this, packed, ...rest));
      },
  );
  for (const name of EVENTS) if (realm[name] !== undefined) unpackData(realm[name], cloning);
}

/** Has a class of events give unpacked data. */
function unpackData({ prototype }: { prototype: object }, { unpack }: Cloning): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'data');
  if (descriptor === undefined) {
    unpackAssigned(prototype, unpack);
    return;
  }
  const { get } = descriptor;
  if (get === undefined) return;
  const getter = {
    get data(): unknown {
      const data = get.call(this) as unknown;
      return isForeign(this as { origin?: string }) ? data : unpack(data);
    },
  };
  Object.defineProperty(prototype, 'data', {
    ...descriptor,
    get: Object.getOwnPropertyDescriptor(getter, 'data')!.get,
  });
}

/** In Deno, events have their data as properties, to which they are assigned. */
function unpackAssigned(prototype: object, unpack: Cloning['unpack']): void {
  Object.defineProperty(prototype, 'data', {
    set(data: unknown) {
      Object.defineProperty(this, 'data', {
        value: unpack(data),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
    configurable: true,
  });
}
