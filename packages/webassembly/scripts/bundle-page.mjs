// Makes dist/page-compiler.js, the compiler as pages load it: one file of the TypeScript sources, without what makes code
// for other hosts (codegen's src/ahead.ts); enumerations are numbers, and names of properties that are ours alone are
// short; and dist/build-id.js, which names it. Run after bundle-realm.mjs, whose texts it takes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { minifySync } from 'oxc-minify';
import { costModel } from '../../codegen/dist/cost-model.js';
import { opcodeId } from '../../decoder/dist/index.js';
import { packedRows } from './packed-rows.mjs';
import {
  shortNames,
  withCosts,
  withNumbers,
  withoutOwnMessages,
  withoutUnread,
} from './page-text.mjs';

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
    // What tools say of a module is for people.
    onLoad({ filter: /decoder\/src\/decode-tools\.ts$/ }, () => ({
      contents:
        'export const readProducers = () => {}; export const readTargetFeatures = readProducers;',
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
const kept = new Set([...FIXED, ...hostNames(), ...rows.unpack.match(/\w+/g)]);
const known = withNumbers(withCosts(whole.outputFiles[0].text, costModel('jit')), { opcodeId });
const reached = await build({
  ...OPTIONS,
  stdin: { contents: withoutUnread(known, kept), resolveDir: dist, loader: 'js' },
  external: ['./texts.js'],
  minifySyntax: true,
});
const compressed = minifySync('compiler.mjs', withoutUnread(reached.outputFiles[0].text, kept), {
  module: true,
  compress: { target: 'es2022' },
  mangle: false,
  codegen: { removeWhitespace: false },
});
const contents = withoutOwnMessages(withoutUnread(compressed.code, kept));
const mangleCache = shortNames(contents, kept);
const names = Object.keys(mangleCache).join('|').replaceAll('$', '\\$');
const made = await build({
  ...OPTIONS,
  stdin: { contents, resolveDir: dist, loader: 'js' },
  minify: true,
  mangleProps: new RegExp(`^(?:${names})$`),
  mangleCache,
});
const write = (name, content) =>
  writeFileSync(`${dist}${name}`, `/* Generated by wasm2js. */\n${content}`);
const compiler = made.outputFiles[0].text;
write('page-compiler.js', compiler);
// The code that it makes depends on nothing but this text, and calls the realm's helpers.
const realm = readFileSync(`${dist}realm.js`);
const id = createHash('sha256').update(compiler).update(realm).digest('base64').slice(0, 22);
write('build-id.js', `export default '${id}';\n`);
