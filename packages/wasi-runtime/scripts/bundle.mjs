// Bundles the built runtime into single files that the compiler puts into an emitted command:
// dist/bundle/auto.js, node.js, memory.js, preview2.js and preview3.js, each also with sockets (auto-sockets.js …).
// Run after the TypeScript build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parse } from 'acorn';
import { build, transform } from 'esbuild';

const root = new URL('..', import.meta.url);

/**
 * Puts variables made by `BigInt()` in place of literals: compilers that lower to less than ES2020
 * leave literals as they are, and an engine without them could not even read the text.
 */
function withoutBigLiterals(text) {
  const literals = [];
  parse(text, {
    ecmaVersion: 2020,
    sourceType: 'module',
    onToken: ({ start, end, value }) => {
      if (typeof value === 'bigint') literals.push({ start, end, value });
    },
  });
  const variables = new Map();
  const pieces = [];
  let done = 0;
  for (const { start, end, value } of literals) {
    if (value > Number.MAX_SAFE_INTEGER) throw new Error(`${value}n needs another way`);
    if (!variables.has(value)) variables.set(value, `$big${variables.size}`);
    pieces.push(text.slice(done, start), variables.get(value));
    done = end;
  }
  pieces.push(text.slice(done));
  const made = [...variables].map(([value, name]) => `${name}=BigInt(${value})`);
  return made.length === 0 ? text : `var ${made};${pieces.join('')}`;
}

/**
 * The worker's program as a string: its text is what runs, and what lowers the bundle would put calls of
 * helpers into it that a worker has not.
 */
const workerAsText = {
  name: 'worker as text',
  setup({ onLoad }) {
    onLoad({ filter: /worker-main\.js$/ }, async ({ path }) => {
      const { workerMain } = await import(path);
      const options = { minify: true, target: 'es2020' };
      // An assignment, since an expression alone would be left out as useless.
      const { code } = await transform(`f=${workerMain}`, options);
      const text = code.replace(/^f=|;\s*$/g, '');
      return { contents: `export const workerMain = ${JSON.stringify(`(${text})`)};` };
    });
  },
};

/**
 * Fields of classes as assignments: `defineProperty`, as which they would be lowered, costs an instance some 5 µs of 60.
 * Read as TypeScript, which has a setting for that; fields without a value are made when they get one.
 */
const assignedFields = {
  loader: { '.js': 'ts' },
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

/** What stands in for the socket extension in bundles for programs that do not import it. */
const withoutSockets = {
  name: 'without sockets',
  setup({ onLoad }) {
    onLoad({ filter: /functions[/\\]extension\.js$/ }, () => ({
      contents:
        'export const extensionFunctions = () => []; export const allowListOf = () => undefined;',
    }));
    onLoad({ filter: /node[/\\]network\.js$/ }, () => ({
      contents: 'export const nodeNetwork = undefined;',
    }));
    onLoad({ filter: /preview2[/\\]network\.js$/ }, () => ({
      contents: "export * from './no-sockets.js';",
      resolveDir: fileURLToPath(new URL('dist/preview2', root)),
    }));
    onLoad({ filter: /preview3[/\\]network\.js$/ }, () => ({
      contents: 'export const laterNetwork = undefined;',
    }));
    // Only the whole one tells what is wrong with its rules.
    onLoad({ filter: /core[/\\]allow-list\.js$/ }, () => ({
      contents: 'export const checkRules = undefined; export const NetworkRuleError = undefined;',
    }));
  },
};

mkdirSync(new URL('dist/bundle/', root), { recursive: true });
for (const [kind, sockets] of [
  ...['auto', 'node', 'memory', 'preview2', 'preview3'].flatMap((kind) => [
    [kind, false],
    [kind, true],
  ]),
]) {
  const entry = kind === 'auto' ? 'scripts/auto.js' : `dist/${kind}/index.js`;
  const result = await build({
    entryPoints: [fileURLToPath(new URL(entry, root))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2020',
    ...assignedFields,
    platform: 'neutral',
    plugins: sockets ? [workerAsText] : [workerAsText, withoutSockets],
    legalComments: 'none',
  });
  const text = withoutBigLiterals(result.outputFiles[0].text);
  const name = sockets ? `${kind}-sockets` : kind;
  writeFileSync(new URL(`dist/bundle/${name}.js`, root), text);
  console.log(`${name}: ${text.length} bytes, ${gzipSync(text).length} gzip`);
}
