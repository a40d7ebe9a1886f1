/** Executes the commands of a prepared script with our pipeline and judges each of them. */

import {
  InvalidError,
  MalformedError,
  type Module,
  UnsupportedError,
  WasmError,
} from '@wasm2js/decoder';
import type { ValidateOptions } from '@wasm2js/validator';
import type {
  Action,
  ActionCommand,
  Command,
  ModuleAssertionCommand,
  ModuleSource,
} from '../script/commands.js';
import { runActions, type Subject } from './actions.js';
import { isTrap, messageMatches, nameOf } from './errors.js';
import type { Status, Tally } from './outcome.js';
import { type Compile, type Imports, type Instantiate, loadModule } from './pipeline.js';
import type { Spectest } from './spectest.js';

/** An instance, or why there is none. */
export type Slot =
  | ({ state: 'live' } & Subject)
  | { state: 'unsupported' | 'failed' | 'not run' | 'not applicable'; reason: string };

/** A compiled module, or why there is none. */
type Definition =
  | { state: 'live'; module: Module; instantiate: Instantiate }
  | Exclude<Slot, { state: 'live' }>;

/** What a run is given. */
export interface Environment {
  spectest: Spectest;
  tally: Tally;
  compile: Compile;
  /** Only decode and validate. */
  validateOnly: boolean;
  /** Rules of the specification that the script belongs to. */
  rules: ValidateOptions;
  /** Told the line of each step before it is made. */
  progress: (line: number) => void;
}

/** Ends a command with a status. */
class Verdict extends Error {
  constructor(
    readonly status: Exclude<Status, 'passed'>,
    readonly reason: string,
  ) {
    super(reason);
  }
}

const fail = (reason: string) => new Verdict('failed', reason);
const NO_MODULE: Exclude<Slot, Subject> = { state: 'failed', reason: 'there is no such module' };

/** The bytes of a prepared module. */
export const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** State of one script (or of one of its threads). */
export class Executor {
  private readonly definitions = new Map<string, Definition>();
  private readonly instances = new Map<string, Slot>();
  private readonly registered = new Map<string, Slot>();
  private lastDefinition: Definition = NO_MODULE;
  private current: Slot = NO_MODULE;

  constructor(private readonly env: Environment) {}

  /** Executes commands in order. */
  run(commands: Command[]): void {
    for (let i = 0; i < commands.length; ) {
      const command = commands[i]!;
      this.env.progress(command.line);
      if (!isAction(command)) {
        this.judge(command);
        i++;
        continue;
      }
      const batch = this.batch(commands, i);
      this.actions(batch);
      i += batch.length;
    }
  }

  /** Makes an instance of another script known under its name. */
  share(id: string, slot: Slot): void {
    this.instances.set(id, slot);
  }

  private batch(commands: Command[], from: number): ActionCommand[] {
    const first = commands[from] as ActionCommand;
    const batch = [first];
    for (let i = from + 1; i < commands.length; i++) {
      const next = commands[i]!;
      if (!isAction(next) || next.action.module !== first.action.module) break;
      batch.push(next);
    }
    return batch;
  }

  private actions(batch: ActionCommand[]): void {
    const slot = this.slotOf(batch[0]!.action);
    const { compile, tally } = this.env;
    if (slot.state === 'live') runActions(slot, batch, compile, tally);
    else for (const { line, kind } of batch) tally.add(line, kind, slot.state, slot.reason);
  }

  private slotOf({ module }: Action): Slot {
    return module === undefined ? this.current : (this.instances.get(module) ?? NO_MODULE);
  }

  private judge(command: Exclude<Command, ActionCommand>): void {
    const { tally } = this.env;
    try {
      this.execute(command);
      tally.add(command.line, command.kind, 'passed');
    } catch (error) {
      const { status, reason } = verdictOf(error);
      tally.add(command.line, command.kind, status, reason);
      if (command.kind === 'module') this.declare(command, { state: status, reason });
      if (command.kind === 'module' || command.kind === 'instance') {
        this.define(command, { state: status, reason });
      }
    }
  }

