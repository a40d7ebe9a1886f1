// Makes dist/page-compiler.js, the compiler as pages load it: one file of the TypeScript sources, without what makes code
// for other hosts (codegen's src/ahead.ts); enumerations are numbers, and names of properties that are ours alone are
// short; and dist/build-id.js, which names it. Run after bundle-realm.mjs, whose texts it takes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { parse } from 'acorn';
import { build } from 'esbuild';
import { costModel } from '../../codegen/dist/cost-model.js';
import { packedRows } from './packed-rows.mjs';

const packages = fileURLToPath(new URL('../../', import.meta.url));
const dist = `${packages}webassembly/dist/`;

/** What the object and the compiler call each other's, and what functions of the host are given by name. */
const FIXED = [
  ...['lazyFrom', 'find', 'load', 'validate', 'instantiate', 'describe', 'name', 'message'],
  ...['moduleText', 'functionText'],
  ...['builtins', 'importedStringConstants', 'suspends', 'realm'],
  ...[
    'enumerable',
    'configurable',
    'writable',
    'value',
    'get',
    'set',
    'fatal',
    'ignoreBOM',
    'cause',
  ],
];

const rows = await packedRows(`${packages}decoder/dist/`);

/** The sources; the texts of the support library stay outside of the first bundle. */
const sources = {
  name: 'sources',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@wasm2js\// }, ({ path }) => {
      const [, name, file = 'index'] = /^@wasm2js\/([\w-]+)(?:\/(.*))?$/.exec(path);
      return { path: `${packages}${name}/src/${file}.ts` };
    });
    onResolve({ filter: /^\.\/texts\.js$/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^packed-rows$/ }, ({ path }) => ({ path, namespace: 'packed' }));
    onLoad({ filter: /^/, namespace: 'packed' }, () => ({ contents: rows.unpack }));
    onLoad({ filter: /opcode-rows-\w+\.ts$/ }, ({ path }) => ({
      contents: rows.modules.get(/opcode-rows-\w+/.exec(path)[0]),
    }));
    // Of a module with several faults the first is told, whatever its kind: all are a CompileError.
    onLoad({ filter: /validator\/src\/grammar\.ts$/ }, () => ({
      contents: 'export const checkGrammar = () => {};',
    }));
    onLoad({ filter: /codegen\/src\/ahead\.ts$/ }, () => ({
      contents: 'export const AHEAD = false;',
    }));
  },
};

/** Names of properties of what the language has, and of the only class of the host's beside it. */
function hostNames() {
  const names = new Set();
  const seen = new Set();
  const pending = [runInNewContext('delete globalThis.WebAssembly; globalThis'), TextDecoder];
  for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
    if (seen.has(object)) continue;
    seen.add(object);
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      names.add(name);
      if (typeof value === 'function' || (typeof value === 'object' && value !== null))
        pending.push(value);
    }
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== null) pending.push(prototype);
  }
  return names;
}

/** The words of a list in a string, which may be a sum. */
function listed(node) {
  if (node.type === 'BinaryExpression') return [...listed(node.left), ...listed(node.right)];
  return `${node.value ?? ''}`.match(/[\w$]+/g) ?? [];
}

/**
 * Names by which a program reads properties, and the strings that may be such names. What an object has and nobody reads by its name
 * is asked for by a string, which may be made of parts.
 */
function namesOf(program) {
  const properties = new Set();
  const strings = new Set();
  walk(program, (node) => {
    if (node.type === 'MemberExpression' && !node.computed) properties.add(node.property.name);
    if (node.type === 'ObjectPattern')
      for (const { key, computed } of node.properties) if (!computed) properties.add(key?.name);
    if (node.type === 'CallExpression' && node.callee.property?.name === 'split')
      for (const word of listed(node.callee.object)) strings.add(word);
    const text = node.type === 'TemplateElement' ? node.value.cooked : node.value;
    const isText = /^(Literal|TemplateElement)$/.test(node.type) && typeof text === 'string';
    if (isText && /^[\w$]+$/.test(text)) strings.add(text);
  });
  return { properties, strings };
}

