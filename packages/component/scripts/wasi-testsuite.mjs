// Runs the tests of a folder of wasi-testsuite with this project's WASI and with jco's shims:
//   node packages/component/scripts/wasi-testsuite.mjs FOLDER [--only TEXT] [--table FILE] [--jco NODE]
// FOLDER has .wasm files and descriptions (.json), as tests/rust/testsuite/wasm32-wasip3 of the suite's branch
// prod/testsuite-base. NODE is one with JSPI, by default that of hosts/ if it is there. Prints a line for each test;
// writes the table that the README shows. Ends with 1 where a test that passes with jco's does not with ours.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Comparison, readSettings } from './conformance/comparison.mjs';
import { commandOfJco, commandOfOurs, LIMIT } from './conformance/drivers.mjs';
import { runTest } from './conformance/operations.mjs';

const { folder, only, table, jco } = readSettings('tests');

const described = (test) => {
  const file = join(folder, `${test}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
};

if (jco === undefined) console.log("jco's shims are left out: no Node with JSPI");
const comparison = new Comparison(jco !== undefined);
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.wasm') && name.includes(only))
  .map((name) => name.slice(0, -5))
  .sort();
for (const test of tests) {
  const description = described(test);
  const run = (command) => runTest(description, folder, command, LIMIT);
  const path = join(folder, `${test}.wasm`);
  const own = await run(commandOfOurs(path));
  const other = jco && (await run(commandOfJco(path, jco)));
  comparison.add(test, own, other);
}
comparison.finish('test', table);
