/**
 * What is left out of jco's glue: gets its text, gives a shorter one that does the same. Log lines that are off,
 * forms for asynchronous imports where there are none, declarations that nothing names, comments and blanks.
 * Must hold: only names are looked at, never scopes, so that whatever shares the name of something used is kept.
 */
import { type AnyNode, type Function as FunctionNode, type Node, parse, tokenizer } from 'acorn';
import { directCalls } from './direct-calls.js';
import { apply, childrenOf, type Edit, namesIn, options } from './syntax.js';

/** The bytes of `new WebAssembly.Module(new Uint8Array([...]))`. */
const inlineModule = (node: AnyNode): Uint8Array | undefined => {
  if (node.type !== 'NewExpression' || node.callee.type !== 'MemberExpression') return undefined;
  const { object, property } = node.callee;
  if (object.type !== 'Identifier' || object.name !== 'WebAssembly') return undefined;
  if (property.type !== 'Identifier' || property.name !== 'Module') return undefined;
  const [bytes] = node.arguments;
  const [list] = bytes?.type === 'NewExpression' ? bytes.arguments : [];
  if (list?.type !== 'ArrayExpression') return undefined;
  return Uint8Array.from(list.elements, (item) =>
    item?.type === 'Literal' ? Number(item.value) : 0,
  );
};

/** Does making this value do nothing that shows? */
const isQuiet = (node: AnyNode | null | undefined): boolean => {
  switch (node?.type) {
    case undefined:
    case 'Literal':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'Identifier':
      return true;
    case 'ArrayExpression':
      return node.elements.length === 0;
    case 'ObjectExpression':
      return node.properties.length === 0;
    case 'ClassExpression':
      return isQuietClass(node);
    case 'NewExpression':
      if (inlineModule(node) !== undefined) return true;
      return (
        node.callee.type === 'Identifier' &&
        /^(?:Map|WeakMap|Set|DataView|ArrayBuffer|TextDecoder|TextEncoder)$/.test(
          node.callee.name,
        ) &&
        node.arguments.every((argument) => isQuiet(argument))
      );
    default:
      return false;
  }
};

/** A class whose making runs nothing of its own. */
const isQuietClass = (node: AnyNode): boolean =>
  (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') &&
  (node.superClass == null || node.superClass.type === 'Identifier') &&
  node.body.body.every(
    (item) =>
      item.type === 'MethodDefinition' ||
      (item.type === 'PropertyDefinition' && (!item.static || isQuiet(item.value))),
  );

/** The name of a declaration that may go when nothing mentions it. */
const removable = (node: AnyNode): string | undefined => {
  if (node.type === 'FunctionDeclaration') return node.id?.name;
  if (node.type === 'ClassDeclaration') return isQuietClass(node) ? node.id?.name : undefined;
  if (node.type !== 'VariableDeclaration' || node.declarations.length !== 1) return undefined;
  const [{ id, init }] = node.declarations as [(typeof node.declarations)[0]];
  return id.type === 'Identifier' && isQuiet(init) ? id.name : undefined;
};

/** Ranges of declarations that nothing mentions, among statements that share their scope. */
const unused = (statements: readonly AnyNode[]): Edit[] => {
  const waiting = new Map<string, AnyNode[]>();
  const pending: string[] = [];
  for (const statement of statements) {
    const name = removable(statement);
    if (name === undefined) pending.push(...namesIn(statement));
    else waiting.set(name, [...(waiting.get(name) ?? []), statement]);
  }
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const declarations = waiting.get(name) ?? [];
    waiting.delete(name);
    for (const declaration of declarations) pending.push(...namesIn(declaration));
  }
  return [...waiting.values()].flat().map(({ start, end }) => ({ start, end, text: '' }));
};

/** Is this a line of the log, or one that tells a person what an error says anyway? */
const isLog = (node: AnyNode): boolean => {
  if (node.type !== 'ExpressionStatement' || node.expression.type !== 'CallExpression')
    return false;
  const { callee, arguments: given } = node.expression;
  if (callee.type === 'Identifier') return callee.name === '_debugLog';
  const [first] = given;
  return (
    callee.type === 'MemberExpression' &&
    callee.object.type === 'Identifier' &&
    callee.object.name === 'console' &&
    first?.type === 'Literal' &&
    first.value === 'ERROR:'
  );
};

const TRAP = /^wasm trap: /;

/** Edits within a tree: the outermost only. */
const simplifications = (root: AnyNode, asynchronous: boolean, source: string): Edit[] => {
  const edits: Edit[] = [];
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (isLog(node)) {
      edits.push({ start: node.start, end: node.end, text: ';' });
      continue;
    }
    if (
      !asynchronous &&
      node.type === 'ConditionalExpression' &&
      node.test.type === 'MemberExpression' &&
      node.test.property.type === 'Identifier' &&
      node.test.property.name === 'manuallyAsync'
    ) {
      const { start, end } = node;
      edits.push({ start, end: node.alternate.start, text: '' });
      edits.push({ start: node.alternate.end, end, text: '' });
      stack.push(node.alternate);
      continue;
    }
    // Whoever shows a trap says that it is one.
    if (node.type === 'Literal' && typeof node.value === 'string' && TRAP.test(node.value)) {
      const text = JSON.stringify(node.value.replace(TRAP, ''));
      edits.push({ start: node.start, end: node.end, text });
      continue;
    }
    // Traps have the specification's words already.
    if (node.type === 'FunctionDeclaration' && node.id?.name === '_normalizeCoreTrap') {
      edits.push({ start: node.body.start, end: node.body.end, text: '{return err}' });
      continue;
    }
    // The parameter has its name, wherever the host has WebAssembly.
    if (
      node.type === 'MemberExpression' &&
      source.slice(node.start, node.end) === 'globalThis.WebAssembly'
    ) {
      edits.push({ start: node.start, end: node.end, text: 'WebAssembly' });
      continue;
    }
    stack.push(...childrenOf(node));
  }
  return edits;
};