/** Calls a function with each node of a program. */
function walk(node, visit) {
  visit(node);
  for (const child of Object.values(node))
    for (const item of [child].flat()) if (typeof item?.type === 'string') walk(item, visit);
}

/**
 * Leaves out top-level variables that nobody reads, since what sources do at the top level has no other effect, and methods
 * whose name occurs nowhere else.
 */
function withoutUnread(text) {
  const program = parseModule(text);
  const counts = new Map();
  const methods = [];
  walk(program, (node) => {
    if (node.type === 'Identifier') counts.set(node.name, (counts.get(node.name) ?? 0) + 1);
    if (node.type === 'MethodDefinition' && !node.computed) methods.push(node);
  });
  const once = ({ name }) =>
    counts.get(name) === 1 && !text.includes(`'${name}'`) && !text.includes(`"${name}"`);
  const unread = [
    ...methods.filter(
      ({ key }) => key.type === 'Identifier' && key.name !== 'constructor' && once(key),
    ),
    ...program.body.filter(
      ({ type, declarations }) =>
        type === 'VariableDeclaration' && declarations.every(({ id }) => counts.get(id.name) === 1),
    ),
  ].sort((a, b) => b.start - a.start);
  let rest = text;
  for (const { start, end } of unread) rest = rest.slice(0, start) + rest.slice(end);
  return unread.length > 0 ? withoutUnread(rest) : text;
}

/** There is one model of what things cost: what is asked of it is known. */
function withCosts(text) {
  const costs = costModel('jit');
  const asked = new RegExp(`(?:\\w+\\.)*\\bcosts\\.(${Object.keys(costs).join('|')})\\b`, 'g');
  return text.replace(asked, (_, name) => costs[name]);
}

/** Members of top-level objects that hold nothing but small numbers are these numbers. */
function withNumbers(text) {
  const objects = new Map();
  const program = parseModule(text);
  const isSmall = ({ value }) => value?.type === 'Literal' && value.value < 1e4;
  for (const { type, declarations } of program.body) {
    if (type !== 'VariableDeclaration') continue;
    for (const { id, init } of declarations)
      if (init?.type === 'ObjectExpression' && init.properties.every(isSmall))
        objects.set(
          id.name,
          new Map(init.properties.map(({ key, value }) => [key.name, value.raw])),
        );
  }
  const reads = [];
  walk(program, (node) => {
    const { type, object, property, computed } = node;
    if (type !== 'MemberExpression' || computed || object.type !== 'Identifier') return;
    const number = objects.get(object.name)?.get(property.name);
    if (number !== undefined) reads.push({ ...node, number });
  });
  let rest = text;
  for (const { start, end, number } of reads.sort((a, b) => b.start - a.start))
    rest = rest.slice(0, start) + number + rest.slice(end);
  return rest;
}

const parseModule = (text) => parse(text, { ecmaVersion: 2022, sourceType: 'module' });

const OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
  // Fields that are only declared need no text.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

// First the sources become one file, then what is not reached in it is left out, and names are shortened.
const whole = await build({
  ...OPTIONS,
  entryPoints: [`${packages}webassembly/src/compiler.ts`],
  minifySyntax: true,
  plugins: [sources],
});
const text = withoutUnread(withNumbers(withCosts(whole.outputFiles[0].text)));
const { properties, strings } = namesOf(parseModule(text));
const kept = new Set([...FIXED, ...hostNames(), ...strings, ...rows.unpack.match(/\w+/g)]);
const short = [...properties].filter((name) => name !== undefined && !kept.has(name)).sort();
const made = await build({
  ...OPTIONS,
  stdin: { contents: text, resolveDir: dist, loader: 'js' },
  minify: true,
  mangleProps: new RegExp(`^(?:${short.join('|').replaceAll('$', '\\$')})$`),
});
const write = (name, content) =>
  writeFileSync(`${dist}${name}`, `/* Generated by wasm2js. */\n${content}`);
const compiler = made.outputFiles[0].text;
write('page-compiler.js', compiler);
// The code that it makes depends on nothing but this text, and calls the realm's helpers.
const realm = readFileSync(`${dist}realm.js`);
const id = createHash('sha256').update(compiler).update(realm).digest('base64').slice(0, 22);
write('build-id.js', `export default '${id}';\n`);
