/**
 * `npm run js-api -- --suite PATH`: runs the specification's tests of the JavaScript API (`test/js-api` of its
 * repository, which stays outside of this one) against the `WebAssembly` object of `packages/webassembly`, each file
 * in a process of its own whose own `WebAssembly` was deleted.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { FileOutcome } from './js-api/file.js';

const USAGE = `npm run js-api -- --suite PATH [options]
  --suite PATH     the folder test/js-api of WebAssembly/spec (or wasm/jsapi of web-platform-tests)
  --filter TEXT    only files whose path contains TEXT
  --native         the host's own WebAssembly instead of ours
  --host PROGRAM   another Node than this one
  --verbose        also what passed, by file
  --all            also limits and the files of js-types (function/)`;

const CHILD = fileURLToPath(new URL('./js-api/file.js', import.meta.url));
const EXPECTED = fileURLToPath(new URL('../js-api-expected.txt', import.meta.url));
/** Not counted: what tests how large an engine lets things be, and a proposal that engines do not have. */
const LEFT_OUT = /(^|\/)limits\.any\.js$|^function\//;
/** Milliseconds for a file. */
const TIMEOUT = 60_000;

const run = promisify(execFile);

/** The suite's files, in order. */
function filesOf(suite: string): string[] {
  return readdirSync(suite, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.any.js'))
    .map((entry) => relative(suite, join(entry.parentPath, entry.name)))
    .sort();
}

/** Runs one file. */
async function runFile(
  host: string,
  suite: string,
  file: string,
  engine: string,
): Promise<FileOutcome> {
  try {
    const options = { timeout: TIMEOUT, maxBuffer: 1 << 26 };
    const { stdout } = await run(host, [CHILD, suite, file, engine], options);
    return JSON.parse(stdout.trimEnd().split('\n').pop()!) as FileOutcome;
  } catch (error) {
    return { results: [], broken: String((error as Error).message).slice(0, 400), unhandled: [] };
  }
}

/** Tests that are known to fail: `file: name`, and behind the last # the reason. */
function expectedFailures(): Map<string, string> {
  const lines = readFileSync(EXPECTED, 'utf8').split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, string] => {
        const at = line.lastIndexOf(' # ');
        return [line.slice(0, at), line.slice(at + 3)];
      }),
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string' },
      filter: { type: 'string' },
      native: { type: 'boolean', default: false },
      host: { type: 'string', default: process.execPath },
      verbose: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { suite, filter, native, host, verbose } = values;
  if (values.help || suite === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const files = filesOf(suite)
    .filter((file) => values.all || !LEFT_OUT.test(file))
    .filter((file) => filter === undefined || file.includes(filter));
  const outcomes: FileOutcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < files.length) {
      const at = next++;
      outcomes[at] = await runFile(host, suite, files[at]!, native ? 'native' : 'wasm2js');
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  const expected = native ? new Map<string, string>() : expectedFailures();
  const seen = new Set<string>();
  let passed = 0;
  let failed = 0;
  let known = 0;
  const lines: string[] = [];
  files.forEach((file, i) => {
    const { results, broken, unhandled } = outcomes[i]!;
    if (broken !== undefined) {
      lines.push(`${file}: ended early: ${broken}`);
      failed++;
    }
    for (const text of unhandled) lines.push(`${file}: a rejection that nobody handles: ${text}`);
    const ok = results.filter(({ failure }) => failure === undefined);
    passed += ok.length;
    if (verbose) lines.push(`${file}: ${ok.length} of ${results.length}`);
    for (const { name, failure } of results) {
      const id = `${file}: ${name.replace(/\s+/g, ' ')}`;
      if (failure === undefined) {
        if (expected.has(id)) {
          lines.push(`${id}: passes, and is listed`);
          failed++;
        }
        continue;
      }
      seen.add(id);
      if (expected.has(id)) known++;
      else {
        lines.push(`${id}: ${failure}`);
        failed++;
      }
    }
  });
  for (const line of lines) console.log(line);
  console.log(`${passed} passed, ${failed} failed, ${known} skipped`);
  return failed === 0 || native ? 0 : 1;
}

process.exitCode = await main();
