/**
 * Compiled text that is kept from one start of a program to the next, whatever it is kept in: what it depends on, and how
 * what is known of a module is completed by the compiler. A module that is known is neither decoded nor validated until
 * a function is called that was never called before.
 */
import buildId from './build-id.js';
import type { CompiledText } from './evaluate.js';
import type { ModuleOptions } from './sources.js';

/** What is known of the text of one module in one form. */
export interface KnownText {
  body: string;
  /** Of functions that were called, by index. */
  functions: Record<number, string>;
}

/** The part of the compiler that completes text. */
export type TextCompiler = Pick<typeof import('./compiler.js'), 'compiledTexts'>;

/**
 * All that a text depends on: the compiler, the module, its options, the form.
 * @param digest of the module's bytes (digest.ts)
 */
export const textKey = (
  digest: string,
  { builtins, importedStringConstants }: ModuleOptions,
  suspendable: boolean,
): string =>
  JSON.stringify([buildId, digest, builtins, importedStringConstants]) +
  (suspendable ? ' suspendable' : '');

/**
 * The text of a module, of which some may be known.
 * @param compile gives all of it; is the module known to be valid?
 * @param learned is told what is known whenever that grows; by a function, or by all there is
 */
export function completed(
  found: KnownText | undefined,
  compile: (isValid: boolean) => CompiledText,
  learned: (known: KnownText, index?: number) => void,
): CompiledText {
  let made: CompiledText | undefined;
  const compiled = (): CompiledText => {
    made ??= compile(found !== undefined);
    return made;
  };
  const known = found ?? { body: compiled().moduleText, functions: {} };
  if (found === undefined) learned(known);
  return {
    moduleText: known.body,
    functionText(index) {
      let text = known.functions[index];
      if (text === undefined) {
        text = compiled().functionText(index);
        known.functions[index] = text;
        learned(known, index);
      }
      return text;
    },
  };
}
