/** Types of the built-in modules that are used, by their names. */
interface Builtins {
  'node:fs': typeof import('node:fs');
  'node:tty': typeof import('node:tty');
  'node:crypto': typeof import('node:crypto');
  'node:worker_threads': typeof import('node:worker_threads');
}

/** Gives a built-in module by its name; throws or gives nothing where there is none. */
export type BuiltinSource = (name: string) => unknown;

let provided: BuiltinSource | undefined;

/**
 * Tells where built-in modules come from on a Node that has no `process.getBuiltinModule` (before
 * 20.16 and 22.3).
 * @param source such as the `require` of a CommonJS module
 */
export function provideBuiltins(source: BuiltinSource): void {
  provided = source;
}

/** A built-in module, or nothing. */
function lookUp(name: string): unknown {
  const { process } = globalThis as { process?: NodeJS.Process };
  if (typeof process?.getBuiltinModule === 'function') return process.getBuiltinModule(name);
  return process?.versions?.node === undefined ? undefined : provided?.(name);
}

/**
 * A built-in module of Node, Deno or Bun, got without an import statement, so that the same file also
 * loads where there are none. Throws where the host has no such module.
 */
export function builtin<K extends keyof Builtins>(name: K): Builtins[K] {
  const found = lookUp(name);
  if (!found) throw new Error(`this host has no ${name}; give WASI a host of its own`);
  return found as Builtins[K];
}

/** Whether the host offers Node's built-in modules. */
export function hasBuiltins(): boolean {
  // Workers of Cloudflare have Node's names for files that exist in memory only, and no threads.
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent !== 'Cloudflare-Workers' && !!lookUp('node:fs');
}
