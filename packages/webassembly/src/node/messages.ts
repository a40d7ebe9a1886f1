/**
 * Messages between worker threads, as far as they are not those of the web: Node hands what a port receives to an inner
 * function of event targets; data for a new thread go by a message of Node's own.
 */
import { syncBuiltinESMExports } from 'node:module';
import type { Cloning } from '../cloning.js';
import { replaceMethod } from '../messages.js';
import { threads } from './threads.js';

/** The method of event targets that gets what a port has received, and the kind of event (Node 14 on). */
const DISPATCH = Symbol.for('nodejs.internal.kHybridDispatch');

/** Has a new thread's options take along what its data have. */
export const packedOptions = <T extends { workerData?: unknown }>(
  { pack }: Cloning,
  options: T,
): T =>
  options.workerData === undefined ? options : { ...options, workerData: pack(options.workerData) };

/** Has the messages of ports, and the data that this thread was given, take along modules and shared memories. */
export function carryInThreads(cloning: Cloning): void {
  const { unpack } = cloning;
  const prototype = threads.MessagePort.prototype as unknown as Record<
    symbol,
    Dispatch | undefined
  >;
  const dispatch = prototype[DISPATCH];
  if (dispatch !== undefined) {
    Object.defineProperty(prototype, DISPATCH, {
      value(this: unknown, value: unknown, type: string, event: unknown) {
        return dispatch.call(this, type === 'message' ? unpack(value) : value, type, event);
      },
      writable: true,
      configurable: true,
    });
  }
  const mutable = threads as unknown as Record<string, unknown>;
  const unpacked = unpack(threads.workerData);
  // In Deno, ES modules have the object itself, whatever is put into its place here.
  if (unpacked !== threads.workerData && 'deno' in process.versions) {
    const own = threads.workerData as Record<string | symbol, unknown>;
    for (const key of Reflect.ownKeys(own)) delete own[key];
    Object.assign(own, unpacked);
  }
  mutable['workerData'] = unpacked;
  for (const name of ['setEnvironmentData', 'postMessageToThread'])
    replaceMethod(mutable, name, secondPacked(cloning));
  replaceMethod(
    mutable,
    'getEnvironmentData',
    (original) =>
      function (...args) {
        return unpack(original.apply(this, args));
      },
  );
  replaceMethod(
    mutable,
    'receiveMessageOnPort',
    (original) =>
      function (...args) {
        const received = original.apply(this, args) as { message: unknown } | undefined;
        return received && { message: unpack(received.message) };
      },
  );
  syncBuiltinESMExports();
}

type Dispatch = (this: unknown, value: unknown, type: string, event: unknown) => unknown;

/** As `packing`, for the second argument. */
const secondPacked =
  ({ pack }: Cloning): Parameters<typeof replaceMethod>[2] =>
  (original) =>
    function (...args) {
      if (args.length > 1) args[1] = pack(args[1]);
      return original.apply(this, args);
    };
