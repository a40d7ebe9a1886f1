import { descriptorFunctions } from '../functions/descriptor.js';
import { environmentFunctions } from '../functions/environment.js';
import { extensionFunctions } from '../functions/extension.js';
import { inputOutputFunctions } from '../functions/input-output.js';
import { pathFunctions } from '../functions/path.js';
import { pollFunctions } from '../functions/poll.js';
import { socketFunctions } from '../functions/socket.js';
import type { Context, WasiFunction } from './context.js';
import { ERRNO, WasiError, WasiExit } from './errno.js';
import { type Waiter, Waiting } from './waiting.js';

/** A WASI function as the guest imports it: 32-bit numbers and BigInts to an error number. */
export type ImportedFunction = (...args: (number | bigint)[]) => number;

/** Thrown when a guest calls WASI before the runtime knows its memory. */
export class NotStartedError extends Error {
  constructor() {
    super('wasi.start(), wasi.initialize() or wasi.finalizeBindings() has not been called');
    Object.setPrototypeOf(this, NotStartedError.prototype);
    this.name = 'NotStartedError';
  }
}

/** Makes 32-bit arguments unsigned and turns what is thrown into an error number. */
function guarded(body: WasiFunction, waiter: Waiter): ImportedFunction {
  return (...args) => {
    let over = true;
    try {
      for (let i = 0; i < args.length; i++) {
        const arg = args[i]!;
        if (typeof arg === 'number') args[i] = arg >>> 0;
      }
      (body as (...args: (number | bigint)[]) => void)(...args);
      return ERRNO.SUCCESS;
    } catch (error) {
      if (error instanceof WasiError) return error.errno;
      if (error instanceof Waiting) {
        over = false;
        throw error;
      }
      if (error instanceof WasiExit || error instanceof NotStartedError) throw error;
      return ERRNO.IO;
    } finally {
      if (over) waiter.done();
    }
  };
}

/**
 * All functions of a WASI module over one context, by their names. They are added one by one: objects spread into one
 * another make a shape for each step, which is most of what a short program costs.
 */
export function importedFunctions(c: Context): Record<string, ImportedFunction> {
  const functions: Record<string, ImportedFunction> = {};
  const add = (bodies: Record<string, WasiFunction>): void => {
    for (const name of Object.keys(bodies)) {
      if (!c.layout.missing(name)) functions[name] = guarded(bodies[name]!, c.waiter);
    }
  };
  const sockets = socketFunctions(c);
  add(environmentFunctions(c));
  add(inputOutputFunctions(c));
  add(descriptorFunctions(c));
  add(pathFunctions(c));
  add(pollFunctions(c));
  add(sockets);
  // Some of the extension's take the place of preview 1's.
  for (const part of extensionFunctions(c, sockets)) add(part);
  return functions;
}
