// Runs bundles one after the other: node --import ./spy.mjs run.mjs LIST.json, where the list has paths. Writes for each what it
// printed, and whether the host's WebAssembly made an instance, in their place.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [list] = process.argv.slice(2);
const results = [];
const { log } = console;
for (const file of JSON.parse(readFileSync(list, 'utf8'))) {
  const lines = [];
  console.log = (...values) => lines.push(`${values.join(' ')}\n`);
  globalThis.made = 0;
  let error;
  const failed = (thrown) => {
    error ??= String(thrown?.stack ?? thrown);
  };
  process.on('unhandledRejection', failed);
  import(pathToFileURL(file).href).catch(failed);
  // Until nothing is left to do: not every bundle waits for its modules.
  await new Promise((done) => process.once('beforeExit', done));
  process.off('unhandledRejection', failed);
  results.push({ output: lines.join(''), native: globalThis.made > 0, error });
}
console.log = log;
writeFileSync(list, JSON.stringify(results));
