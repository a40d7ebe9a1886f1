/**
 * The support library: JavaScript files with top-level declarations only, parsed once with acorn.
 * A declaration is emitted when something that is emitted names it, so a module carries only the
 * helpers it uses.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type Node, parse } from 'acorn';
import { generate } from 'astring';

/** One top-level declaration of the library. */
interface Declaration {
  name: string;
  node: Node;
  /** Position in the library: the order of emission. */
  order: number;
  /** Names of other declarations, or of what the emitter defines, that it refers to. */
  uses: Set<string>;
}

/** The parsed library and the names that are free in it because the emitter defines them. */
interface Library {
  declarations: Map<string, Declaration>;
}

/** What the emitter defines itself for every module that needs it: the result channel, its owner, the class of memory views. */
const EMITTED = /^_(owner|View|[hdr]\d+)$/;

/** In the order of emission: a file comes after those whose values its own initialisers use. */
const FIRST = ['registry.js', 'traps.js', 'types.js', 'memory.js', 'table.js'];

let loaded: Library | undefined;

/** Reads and parses the library on first use. Throws an Error for a file that is not declarations only. */
function library(): Library {
  if (loaded !== undefined) return loaded;
  const folder = new URL('../../support/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.js') && !FIRST.includes(name));
  const declarations = new Map<string, Declaration>();
  for (const file of [...FIRST, ...files.sort()]) {
    const source = readFileSync(new URL(file, folder), 'utf8');
    const program = parse(source, { ecmaVersion: 2022, sourceType: 'script' });
    for (const node of program.body) {
      for (const name of declaredNames(node, file)) {
        if (declarations.has(name)) throw new Error(`support library: ${name} is declared twice`);
        declarations.set(name, { name, node, order: declarations.size, uses: new Set() });
      }
    }
  }
  for (const declaration of declarations.values()) {
    collectNames(declaration.node, (name) => {
      if (name !== declaration.name && (declarations.has(name) || EMITTED.test(name))) {
        declaration.uses.add(name);
      }
    });
  }
  loaded = { declarations };
  return loaded;
}

/** The name that a top-level declaration declares. */
function declaredNames(node: Node, file: string): string[] {
  const any = node as Node & {
    id?: { name: string };
    declarations?: { id: { name: string } }[];
  };
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration')
    return [any.id!.name];
  if (node.type === 'VariableDeclaration' && any.declarations!.length === 1) {
    return [any.declarations![0]!.id.name];
  }
  throw new Error(`support library: ${file} holds more than single declarations (${node.type})`);
}

/** Calls `found` with every identifier that may be a reference (not property names). */
function collectNames(node: Node, found: (name: string) => void): void {
  const any = node as unknown as Record<string, unknown>;
  if (node.type === 'Identifier') {
    found(any['name'] as string);
    return;
  }
  for (const key of Object.keys(any)) {
    const named = key === 'property' || key === 'key';
    if (named && any['computed'] === false && any['shorthand'] !== true) continue;
    const child = any[key];
    for (const item of Array.isArray(child) ? child : [child]) {
      if (item !== null && typeof item === 'object' && 'type' in item)
        collectNames(item as Node, found);
    }
  }
}

/** Is this the name of a support helper? */
export function isHelper(name: string): boolean {
  return library().declarations.has(name);
}

/**
 * Everything that these helpers need, themselves included.
 * @param roots names of helpers
 * @returns the closure, with the names that the emitter has to define
 */
export function reachableHelpers(roots: Iterable<string>): Set<string> {
  const { declarations } = library();
  const reached = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const declaration = declarations.get(name);
    if (declaration !== undefined) pending.push(...declaration.uses);
    else if (!EMITTED.test(name)) throw new Error(`support library: there is no helper ${name}`);
  }
  return reached;
}

/**
 * The text of helpers, in the library's order.
 * @param names a closed set, from `reachableHelpers`
 * @param style of astring
 */
export function printHelpers(
  names: Set<string>,
  style: { indent?: string; lineEnd?: string },
): string {
  const { declarations } = library();
  return [...names]
    .map((name) => declarations.get(name))
    .filter((declaration) => declaration !== undefined)
    .sort((a, b) => a.order - b.order)
    .map(({ node }) => `${generate(node, style)}\n`)
    .join('');
}
