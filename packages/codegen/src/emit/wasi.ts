/** WASI commands. */
import type { ModuleContext } from '../context.js';
import type { CompileOptions } from '../options.js';

/** What a command adds to its module. */
export interface Command {
  /** Statements at the top. */
  imports: string[];
  /** Defines `run`. */
  body: string[];
  /** Runs the command where the module is the main one. */
  main: string[];
}

export function emitCommand(_ctx: ModuleContext, _options: CompileOptions): Command | undefined {
  return undefined;
}
