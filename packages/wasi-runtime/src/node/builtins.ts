/** Types of the built-in modules that are used, by their names. */
interface Builtins {
  'node:fs': typeof import('node:fs');
  'node:tty': typeof import('node:tty');
  'node:worker_threads': typeof import('node:worker_threads');
}

/**
 * A built-in module of Node, Deno or Bun, got without an import statement, so that the same file also
 * loads where there are none. Throws where the host has no such module.
 */
export function builtin<K extends keyof Builtins>(name: K): Builtins[K] {
  const { process } = globalThis as { process?: NodeJS.Process };
  const found = process?.getBuiltinModule?.(name);
  if (!found) throw new Error(`this host has no ${name}; give WASI a host of its own`);
  return found as Builtins[K];
}

/** Whether the host offers Node's built-in modules. */
export function hasBuiltins(): boolean {
  const { process } = globalThis as { process?: NodeJS.Process };
  return typeof process?.getBuiltinModule === 'function' && !!process.getBuiltinModule('node:fs');
}
