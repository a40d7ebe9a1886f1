/** Code that is text until it is needed: evaluated by `new Function`, which a content security policy may forbid. */
import type { ModuleCode, ModuleOptions } from './sources.js';

/** A module compiled in one form. */
export interface CompiledText {
  /** The body of a function of `_wasm`, `_text` and `_realm` that gives `instantiate`. */
  moduleText: string;
  /** Statements of a function that is compiled when it is called first. */
  functionText(index: number): string;
}

/**
 * Evaluates a module.
 * @param bytes of the module
 * @param compiled gives its text: the ordinary form, or with the suspendable form of functions beside it
 */
export function evaluated(
  bytes: Uint8Array,
  options: ModuleOptions,
  compiled: (suspendable: boolean) => CompiledText,
): ModuleCode {
  const form = (suspendable: boolean): ModuleCode['instantiate'] => {
    const made = compiled(suspendable);
    const known: string[] = [];
    const text = (index: number): string => (known[index] ??= made.functionText(index));
    const make = new Function('_wasm', '_text', '_realm', made.moduleText);
    return make(bytes, text, options.realm?.());
  };
  const suspends = (): boolean => options.suspends?.() === true;
  let isSuspendable = suspends();
  let instantiate = form(isSuspendable);
  return {
    // The first import that suspends may have been made since.
    instantiate(imports) {
      if (suspends() && !isSuspendable) {
        instantiate = form(true);
        isSuspendable = true;
      }
      return instantiate(imports);
    },
  };
}
