// Bundles the built runtime into single files that the compiler puts into an emitted command:
// dist/bundle/auto.js, node.js, memory.js and preview2.js. Run after the TypeScript build.
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

mkdirSync(new URL('dist/bundle/', root), { recursive: true });
for (const kind of ['auto', 'node', 'memory', 'preview2']) {
  const entry = kind === 'auto' ? 'scripts/auto.js' : `dist/${kind}/index.js`;
  const result = await build({
    entryPoints: [fileURLToPath(new URL(entry, root))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2020',
    platform: 'neutral',
    plugins: [workerAsText],
    legalComments: 'none',
  });
  const text = withoutBigLiterals(result.outputFiles[0].text);
  writeFileSync(new URL(`dist/bundle/${kind}.js`, root), text);
  console.log(`${kind}: ${text.length} bytes, ${gzipSync(text).length} gzip`);
}
