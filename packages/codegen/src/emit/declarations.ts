/**
 * The variables of an instance that are declared before its functions. Gets the statements that define them, in pieces of text of
 * which each definition begins one; gives the declaration at the head, and the statements with assignments in place of definitions.
 */
import type { ModuleContext } from '../context.js';

/** `var a,b;` without a value. */
const VALUELESS = /^var ([\w$]+(?:,[\w$]+)*);$/;

/**
 * Takes declarations out of statements.
 * @param pieces where a `const` or `var` begins a line, its statement defines variables of the instance
 * @returns the declaration, '' where there is none; imported functions are its last, since they are called less often than memory
 *   is read
 */
export function declaredFirst(
  ctx: ModuleContext,
  pieces: readonly string[],
): { declaration: string; statements: string[] } {
  const names: string[] = [];
  const parts = new Set(ctx.module.globalTypes.flatMap((_, i) => ctx.global(i).parts));
  const statements: string[] = [];
  let before = '\n';
  for (const piece of pieces) {
    const found = before.endsWith('\n') ? /^(?:const|var) ([\w$]+)/.exec(piece) : null;
    before = piece;
    const valueless = found && VALUELESS.exec(piece);
    if (valueless) names.push(...valueless[1]!.split(','));
    else if (found) {
      names.push(found[1]!);
      // A global of several parts is one statement.
      for (const [, name] of piece.matchAll(/, ([\w$]+) = /g))
        if (parts.has(name!)) names.push(name!);
      statements.push(piece.slice(piece.indexOf(' ') + 1));
    } else statements.push(piece);
  }
  const functions = new Set<string>();
  for (let i = 0; i < ctx.module.importCounts.func; i++)
    functions.add(ctx.referenceName(i)).add(ctx.funcName(i));
  const all = [
    ...names.filter((name) => !functions.has(name)),
    ...names.filter((name) => functions.has(name)),
  ];
  return { declaration: all.length === 0 ? '' : `var ${all.join(',')};\n`, statements };
}