/** The statements of a function, and those of the generator that it runs. */
const scopesOf = (fn: FunctionNode): AnyNode[] => {
  if (fn.body.type !== 'BlockStatement') return [];
  return fn.body.body.flatMap((statement): AnyNode[] => {
    if (statement.type !== 'VariableDeclaration') return [statement];
    const init = statement.declarations[0]?.init;
    const inner =
      init?.type === 'CallExpression' && init.callee.type === 'FunctionExpression'
        ? init.callee
        : undefined;
    return inner?.generator ? inner.body.body : [statement];
  });
};

/** Names that a pattern declares. */
function* declaredBy(pattern: AnyNode): Generator<string> {
  if (pattern.type === 'Identifier') yield pattern.name;
  else if (pattern.type === 'Property') yield* declaredBy(pattern.value);
  else for (const child of childrenOf(pattern)) yield* declaredBy(child);
}

/** The generator that makes the instance, within the function of the glue. */
const makerOf = (fn: FunctionNode): FunctionNode => {
  if (fn.body.type === 'BlockStatement')
    for (const statement of fn.body.body) {
      if (statement.type !== 'VariableDeclaration') continue;
      const init = statement.declarations[0]?.init;
      const callee = init?.type === 'CallExpression' ? init.callee : undefined;
      if (callee?.type === 'FunctionExpression' && callee.generator) return callee;
    }
  throw new Error("the glue of jco's has no generator that makes an instance");
};

/**
 * Has the glue hand out its variables before it gives the exports: a call of `instantiateCore.keep` with functions that
 * read and write them, and one that gives what the constants hold.
 */
const handOut = (source: string): string => {
  const fn = instantiateOf(source);
  const maker = makerOf(fn);
  const variables: string[] = [];
  const constants: string[] = [];
  // What stands behind the generator has to do with waiting for it.
  for (const statement of scopesOf(fn).filter(({ end }) => end <= maker.end)) {
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations) {
      if (statement.kind !== 'const') variables.push(...declaredBy(id));
      else if (init?.type !== 'Literal' && !/Function/.test(init?.type ?? ''))
        constants.push(...declaredBy(id));
    }
  }
  const body = maker.body.type === 'BlockStatement' ? maker.body.body : [];
  const last = body.at(-1);
  if (last?.type !== 'ReturnStatement') throw new Error("the glue of jco's does not end as usual");
  const list = `[${variables.join(',')}]`;
  const call = `instantiateCore.keep?.({get:()=>${list},set:(values)=>{${list}=values},constants:()=>[${constants.join(',')}]});`;
  return apply(source, [{ start: last.start, end: last.start, text: call }]);
};

/** Text without comments and most blanks; a line feed stays where it may end a statement. */
const squeeze = (source: string): string => {
  const pieces: string[] = [];
  let last = '';
  let end = 0;
  for (const token of tokenizer(source, options)) {
    const text = source.slice(token.start, token.end);
    if (last !== '') {
      const gap = source.slice(end, token.start);
      const tight = /[{,;([]$/.test(last) || /^[})\],;]/.test(text);
      const word = /[\w$]$/.test(last) && /^[\w$\\#]/.test(text);
      const signs = /[+\-/<>]$/.test(last) && /^[+\-/<>]/.test(text);
      if (/[\n\r]/.test(gap) && !tight) pieces.push('\n');
      else if (gap !== '' && (word || signs)) pieces.push(' ');
    }
    pieces.push(text);
    last = text;
    end = token.end;
  }
  return pieces.join('');
};

/** The function that makes an instance, in the glue of jco. */
const instantiateOf = (source: string): FunctionNode => {
  for (const node of parse(source, options).body) {
    const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : undefined;
    if (declaration?.type === 'FunctionDeclaration' && declaration.id.name === 'instantiate')
      return declaration;
  }
  throw new Error("the glue of jco's has no function `instantiate`");
};

/** The glue, and modules whose bytes were in it, by the names under which it asks for them now. */
export interface Glue {
  text: string;
  modules: [string, Uint8Array][];
}

/** Takes modules out of the glue. */
const takeModules = (source: string): Glue => {
  const modules: [string, Uint8Array][] = [];
  const edits: Edit[] = [];
  const stack: AnyNode[] = [parse(source, options)];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const bytes = inlineModule(node);
    if (bytes === undefined) {
      stack.push(...childrenOf(node));
      continue;
    }
    const name = `glue.${modules.length}`;
    modules.push([name, bytes]);
    edits.push({ start: node.start, end: node.end, text: `getCoreModule('${name}')` });
  }
  return { text: apply(source, edits), modules };
};

/**
 * The glue as one function declaration `instantiate(getCoreModule, imports, instantiateCore)`.
 * @param asynchronous may imports be asynchronous? Then their forms stay
 * @param restorable does it hand out its variables (see `restore.ts`)?
 */
export const slimGlue = (source: string, asynchronous: boolean, restorable = false): Glue => {
  const short = apply(source, simplifications(parse(source, options), asynchronous, source));
  const simple = asynchronous ? short : directCalls(short);
  const fn = instantiateOf(simple);
  const slim = apply(simple, unused(scopesOf(fn)));
  const { text, modules } = takeModules(restorable ? handOut(slim) : slim);
  const { start, end } = instantiateOf(text) as unknown as Node;
  return { text: squeeze(text.slice(start, end)), modules };
};