  private execute(command: Exclude<Command, ActionCommand>): void {
    switch (command.kind) {
      case 'module': {
        const definition = this.compile(command.source);
        this.declare(command, definition);
        if (!command.definition) this.define(command, this.instantiate(definition));
        return;
      }
      case 'instance': {
        const { definition: id } = command;
        const definition = id === undefined ? this.lastDefinition : this.definitions.get(id);
        this.define(command, this.instantiate(definition ?? NO_MODULE));
        return;
      }
      case 'register': {
        const { module } = command;
        const slot = module === undefined ? this.current : this.instances.get(module);
        if (!slot) throw fail(`there is no module ${module}`);
        this.registered.set(command.as, slot);
        return;
      }
      case 'thread': {
        const thread = new Executor(this.env);
        for (const id of command.shared) thread.share(id, this.instances.get(id) ?? NO_MODULE);
        // One legal interleaving: the thread runs to its end before its starter goes on.
        thread.run(command.commands);
        return;
      }
      case 'wait':
        return;
      default:
        this.assertModule(command);
    }
  }

  private declare({ id }: { id?: string }, definition: Definition): void {
    this.lastDefinition = definition;
    if (id) this.definitions.set(id, definition);
  }

  private define(command: { id?: string; definition?: unknown }, slot: Slot): void {
    if (command.id) this.instances.set(command.id, slot);
    if (command.definition !== true) this.current = slot;
  }

  private compile(source: ModuleSource): Exclude<Definition, { reason: string }> {
    const module = loadModule(bytesIn(source), this.env.rules);
    if (this.env.validateOnly) {
      return { state: 'live', module, instantiate: () => ({}) };
    }
    return { state: 'live', module, instantiate: this.env.compile(module) };
  }

  private instantiate(definition: Definition): Slot {
    if (definition.state !== 'live') throw new Verdict(definition.state, definition.reason);
    if (this.env.validateOnly) return { state: 'not run', reason: 'only validated' };
    const { module } = definition;
    return { state: 'live', module, exports: definition.instantiate(this.imports(module)) };
  }

  /** The registered instances that a module imports from. */
  private imports(module: Module): Imports {
    const imports: Imports = {};
    const { spectest } = this.env;
    for (const { module: from, name } of module.imports) {
      const slot = this.registered.get(from);
      if (slot && slot.state !== 'live') throw new Verdict(slot.state, slot.reason);
      if (slot) imports[from] = slot.exports;
      else if (from === 'spectest') {
        const missing = spectest.unsupported.get(name);
        if (missing !== undefined) throw new Verdict('unsupported', missing);
        imports[from] = spectest.exports;
      }
    }
    return imports;
  }

  private assertModule(command: ModuleAssertionCommand): void {
    const { kind, source, text } = command;
    if (kind === 'assert_malformed_custom' || kind === 'assert_invalid_custom') {
      throw new Verdict('not applicable', 'text format: annotations');
    }
    if (kind === 'assert_malformed' && source.form === 'quote') {
      throw new Verdict('not applicable', 'text format');
    }
    const bytes = bytesIn(source);
    if (kind === 'assert_malformed' || kind === 'assert_invalid') {
      const expected = kind === 'assert_malformed' ? MalformedError : InvalidError;
      const error = thrownBy(() => loadModule(bytes, this.env.rules));
      if (error === undefined) throw fail(`accepted, but: ${text}`);
      if (!(error instanceof expected)) throw fail(`${nameOf(error)} instead of: ${text}`);
      return;
    }
    const definition = this.compile(source);
    if (this.env.validateOnly) return;
    const imports = this.imports(definition.module);
    const error = thrownBy(() => definition.instantiate(imports));
    if (error === undefined) throw fail(`instantiated, but: ${text}`);
    if (kind === 'assert_unlinkable') {
      if ((error as Error).name !== 'LinkError') throw fail(`${nameOf(error)} instead of: ${text}`);
    } else if (!isTrap(error) || !messageMatches(error, text)) {
      throw fail(`${nameOf(error)} instead of: ${text}`);
    }
  }
}

function isAction(command: Command): command is ActionCommand {
  return 'action' in command;
}

function bytesIn(source: ModuleSource): Uint8Array {
  if ('refused' in source) {
    throw new Verdict('not applicable', 'the assembler refuses the text');
  }
  return bytesOf(source.bytes);
}

function thrownBy(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) throw error;
    return error;
  }
}

function verdictOf(error: unknown): { status: Exclude<Status, 'passed'>; reason: string } {
  if (error instanceof Verdict) return error;
  if (error instanceof UnsupportedError) return { status: 'unsupported', reason: error.message };
  const reason = error instanceof WasmError ? error.describe() : nameOf(error);
  return { status: 'failed', reason };
}
