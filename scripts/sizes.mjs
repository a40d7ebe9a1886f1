// Prints what modules weigh: npm run sizes [-- [--helpers] FILE...] (.wasm or .wat; by default the
// kernels of bench/, the small modules in packages/codegen/test/cases and the examples).
// js: the emitted ES module, wasm: the input, both gzipped (bytes); ratio: js / wasm; own: the part that
// is not the support library. With --helpers, the parts of the support library by what each adds.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { assemble } from '../packages/cli/dist/wat.js';
import { compile } from '../packages/codegen/dist/index.js';
import { library } from '../packages/codegen/dist/support/library.js';
import { decodeModule } from '../packages/decoder/dist/index.js';

const root = new URL('..', import.meta.url).pathname;
const wanted = process.argv.slice(2).filter((argument) => argument !== '--helpers');
const withHelpers = process.argv.includes('--helpers');
const folder = (name, pattern) =>
  readdirSync(join(root, name))
    .filter((file) => pattern.test(file))
    .map((file) => join(root, name, file));
const files =
  wanted.length > 0
    ? wanted
    : [
        ...folder('packages/codegen/test/cases', /\.wa(t|sm)$/),
        ...folder('bench/kernels/wasm', /\.wasm$/),
        ...['markdown', 'wordfreq', 'primes'].map((name) =>
          join(root, 'examples', name, `${name}.wasm`),
        ),
      ];

const weigh = (text) => gzipSync(text, { level: 9 }).length;
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
/** Finds a helper in a text, where it may have a short name, and what it uses, too, or a text in its place. */
const helperPattern = (name) => {
  const declaration = library().get(name);
  const source = (declaration?.isGiven ? '' : (declaration?.text ?? '')).replace(
    /[.*+?^${}()|[\]\\]/g,
    '\\$&',
  );
  if (source === '') return undefined;
  const named = source.replace(/[\w]+/g, (word) =>
    library().has(word) || word.startsWith('_') ? `(?:[$\\w]+|'[^'\n]*')` : word,
  );
  return new RegExp(`(?<=^|\n)${named}\n`);
};
const patterns = new Map();
const without = (text, names) =>
  names.reduce((left, name) => {
    if (!patterns.has(name)) patterns.set(name, helperPattern(name));
    const pattern = patterns.get(name);
    return pattern === undefined ? left : left.replace(pattern, '');
  }, text);
const rows = [];
const added = new Map();
for (const file of files) {
  const input = readFileSync(file);
  const wasm = /\.wat$/.test(file)
    ? await assemble(new Uint8Array(input), basename(file))
    : new Uint8Array(input);
  const { chunks, helpers } = compile(decodeModule(wasm), {
    format: 'esm',
    names: 'keep',
    data: 'inline',
  });
  const text = chunks.join('');
  const js = weigh(text);
  rows.push({
    name: basename(file),
    wasm: weigh(wasm),
    raw: wasm.length,
    js,
    ratio: js / weigh(wasm),
    own: weigh(without(text, helpers)),
  });
  if (!withHelpers) continue;
  for (const helper of helpers) {
    const entry = added.get(helper) ?? { count: 0, bytes: 0 };
    entry.count++;
    entry.bytes += js - weigh(without(text, [helper]));
    added.set(helper, entry);
  }
}

const width = Math.max(...rows.map(({ name }) => name.length));
console.log(
  `${'module'.padEnd(width)} ${['wasm', 'js', 'ratio', 'own'].map((head) => head.padStart(8)).join('')}`,
);
for (const { name, wasm, js, ratio, own } of rows.sort((a, b) => a.js - b.js)) {
  console.log(
    `${name.padEnd(width)} ${[wasm, js, ratio.toFixed(2), own].map((cell) => String(cell).padStart(8)).join('')}`,
  );
}
const middle = rows.filter(({ raw }) => raw >= 5_000 && raw <= 20_000);
console.log(
  `\nmedian ratio of all ${rows.length}: ${median(rows.map(({ ratio }) => ratio)).toFixed(2)}`,
);
if (middle.length > 0) {
  console.log(
    `median ratio of the ${middle.length} of 5 to 20 KB: ${median(middle.map(({ ratio }) => ratio)).toFixed(2)}`,
  );
}
if (withHelpers) {
  console.log('\nbytes that a helper adds in the mean, and modules that have it');
  const list = [...added].map(([name, { count, bytes }]) => [
    name,
    Math.round(bytes / count),
    count,
  ]);
  for (const [name, bytes, count] of list.sort((a, b) => b[1] - a[1])) {
    console.log(`${String(bytes).padStart(6)} ${String(count).padStart(4)}  ${name}`);
  }
}
