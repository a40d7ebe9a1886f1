/** Hermes: no modules, no classes, no WebAssembly; a kernel becomes one ES5 script that prints. */

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Kernel } from './benchmark.js';
import type { Artifact } from './contenders.js';
import { packageFile, workspaceRoot } from './packages.js';

/** The part of TypeScript 5's interface that is used: later versions lower no classes. */
interface Transpiler {
  transpileModule(text: string, options: { compilerOptions: object }): { outputText: string };
  ScriptTarget: { ES5: number };
  ModuleKind: { CommonJS: number };
}

/** What runner/run.mjs does with a kernel, for a host that has only `print`. */
const harness = (kernel: Kernel, budget: number, minimum: number): string => `
var high = 0;
var env = { setTempRet0: function (value) { high = value; }, getTempRet0: function () { return high; } };
var now = function () { return Date.now(); };
var start = now();
var run = exports.instantiate({ env: env }).run;
var ready = now();
var result = drive(function () { return run(${kernel.n}); }, ${budget}, now, ${minimum});
var wide = ${BigInt.asIntN(32, BigInt(kernel.expect)) !== BigInt(kernel.expect)};
result.load = ready - start;
result.value = String(wide && typeof result.value === 'number'
  ? (BigInt(high) << BigInt(32)) | BigInt(result.value >>> 0) : result.value);
print(JSON.stringify(result));`;

/** The compiler that lowers to ES5; undefined where it is not installed. */
export function findTranspiler(): Transpiler | undefined {
  const file = ['typescript5', 'typescript-5']
    .map((name) => packageFile(`${name}/lib/typescript.js`))
    .find(Boolean);
  return file === undefined ? undefined : createRequire(import.meta.url)(file);
}

/**
 * Writes the script of a kernel.
 * @param artifact an ES module that exports `instantiate`
 * @returns the script's path
 */
export function hermesScript(
  artifact: Artifact,
  kernel: Kernel,
  { budget, minimum }: { budget: number; minimum: number },
): string {
  const loop = join(workspaceRoot, 'packages/cli/dist/measure/steady.js');
  const steady = readFileSync(loop, 'utf8').replace('export ', '');
  const ts = findTranspiler()!;
  const compilerOptions = {
    target: ts.ScriptTarget.ES5,
    module: ts.ModuleKind.CommonJS,
    downlevelIteration: true,
  };
  const { outputText } = ts.transpileModule(readFileSync(artifact.file, 'utf8'), {
    compilerOptions,
  });
  const script = ts.transpileModule(`${steady}${harness(kernel, budget, minimum)}`, {
    compilerOptions,
  });
  const file = artifact.file.replace(/mjs$/, 'hermes.js');
  writeFileSync(file, `var exports = {};\n${outputText}\n${script.outputText}`);
  return file;
}
