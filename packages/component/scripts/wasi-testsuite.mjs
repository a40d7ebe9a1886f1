// Runs the tests of a folder of wasi-testsuite with this project's WASI and with jco's shims:
//   node packages/component/scripts/wasi-testsuite.mjs FOLDER [--only TEXT] [--table FILE] [--jco NODE]
// FOLDER has .wasm files and descriptions (.json), as tests/rust/testsuite/wasm32-wasip3 of the suite's branch
// prod/testsuite-base. NODE is one with JSPI, by default that of hosts/ if it is there. Prints a line for each test;
// writes the table that the README shows. Ends with 1 where a test that passes with jco's does not with ours.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commandOfJco, commandOfOurs, LIMIT, NODE_WITH_JSPI } from './conformance/drivers.mjs';
import { runTest } from './conformance/operations.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    table: { type: 'string' },
    jco: { type: 'string', default: NODE_WITH_JSPI },
    'without-jco': { type: 'boolean', default: false },
  },
});
const [folder] = positionals.map((one) => resolve(one));
if (folder === undefined) throw new Error('a folder with tests is wanted');

const described = (test) => {
  const file = join(folder, `${test}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
};

const withJco = !values['without-jco'] && existsSync(values.jco);
if (!withJco) console.log("jco's shims are left out: no Node with JSPI");
const rows = [];
let behind = 0;
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.wasm') && name.includes(values.only))
  .map((name) => name.slice(0, -5))
  .sort();
for (const test of tests) {
  const description = described(test);
  const own = await runTest(
    description,
    folder,
    commandOfOurs(join(folder, `${test}.wasm`)),
    LIMIT,
  );
  const other = withJco
    ? await runTest(
        description,
        folder,
        commandOfJco(join(folder, `${test}.wasm`), values.jco),
        LIMIT,
      )
    : 'not run';
  const word = (wrong) => (wrong === undefined ? 'passes' : 'fails');
  rows.push(`| ${test} | ${word(own)} | ${withJco ? word(other) : '–'} |`);
  if (own !== undefined && other === undefined) behind++;
  console.log(`${test}: ${own ?? 'passes'} (jco: ${other ?? 'passes'})`);
}
const count = (column) => rows.filter((row) => row.split('|')[column].trim() === 'passes').length;
const total = `| **${rows.length}** | **${count(2)}** | **${withJco ? count(3) : '–'}** |`;
const table = `| test | wasm2js | jco's shims |\n|---|---|---|\n${rows.join('\n')}\n${total}\n`;
console.log(
  `${count(2)} of ${rows.length} pass; with jco's shims ${count(3)}; behind those: ${behind}`,
);
if (values.table !== undefined) writeFileSync(values.table, table);
process.exitCode = behind > 0 ? 1 : 0;
