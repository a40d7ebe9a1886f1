// What parts of emitted text weigh, gzipped: node scripts/text-shares.mjs FILE.js... (what `wasm2js build` wrote).
// For each kind, the share of `gzip -9` of the file that is gone when all of the kind is taken out of the text.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { argv } from 'node:process';
import { gzipSync } from 'node:zlib';
import { tokenizer } from 'acorn';

const weigh = (text) => gzipSync(text, { level: 9 }).length;

/** Kinds of tokens: is this one of them? Gets the token's text, its type and the text of the one before. */
const KINDS = {
  'names of variables': (text, { label }, before) =>
    label === 'name' && /^[a-zA-Z]{1,3}$/.test(text) && before !== '.' && before !== 'function',
  numbers: (_, { label }) => label === 'num',
  'names of functions': (text, { label }) => label === 'name' && /^[a-z]?\$/.test(text),
  parentheses: (text) => text === '(' || text === ')',
  'braces and labels': (text, { label }) => /^[{}:]$/.test(text) || label === 'break',
};
/** What is found by its text. */
const PATTERNS = { 'line feeds': /\n/g, '|0': /\|0\b/g, '>>>0': />>>0\b/g };

for (const file of argv.slice(2)) {
  const source = readFileSync(file, 'utf8');
  const all = weigh(source);
  const row = (name, text) =>
    console.log(`${name.padEnd(20)} ${((1 - weigh(text) / all) * 100).toFixed(1).padStart(5)} %`);
  console.log(`${basename(file)}: ${all} bytes`);
  const parts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
  const from = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
  let before = '';
  for (const { type, start, end } of tokenizer(source, {
    ecmaVersion: 'latest',
    sourceType: 'module',
  })) {
    const text = source.slice(start, end);
    for (const [kind, isOne] of Object.entries(KINDS)) {
      if (!isOne(text, type, before)) continue;
      parts[kind].push(source.slice(from[kind], start));
      from[kind] = end;
    }
    before = text;
  }
  for (const kind of Object.keys(KINDS))
    row(kind, [...parts[kind], source.slice(from[kind])].join(''));
  for (const [name, pattern] of Object.entries(PATTERNS)) row(name, source.replace(pattern, ''));
}
