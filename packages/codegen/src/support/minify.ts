/**
 * Short text for the declarations of the support library: no comments, no blanks, local names of one
 * letter, variables declared together. What a declaration declares outside, and every property, keeps its name.
 */
import type { Node, Token } from 'acorn';
import { HELPER_LETTERS, shortName } from '../names.js';

type Tree = Node & Record<string, unknown>;

type Acorn = typeof import('acorn');

/**
 * The short text of a top-level declaration.
 * @param acorn the parser
 * @param source text of the file
 * @param node the declaration
 * @throws Error for what the rules here do not know or would change the meaning of
 */
export function minify({ tokenizer, tokTypes }: Acorn, source: string, node: Node): string {
  const isWord = ({ type }: Token): boolean =>
    type === tokTypes.name || type === tokTypes.num || type.keyword !== undefined;
  const renamed = renames(node as Tree);
  const joined = shortForms(node as Tree, renamed);
  let out = '';
  let last: Token | undefined;
  for (const token of tokenizer(source.slice(node.start, node.end), { ecmaVersion: 2022 })) {
    if (joined.has(node.start + token.start)) {
      if (!out.endsWith(';')) throw new Error('support library: a declaration without a semicolon');
      out = `${out.slice(0, -1)},`;
      last = undefined;
      continue;
    }
    const text =
      renamed.get(node.start + token.start) ??
      source.slice(node.start + token.start, node.start + token.end);
    // A comma or semicolon before a closing bracket says nothing, but for the head of a loop.
    if (/^[)\]}]$/.test(text) && token.type !== tokTypes.template) {
      const end = last?.type === tokTypes.semi && text !== ')';
      if (last?.type === tokTypes.comma || end) out = out.slice(0, -1);
    }
    if (last !== undefined && isWord(last) && isWord(token)) out += ' ';
    out += text;
    last = token;
  }
  return out.endsWith(';') ? out.slice(0, -1) : out;
}

/**
 * Where `const` and `let` go on with the declaration in front; adds the short forms of `true` and `false` to `texts`.
 */
function shortForms(root: Tree, texts: Map<number, string>): Set<number> {
  const joined = new Set<number>();
  visit(root, (node) => {
    if (node.type === 'Literal' && typeof node['value'] === 'boolean')
      texts.set(node.start, node['value'] ? '!0' : '!1');
    if (node.type !== 'BlockStatement') return;
    let last: Tree | undefined;
    for (const one of node['body'] as Tree[]) {
      if (one.type === 'VariableDeclaration' && last?.['kind'] === one['kind'])
        joined.add(one.start);
      last = one;
    }
  });
  return joined;
}

/** The n-th name of a variable: none that a helper has. */
function localName(n: number): string {
  let name = '';
  for (let i = 0, left = n; left >= 0; i++) {
    name = shortName(i);
    if (!HELPER_LETTERS.includes(name)) left--;
  }
  return name;
}

/**
 * New texts of identifiers, by position. The methods of a class or literal begin anew: none sees the variables of another.
 */
function renames(root: Tree): Map<number, string> {
  const outer = new Map<string, string>();
  const methods: { start: number; end: number; names: Map<string, string> }[] = [];
  const namesAt = ({ start }: Tree): Map<string, string> =>
    methods.find((method) => method.start <= start && start < method.end)?.names ?? outer;
  const own = outerName(root);
  visit(root, ({ type, start, end }, parent) => {
    if (type === 'EmptyStatement') throw new Error(`support library: ${own}: empty statement`);
    const literal = parent?.['method'] === true || /^[gs]et$/.test(String(parent?.['kind']));
    if (type !== 'FunctionExpression' || (parent?.type !== 'MethodDefinition' && !literal)) return;
    if (!methods.some((method) => start < method.end))
      methods.push({ start, end, names: new Map() });
  });
  // Those of methods come behind all that they can see.
  for (const inMethod of [false, true]) {
    visit(root, (node, parent, key) => {
      if (node.type !== 'Identifier' || !isBinding(parent, key)) return;
      const name = node['name'] as string;
      const names = namesAt(node);
      if ((names !== outer) !== inMethod || name === own) return;
      if (names.has(name) || outer.has(name)) return;
      names.set(name, localName(inMethod ? outer.size + names.size : outer.size));
    });
  }
  const found = new Map<number, string>();
  visit(root, (node, parent, key) => {
    if (node.type !== 'Identifier') return;
    const name = node['name'] as string;
    const short = namesAt(node).get(name) ?? outer.get(name);
    if (short === undefined) return;
    if (node['shorthand'] === true) {
      // The identifier stands for key and value.
      found.set(node.start, `${name}:${short}`);
      return;
    }
    const isName = key === 'key' || key === 'property';
    if (isName && parent!['computed'] !== true) return;
    found.set(node.start, short);
  });
  return found;
}

/** The name that a declaration declares outside. */
function outerName(root: Tree): string {
  const id = root['id'] ?? (root['declarations'] as { id: unknown }[])[0]!.id;
  return (id as { name: string }).name;
}

/** Does the identifier declare a variable? */
function isBinding(parent: Tree | undefined, key: string): boolean {
  switch (parent?.type) {
    case 'VariableDeclarator':
    case 'FunctionDeclaration':
      return key === 'id' || key === 'params';
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return key === 'params';
    case 'CatchClause':
      return key === 'param';
    case 'RestElement':
    case 'ArrayPattern':
      return true;
    case 'AssignmentPattern':
      return key === 'left';
    case 'Property':
      return key === 'value' && parent['pattern'] === true;
    default:
      return false;
  }
}

/** Calls `found` with every node, its parent and the parent's property that holds it. */
function visit(
  node: Tree,
  found: (node: Tree, parent: Tree | undefined, key: string) => void,
  parent?: Tree,
  key = '',
): void {
  // The properties of a pattern declare variables.
  if (node.type === 'Property' && parent?.type === 'ObjectPattern') node['pattern'] = true;
  if (node.type === 'Property' && node['shorthand'] === true) {
    // `{ a }` or, in a pattern, `{ a = 1 }`.
    const value = node['value'] as Tree;
    const identifier = value.type === 'AssignmentPattern' ? (value['left'] as Tree) : value;
    identifier['shorthand'] = true;
  }
  found(node, parent, key);
  for (const name of Object.keys(node)) {
    const child = node[name];
    // The key of a shorthand is the same identifier as its value.
    if (name === 'key' && node.type === 'Property' && node['shorthand'] === true) continue;
    for (const item of Array.isArray(child) ? child : [child]) {
      if (item !== null && typeof item === 'object' && 'type' in item)
        visit(item as Tree, found, node, name);
    }
  }
}
