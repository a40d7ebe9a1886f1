/**
 * Prints a hash of what every committed module (and those of npm that are installed) compiles to, and one over
 * all: a change that must not change the output is held against it.
 *
 *     node scripts/output-hash.mjs > before; …; node scripts/output-hash.mjs | diff before -
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compile } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';

const tracked = execFileSync('git', ['ls-files', '-z', '*.wasm'], { encoding: 'utf8' }).split('\0');
const npm = process.argv.slice(2);
const all = createHash('sha256');
for (const file of [...tracked.filter(Boolean).sort(), ...npm]) {
  let text;
  try {
    const module = decodeModule(readFileSync(file));
    validateModule(module);
    text = compile(module, { format: 'esm', names: 'minify', data: 'inline' }).chunks.join('');
  } catch (error) {
    text = `${error.name}: ${error.message}`;
  }
  const hash = createHash('sha256').update(text).digest('hex');
  all.update(hash);
  console.log(`${hash.slice(0, 16)} ${String(text.length).padStart(9)} ${file}`);
}
console.log(`${all.digest('hex').slice(0, 16)} all`);
