// What is done to the text of the compiler in a page between bundling and minifying: gets a module that esbuild has made of
// all sources, where names that scopes share are different, and gives one that does the same in fewer bytes. Each function
// finds places in a tree and replaces their text.
import { parse } from 'acorn';

const parseModule = (text) => parse(text, { ecmaVersion: 2022, sourceType: 'module' });

/** Calls a function with each node of a program, its parent, and the parent's property that holds it. */
function walk(node, visit, parent = {}, key = '') {
  visit(node, parent, key);
  for (const [name, child] of Object.entries(node))
    for (const item of [child].flat())
      if (typeof item?.type === 'string') walk(item, visit, node, name);
}

/** Replaces pieces, which do not overlap. @param pieces `[start, end, text]` */
function replaced(text, pieces) {
  const parts = [];
  let at = 0;
  for (const [start, end, piece] of pieces.sort((a, b) => a[0] - b[0])) {
    parts.push(text.slice(at, start), piece);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** The words of a list in a string, which may be a sum. */
function listed(node) {
  if (node.type === 'BinaryExpression') return [...listed(node.left), ...listed(node.right)];
  return `${node.value ?? ''}`.match(/[\w$]+/g) ?? [];
}

const isStore = ({ type, operator }, key) =>
  type === 'AssignmentExpression' && operator === '=' && key === 'left';

/**
 * Names by which a module reads properties, those that it gives to them, and the strings that may be such names. What an object has and
 * nobody reads by its name is asked for by a string, which may be made of parts.
 */
function namesIn(program) {
  const [reads, stores, strings] = [new Set(), new Set(), new Set()];
  walk(program, (node, parent, key) => {
    if (node.type === 'MemberExpression' && !node.computed)
      (isStore(parent, key) ? stores : reads).add(node.property.name);
    if (node.type === 'ObjectPattern')
      for (const { key: own, computed } of node.properties) if (!computed) reads.add(own?.name);
    if (node.type === 'CallExpression' && node.callee.property?.name === 'split')
      for (const word of listed(node.callee.object)) strings.add(word);
    const text = node.type === 'TemplateElement' ? node.value.cooked : node.value;
    const isText = /^(Literal|TemplateElement)$/.test(node.type) && typeof text === 'string';
    if (isText && /^[\w$]+$/.test(text)) strings.add(text);
  });
  return { reads, stores, strings };
}

/** Does evaluating it do nothing but give a value? Sources have no getters that do. */
function isPure(node) {
  switch (node?.type) {
    case undefined:
    case 'Literal':
    case 'Identifier':
    case 'ThisExpression':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return true;
    case 'MemberExpression':
      return !node.computed && isPure(node.object);
    case 'UnaryExpression':
      return node.operator !== 'delete' && isPure(node.argument);
    case 'BinaryExpression':
    case 'LogicalExpression':
      return isPure(node.left) && isPure(node.right);
    case 'NewExpression':
      return /^(Weak)?(Map|Set)$/.test(node.callee.name) && node.arguments.length === 0;
    default:
      return false;
  }
}

/** Leaves out an item of a list, with the comma behind it. */
function withoutItem(text, { start, end }) {
  const comma = /^(?:\s|\/\*.*?\*\/)*,/.exec(text.slice(end, end + 100));
  return [start, end + (comma?.[0].length ?? 0), ''];
}

/**
 * Leaves out top-level variables that nobody reads, since what sources do at the top level has no other effect, and methods
 * and properties that nobody reads.
 * @param kept names of properties that others read
 */
export function withoutUnread(text, kept) {
  const program = parseModule(text);
  const { reads, strings } = namesIn(program);
  const counts = new Map();
  walk(program, ({ type, name }) => {
    if (type === 'Identifier') counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const isUnread = ({ type, name }) =>
    type === 'Identifier' && !reads.has(name) && !strings.has(name) && !kept.has(name);
  const pieces = [];
  const isStoreOfUnread = ({ type, left, right, ...rest }) =>
    isStore({ type, ...rest }, 'left') &&
    left.type === 'MemberExpression' &&
    !left.computed &&
    isUnread(left.property) &&
    isPure(left.object) &&
    isPure(right);
  walk(program, (node, parent) => {
    const { type, start, end, computed, key, value } = node;
    if (type === 'MethodDefinition' && !computed && isUnread(key)) pieces.push([start, end, '']);
    if (type === 'Property' && parent.type === 'ObjectExpression' && !computed && isUnread(key))
      if (isPure(value)) pieces.push(withoutItem(text, node));
    if (type === 'SequenceExpression')
      for (const item of node.expressions)
        if (isStoreOfUnread(item)) pieces.push([item.start, item.end, '0']);
    if (type === 'ExpressionStatement' && isStoreOfUnread(node.expression))
      pieces.push([start, end, ';']);
  });
  for (const { type, declarations, start, end } of program.body)
    if (type === 'VariableDeclaration' && declarations.every(({ id }) => counts.get(id.name) === 1))
      pieces.push([start, end, '']);
  const outer = pieces.filter(
    ([start, end]) =>
      !pieces.some(([from, to]) => from <= start && end <= to && to - from > end - start),
  );
  return outer.length > 0 ? withoutUnread(replaced(text, outer), kept) : text;
}

/** There is one model of what things cost: what is asked of it is known. */
export function withCosts(text, costs) {
  const asked = new RegExp(`(?:\\w+\\.)*\\bcosts\\.(${Object.keys(costs).join('|')})\\b`, 'g');
  return text.replace(asked, (_, name) => costs[name]);
}

/** Is the identifier a name of its own, and no property's? */
const isVariable = ({ type, computed }, key) =>
  computed ||
  !(
    (type === 'MemberExpression' && key === 'property') ||
    (/^(Property|MethodDefinition|PropertyDefinition)$/.test(type) && key === 'key')
  );

/**
 * Top-level variables that hold a number, members of top-level objects that hold nothing but small numbers, and calls with a
 * string of functions that give a number are these numbers.
 * @param functions by name
 */
export function withNumbers(text, functions) {
  const program = parseModule(text);
  const called = (node) =>
    node?.type === 'CallExpression' && node.arguments[0]?.type === 'Literal'
      ? functions[node.callee.name]?.(node.arguments[0].value)
      : undefined;
  const isSmall = ({ value }) => value?.type === 'Literal' && value.value < 1e4;
  const assigned = new Set();
  walk(program, ({ type, left, argument }) => {
    const target = type === 'UpdateExpression' ? argument : left;
    if (/^(Assignment|Update)Expression$/.test(type))
      walk(target, ({ type: inner, name }) => inner === 'Identifier' && assigned.add(name));
  });
  const [objects, numbers] = [new Map(), new Map()];
  for (const { type, declarations } of program.body) {
    if (type !== 'VariableDeclaration') continue;
    for (const { id, init } of declarations) {
      const isNumber = typeof init?.value === 'number' && init.raw.length < 10;
      const number = isNumber ? init.raw : called(init);
      if (number !== undefined && !assigned.has(id.name)) numbers.set(id.name, `${number}`);
      if (init?.type === 'ObjectExpression' && init.properties.every(isSmall))
        objects.set(
          id.name,
          new Map(init.properties.map(({ key, value }) => [key.name, value.raw])),
        );
    }
  }
  const pieces = [];
  walk(program, (node, parent, key) => {
    const { type, object, property, computed, start, end, name } = node;
    if (parent.type === 'VariableDeclarator' && (key === 'id' || called(node) !== undefined))
      return;
    const number =
      called(node) ??
      (type === 'MemberExpression' && !computed
        ? objects.get(object.name)?.get(property.name)
        : undefined);
    if (number !== undefined) pieces.push([start, end, number]);
    else if (
      type === 'Property' &&
      node.shorthand &&
      parent.type === 'ObjectExpression' &&
      numbers.has(node.value.name)
    )
      pieces.push([start, end, `${node.value.name}:${numbers.get(node.value.name)}`]);
    else if (
      type === 'Identifier' &&
      !parent.shorthand &&
      numbers.has(name) &&
      isVariable(parent, key)
    )
      pieces.push([start, end, `(${numbers.get(name)})`]);
  });
  return replaced(text, pieces);
}

/** What is thrown only where the compiler itself is wrong says nothing: what is wrong with a module are errors of its own. */
export function withoutOwnMessages(text) {
  const pieces = [];
  walk(parseModule(text), ({ type, argument }) => {
    if (type === 'ThrowStatement' && /^(?:Type|Range)?Error$/.test(argument.callee?.name))
      for (const { start, end } of argument.arguments) pieces.push([start, end, '']);
  });
  return replaced(text, pieces);
}

/** Letters, and what follows them. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_';

/**
 * Short names for properties: the most frequent get a letter, the others two in the order in which they occur first, so that those
 * which occur together are alike.
 * @param kept names that stay as they are, and are not given
 * @returns by the old name the new one, as esbuild's `mangleCache` takes it
 */
export function shortNames(text, kept) {
  const program = parseModule(text);
  const { reads, stores, strings } = namesIn(program);
  const stay = new Set([...kept, ...strings]);
  const counts = new Map();
  walk(program, (node, parent, key) => {
    const { type, name } = node;
    if (type !== 'Identifier' || isVariable(parent, key) || stay.has(name)) return;
    if (reads.has(name) || stores.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const singles = [...LETTERS].filter((name) => !stay.has(name));
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, singles.length);
  const short = new Map(frequent.map(([name], i) => [name, singles[i]]));
  const pairs = [...LETTERS].flatMap((a) => [...LETTERS].map((b) => a + b));
  const free = pairs.filter((name) => !stay.has(name)).values();
  for (const name of counts.keys()) if (!short.has(name)) short.set(name, free.next().value);
  return Object.fromEntries(short);
}
