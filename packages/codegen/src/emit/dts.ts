import type { ModuleContext } from '../context.js';
import type { CompileOptions } from '../options.js';

export function declarations(
  _ctx: ModuleContext,
  _options: CompileOptions,
  _more: { names: string[]; command: boolean },
): string {
  return '';
}
