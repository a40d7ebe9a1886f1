/**
 * Calls of the host without a task: gets the glue of a component that never waits, gives one that does the same. There jco
 * makes a task, a subtask and four promises for each function that the host is asked for, so as to know who waits for
 * whom: nobody does, since all of it is over when the function returns. A trampoline is rewritten if all of its
 * book-keeping is of the known form and nothing else in it names any of that; else it stays as it is.
 * Must hold: whether the component may be left is still asked first, and what was thrown still marks it as trapped.
 */
import { type AnyNode, type CallExpression, parse } from 'acorn';
import { apply, childrenOf, type Edit, namesIn, options } from './syntax.js';

/** Variables of the book-keeping. */
const OWN = new Set([
  'hostProvided',
  'parentTask',
  'task',
  'subtask',
  'createTask',
  'taskCreation',
  'started',
]);

/** What the core module calls, and what that calls in turn. */
const LOWER = '_lowerImportBackwardsCompat';
const AROUND = '_withGlobalCurrentTaskMeta';
const TRACK = '_trackHostOperation';

/** A function of the host as a core module calls it. */
interface Trampoline {
  parameters: string;
  edits: Edit[];
}

const nameOf = (node: AnyNode | null | undefined): string | undefined =>
  node?.type === 'Identifier' ? node.name : undefined;

const isCallOf = (node: AnyNode, name: string): node is CallExpression =>
  node.type === 'CallExpression' && nameOf(node.callee) === name;

/** What an arrow function without parameters returns. */
const returnedBy = (node: AnyNode | undefined): AnyNode | undefined =>
  node?.type === 'ArrowFunctionExpression' && node.params.length === 0 && node.expression
    ? node.body
    : undefined;

/** The value of a property that an object literal has. */
const propertyOf = (object: AnyNode | undefined, name: string): AnyNode | undefined => {
  if (object?.type !== 'ObjectExpression') return undefined;
  for (const one of object.properties)
    if (one.type === 'Property' && nameOf(one.key) === name) return one.value;
  return undefined;
};

/** Is this a statement that only keeps the books? */
const isBookkeeping = (node: AnyNode): boolean => {
  if (node.type === 'VariableDeclaration')
    return node.declarations.every(({ id }) => OWN.has(nameOf(id) ?? ''));
  if (node.type === 'LabeledStatement') return OWN.has(node.label.name);
  if (node.type !== 'ExpressionStatement' || node.expression.type !== 'CallExpression')
    return false;
  const { callee } = node.expression;
  return (
    callee.type === 'MemberExpression' &&
    nameOf(callee.object) === 'task' &&
    /^(?:setErrored|reject|resolve|exit)$/.test(nameOf(callee.property) ?? '')
  );
};

/** The call of the host within `_withGlobalCurrentTaskMeta({ fn: () => _trackHostOperation(() => call) })`. */
const askedWithin = (node: AnyNode): AnyNode | undefined => {
  if (!isCallOf(node, AROUND)) return undefined;
  const tracked = returnedBy(propertyOf(node.arguments[0], 'fn'));
  return tracked && isCallOf(tracked, TRACK) ? returnedBy(tracked.arguments[0]) : undefined;
};

/** What of a trampoline is left out; undefined where it is of another form. */
const trampolineOf = (fn: AnyNode, source: string): Trampoline | undefined => {
  if (fn.type !== 'FunctionExpression' || fn.async || fn.generator) return undefined;
  if (!fn.params.every((parameter) => nameOf(parameter) !== undefined)) return undefined;
  const edits: Edit[] = [];
  let asked = 0;
  const stack: AnyNode[] = [fn.body];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const call = askedWithin(node);
    if (call) {
      asked++;
      const text = source.slice(call.start, call.end);
      edits.push({ start: node.start, end: node.end, text });
    } else if (isBookkeeping(node)) edits.push({ start: node.start, end: node.end, text: ';' });
    else stack.push(...childrenOf(node));
  }
  if (asked !== 1) return undefined;
  // What is left may name none of what has gone.
  const { start, end } = fn;
  const within = edits.map((edit) => ({
    ...edit,
    start: edit.start - start,
    end: edit.end - start,
  }));
  const left = parse(`(${apply(source.slice(start, end), within)})`, options);
  const names = namesIn(left);
  if ([...OWN].some((name) => names.has(name))) return undefined;
  return { parameters: fn.params.map((parameter) => nameOf(parameter)).join(','), edits };
};

/** The name of the trampoline that `_lowerImportBackwardsCompat.bind(null, { importFn })` makes callable, and its component. */
const boundBy = (node: AnyNode): { name: string; component: number } | undefined => {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined;
  const { object, property } = node.callee;
  const [, how] = node.arguments;
  if (nameOf(object) !== LOWER || nameOf(property) !== 'bind') return undefined;
  const literal = (name: string): unknown => {
    const value = propertyOf(how, name);
    return value?.type === 'Literal' ? value.value : undefined;
  };
  const name = nameOf(propertyOf(how, 'importFn'));
  const component = literal('componentIdx');
  const waits = literal('isAsync') !== false || literal('funcTypeIsAsync') !== false;
  return name === undefined || typeof component !== 'number' || waits
    ? undefined
    : { name, component };
};

/** The glue of a component that never waits, with calls of the host as they are. */
export const directCalls = (source: string): string => {
  const trampolines = new Map<string, Trampoline>();
  const bound: { node: AnyNode; name: string; component: number }[] = [];
  const stack: AnyNode[] = [parse(source, options)];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const name = node.type === 'VariableDeclarator' ? nameOf(node.id) : undefined;
    if (name !== undefined && node.type === 'VariableDeclarator' && node.init) {
      const found = trampolineOf(node.init, source);
      if (found) trampolines.set(name, found);
    }
    const one = boundBy(node);
    if (one) bound.push({ node, ...one });
    stack.push(...childrenOf(node));
  }
  const edits: Edit[] = [];
  for (const [name, { parameters, edits: own }] of trampolines) {
    const callers = bound.filter((one) => one.name === name);
    // Whatever else calls it would have to give it a task.
    const mentions = source.match(new RegExp(`\\b${name}\\b(?!\\.)`, 'g')) ?? [];
    if (mentions.length !== callers.length + 1) continue;
    for (const { node, component } of callers) {
      const text = `(${parameters})=>{_checkMayLeave(${component});return ${name}(${parameters})}`;
      edits.push({ start: node.start, end: node.end, text });
    }
    edits.push(...own);
  }
  return apply(source, edits);
};
