/** `npm run spec`: runs the official test suite against our pipeline. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { assemble, prepareScript } from './prepare.js';
import {
  compareExpected,
  formatExpected,
  parseExpected,
  updateExpected,
} from './report/expected.js';
import { commandTable, familyTable, fileDetails, reasonList } from './report/table.js';
import { countOf, type FileResult, type Status } from './run/outcome.js';
import { ENGINES, type Engine, UNCHECKED } from './run/pipeline.js';
import { type PreparedScript, runFiles } from './run/pool.js';
import { SPECTEST_TEXTS } from './run/spectest.js';
import { toBase64 } from './script/parse.js';
import { findSuite, listScripts, rulesOf, SUITE_NOT_FOUND } from './suite.js';

const USAGE = `npm run spec -- [options]
  --filter TEXT      only files whose path contains TEXT (several: separated by commas)
  --verbose          a line for each file, all failures, all reasons
  --no-run           only decode and validate
  --update           rewrite expected-failures.txt; refuses to let it grow
  --allow-growth     with --update: let it grow
  --host PROGRAM     run compiled modules on another host (node, deno or bun)
  --engine NAME      runtime: compiled where it runs; lazy: by function, on first call;
                     native: the host's own WebAssembly (to test the runner)
  --jobs N           worker processes (2)
  --timeout SECONDS  limit for a file (60)`;

/** With unchecked memory, what traps on an access or lies about its alignment fails, and nothing else. */
const LIST = UNCHECKED ? 'unchecked-memory-failures.txt' : 'expected-failures.txt';
const EXPECTED = fileURLToPath(new URL(`../${LIST}`, import.meta.url));
/** Differences from the list that are printed without --verbose. */
const SHOWN = 40;

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      filter: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      'no-run': { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      'allow-growth': { type: 'boolean', default: false },
      host: { type: 'string' },
      engine: { type: 'string', default: 'wasm2js' },
      jobs: { type: 'string', default: '2' },
      timeout: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const { engine } = options;
  if (!isEngine(engine)) {
    console.error(`unknown engine: ${engine}`);
    return 2;
  }
  const suite = findSuite();
  if (!suite) {
    console.error(SUITE_NOT_FOUND);
    return 2;
  }
  const words = options.filter?.split(',');
  const files = listScripts(suite).filter(
    (file) => !words || words.some((word) => file.includes(word)),
  );
  const results = await run(suite, files, {
    host: options.host,
    jobs: Number(options.jobs),
    timeout: Number(options.timeout) * 1000,
    validateOnly: options['no-run'],
    engine,
  });
  print(results, options.verbose);
  const good = options.update
    ? update(results, options['allow-growth'])
    : judge(results, options['no-run'], options.verbose);
  const sum = (...statuses: Status[]) =>
    results.reduce((n, r) => n + statuses.reduce((m, status) => m + countOf(r, status), 0), 0);
  const skipped = sum('unsupported', 'not applicable', 'not run');
  // What the list has is expected, as long as it is all that fails.
  const listed = good ? sum('failed') : 0;
  const failed = sum('failed') - listed;
  const note = listed > 0 ? ` (${listed} fail as the list says)` : '';
  console.log(`spec: ${sum('passed')} passed, ${failed} failed, ${skipped} skipped${note}`);
  return good ? 0 : 1;
}

const isEngine = (name: string): name is Engine => Object.hasOwn(ENGINES, name);

/** Prepares and runs files; gives their results in order of path. */
async function run(
  suite: string,
  files: string[],
  options: Parameters<typeof runFiles>[2],
): Promise<FileResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wasm2js-spec-'));
  try {
    const spectest: string[] = [];
    for (const text of SPECTEST_TEXTS) spectest.push(toBase64(await assemble(text)));
    const prepare = async (file: string) => {
      const script = await prepareScript(suite, file);
      const prepared: PreparedScript = { script, spectest, rules: rulesOf(file) };
      const path = join(folder, `${file.replaceAll('/', '+')}.json`);
      writeFileSync(path, JSON.stringify(prepared));
      return path;
    };
    const results: FileResult[] = [];
    await runFiles(files, prepare, options, (result) => {
      results.push(result);
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${results.length}/${files.length}`);
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    return results.sort((a, b) => (a.file < b.file ? -1 : 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(results: FileResult[], verbose: boolean): void {
  if (verbose) console.log(`${fileDetails(results)}\n\n${commandTable(results)}\n`);
  console.log(`${familyTable(results)}\n`);
  const statuses: Status[] = verbose ? ['not applicable', 'unsupported'] : ['not applicable'];
  console.log(`${reasonList(results, statuses)}\n`);
}

const readExpected = () =>
  parseExpected(existsSync(EXPECTED) ? readFileSync(EXPECTED, 'utf8') : '');

/** Compares with the list; prints and judges the differences. */
function judge(results: FileResult[], validateOnly: boolean, verbose: boolean): boolean {
  const { grown, shrunk } = compareExpected(readExpected(), results);
  const list = (title: string, lines: string[]) => {
    if (!lines.length) return;
    const shown = verbose ? lines : lines.slice(0, SHOWN);
    console.log(`${title}: ${lines.length}`);
    for (const line of shown) console.log(`  ${line}`);
    if (shown.length < lines.length) console.log('  … (--verbose shows all)');
  };
  list('Failures that are not expected', grown);
  if (validateOnly) return grown.length === 0;
  list('Expected failures that did not fail (--update removes them)', shrunk);
  return grown.length + shrunk.length === 0;
}

function update(results: FileResult[], allowGrowth: boolean): boolean {
  const expected = readExpected();
  const { grown, shrunk } = compareExpected(expected, results);
  if (grown.length && !allowGrowth) {
    console.error(`The list would grow by ${grown.length} entries (--allow-growth permits it):`);
    for (const line of grown.slice(0, SHOWN)) console.error(`  ${line}`);
    return false;
  }
  writeFileSync(EXPECTED, formatExpected(updateExpected(expected, results)));
  console.log(`${LIST}: ${grown.length} entries more, ${shrunk.length} fewer`);
  return true;
}

process.exitCode = await main();
