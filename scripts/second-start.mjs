// What the cache of compiled text saves: npm run second-start [-- PROGRAM.mjs]
// Runs a program under `--import @wasm2js/webassembly/register?force` in an empty cache, then again, five times each, and
// prints the least processor time of the whole process. Without a program: examples/markdown.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { argv, env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const register = at('packages/webassembly/dist/node/register.js');
const meter =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error("cpu",(user+system)/1000)})';
const folder = mkdtempSync(join(tmpdir(), 'second-start-'));

/** Runs the program with that cache. @returns milliseconds */
function run(program, input, cache) {
  const { status, stderr } = spawnSync(
    execPath,
    ['--no-warnings', '--import', meter, '--import', register, program],
    { input, env: { ...env, WASM2JS_WEBASSEMBLY: 'force', WASM2JS_CACHE: cache } },
  );
  if (status !== 0) throw new Error(String(stderr));
  return Number(/cpu ([\d.]+)/.exec(String(stderr))[1]);
}

try {
  let [program] = argv.slice(2);
  if (program === undefined) {
    program = join(folder, 'markdown.mjs');
    writeFileSync(
      program,
      `import { readFileSync } from 'node:fs';
import { WASI } from ${JSON.stringify(at('packages/wasi-runtime/dist/node/index.js'))};
const module = new WebAssembly.Module(readFileSync(${JSON.stringify(at('examples/markdown/markdown.wasm'))}));
const wasi = new WASI({ version: 'preview1', args: ['markdown'], returnOnExit: true });
wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
`,
    );
  }
  const input = readFileSync(at('examples/markdown/sample.md'));
  const times = { first: [], second: [] };
  for (let round = 0; round < 5; round++) {
    const cache = join(folder, `cache${round}`);
    for (const start of Object.keys(times)) times[start].push(run(resolve(program), input, cache));
  }
  for (const [start, all] of Object.entries(times))
    console.log(
      `${start.padEnd(6)} ${Math.min(...all)
        .toFixed(0)
        .padStart(6)} ms`,
    );
} finally {
  rmSync(folder, { recursive: true });
}
