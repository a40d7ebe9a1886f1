/**
 * Runs one file of the JavaScript API's tests in this process, with the host's `WebAssembly` or ours in its place.
 * Arguments: the suite's folder, the file in it, `native` or `wasm2js`. The last line of the output is the result as JSON.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runInThisContext } from 'node:vm';
import { createWebAssembly } from '@wasm2js/webassembly';
import { createCompiler } from '@wasm2js/webassembly/compiler';
import { Harness, type TestResult } from './harness.js';

/** What the process prints. */
export interface FileOutcome {
  results: TestResult[];
  /** The error that ended the file before its end. */
  broken: string | undefined;
  /** Rejections that nobody has handled. */
  unhandled: string[];
}

/** Where the suite's files say that it lies. */
const ROOT = '/wasm/jsapi/';

/** The helper scripts that a file names in its head. */
function scriptsOf(text: string, suite: string, file: string): string[] {
  return [...text.matchAll(/^\/\/ META: script=(.*)$/gm)].map(([, name]) =>
    name!.startsWith(ROOT)
      ? join(suite, name!.slice(ROOT.length))
      : join(suite, dirname(file), name!),
  );
}

async function main([suite, file, engine]: string[]): Promise<void> {
  const unhandled: string[] = [];
  process.on('unhandledRejection', (reason) => void unhandled.push(String(reason)));
  const harness = new Harness();
  Object.assign(globalThis, harness.globals, { self: globalThis });
  if (engine !== 'native') {
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    const value = createWebAssembly({ compiler: createCompiler() });
    Object.defineProperty(globalThis, 'WebAssembly', {
      value,
      writable: true,
      configurable: true,
    });
  }
  let broken: string | undefined;
  try {
    const text = readFileSync(join(suite!, file!), 'utf8');
    for (const script of scriptsOf(text, suite!, file!))
      runInThisContext(readFileSync(script, 'utf8'), relative(suite!, script));
    runInThisContext(text, file!);
  } catch (error) {
    broken = String(error);
  }
  const outcome: FileOutcome = { results: await harness.run(), broken, unhandled };
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.stdout.write(`\n${JSON.stringify(outcome)}\n`, () => process.exit(0));
}

await main(process.argv.slice(2));
