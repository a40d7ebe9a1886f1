/** Scripts to commands: the command grammar of the specification's `interpreter/README.md`. */

import type {
  Action,
  Command,
  ModuleAssertion,
  ModuleAssertionCommand,
  ModuleSource,
  Pattern,
  Script,
} from './commands.js';
import { type ListNode, lineCounter, type Node, ScriptError, scan } from './scanner.js';
import { readConst, readPattern } from './values.js';

/** Assembles the text of a module. */
export type Assemble = (text: string) => Promise<Uint8Array>;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as base64, the form they have in a prepared script. */
export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const headOf = (node: Node | undefined): string =>
  node?.kind === 'list' && node.items[0]?.kind === 'atom' ? node.items[0].text : '';

const isList = (node: Node): node is ListNode => node.kind === 'list';

/** Prepares a script: reads its commands and assembles its modules. */
export async function parseScript(
  file: string,
  source: string,
  assemble: Assemble,
): Promise<Script> {
  const nodes = scan(source);
  const parser = new ScriptParser(source, assemble);
  const first = headOf(nodes[0]);
  // A script may be the fields of one module, without a command.
  if (nodes.length && !ScriptParser.isCommand(first)) {
    const module = await parser.text(source);
    return { file, commands: [{ kind: 'module', line: 1, source: module, definition: false }] };
  }
  return { file, commands: await parser.commands(nodes) };
}

class ScriptParser {
  private readonly line: (offset: number) => number;

  constructor(
    private readonly source: string,
    private readonly assemble: Assemble,
  ) {
    this.line = lineCounter(source);
  }

  static isCommand(name: string): boolean {
    return /^(module|register|invoke|get|assert_\w+|thread|wait)$/.test(name);
  }

  async commands(nodes: Node[]): Promise<Command[]> {
    const commands: Command[] = [];
    for (const node of nodes) {
      if (!isList(node)) throw new ScriptError('a command was expected');
      const line = this.line(node.start);
      try {
        commands.push(await this.command(node, line));
      } catch (error) {
        if (error instanceof ScriptError) error.message += ` (command at line ${line})`;
        throw error;
      }
    }
    return commands;
  }

  private async command(node: ListNode, line: number): Promise<Command> {
    const kind = headOf(node);
    const items = node.items.slice(1);
    switch (kind) {
      case 'module':
        return this.module(node, line);
      case 'register':
        return {
          kind,
          line,
          as: text(items[0]),
          ...(items[1] && { module: atom(items[1]) }),
        };
      case 'invoke':
      case 'get':
        return { kind: 'action', line, action: readAction(node) };
      case 'assert_return': {
        const expected: Pattern[] = items.slice(1).map((item) => readPattern(item as ListNode));
        return { kind, line, action: readAction(items[0]), expected };
      }
      case 'assert_exception':
        return { kind, line, action: readAction(items[0]) };
      case 'assert_trap':
        if (headOf(items[0]) === 'module') {
          return this.moduleAssertion('assert_uninstantiable', items, line);
        }
        return { kind, line, action: readAction(items[0]), text: text(items[1]) };
      case 'assert_exhaustion':
        return { kind, line, action: readAction(items[0]), text: text(items[1]) };
      case 'assert_malformed':
      case 'assert_invalid':
      case 'assert_unlinkable':
      case 'assert_uninstantiable':
      case 'assert_malformed_custom':
      case 'assert_invalid_custom':
        return this.moduleAssertion(kind, items, line);
      case 'thread':
        return this.thread(items, line);
      case 'wait':
        return { kind, line, thread: atom(items[0]) };
      default:
        throw new ScriptError(`unknown command: ${kind}`);
    }
  }

  private async module(node: ListNode, line: number): Promise<Command> {
    const words = node.items.slice(1, 4).map((n) => (n.kind === 'atom' ? n.text : ''));
    if (words[0] === 'instance') {
      const [, id, definition] = words;
      return { kind: 'instance', line, ...(id && { id }), ...(definition && { definition }) };
    }
    const definition = words[0] === 'definition';
    const id = words[definition ? 1 : 0];
    return {
      kind: 'module',
      line,
      source: await this.moduleSource(node),
      definition,
      ...(id?.startsWith('$') && { id }),
    };
  }

  private async moduleAssertion(
    kind: ModuleAssertion,
    items: Node[],
    line: number,
  ): Promise<ModuleAssertionCommand> {
    const [module] = items;
    if (module?.kind !== 'list') throw new ScriptError(`${kind} without a module`);
    const source =
      kind === 'assert_malformed' && formOf(module) === 'quote'
        ? ({ form: 'quote', refused: 'text format' } as const)
        : await this.moduleSource(module);
    return { kind, line, source, text: text(items[1]) };
  }

  private async thread(items: Node[], line: number): Promise<Command> {
    const [name, ...rest] = items;
    const shared: string[] = [];
    const commands: Node[] = [];
    for (const item of rest) {
      if (headOf(item) !== 'shared') commands.push(item);
      else
        for (const m of (item as ListNode).items.slice(1))
          shared.push(atom((m as ListNode).items[1]));
    }
    return {
      kind: 'thread',
      line,
      id: atom(name),
      shared,
      commands: await this.commands(commands),
    };
  }

  private async moduleSource(node: ListNode): Promise<ModuleSource> {
    const form = formOf(node);
    if (form === 'text') {
      const keyword = node.items.find((n) => n.kind === 'atom' && n.text === 'definition');
      const { source } = this;
      return this.text(
        keyword
          ? source.slice(node.start, keyword.start) + source.slice(keyword.end, node.end)
          : source.slice(node.start, node.end),
      );
    }
    const strings = node.items.flatMap((n) => (n.kind === 'string' ? [n.bytes] : []));
    const bytes = Uint8Array.from(Buffer.concat(strings));
    if (form === 'binary') return { form, bytes: toBase64(bytes) };
    try {
      return { ...(await this.text(decoder.decode(bytes))), form };
    } catch {
      return { form, refused: 'not UTF-8' };
    }
  }

  /** Assembles a module text. */
  async text(text: string): Promise<ModuleSource> {
    try {
      return { form: 'text', bytes: toBase64(await this.assemble(text)) };
    } catch (error) {
      return { form: 'text', refused: String((error as Error).message ?? error) };
    }
  }
}

/** Is a module node text, or `binary` or `quote` strings? */
function formOf(node: ListNode): 'text' | 'binary' | 'quote' {
  for (const item of node.items.slice(1)) {
    if (item.kind !== 'atom') return 'text';
    if (item.text === 'binary' || item.text === 'quote') return item.text;
  }
  return 'text';
}

function readAction(node: Node | undefined): Action {
  const kind = headOf(node);
  if (kind !== 'invoke' && kind !== 'get') throw new ScriptError('an action was expected');
  const items = (node as ListNode).items.slice(1);
  const module = items[0]?.kind === 'atom' ? { module: atom(items.shift()) } : {};
  const field = text(items.shift());
  if (kind === 'get') return { kind, ...module, field };
  return { kind, ...module, field, args: items.map((item) => readConst(item as ListNode)) };
}

function atom(node: Node | undefined): string {
  if (node?.kind !== 'atom') throw new ScriptError('an identifier was expected');
  return node.text;
}

function text(node: Node | undefined): string {
  if (node?.kind !== 'string') throw new ScriptError('a string was expected');
  return decoder.decode(node.bytes);
}
