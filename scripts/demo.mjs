// The main job on a bundled C program: compile examples/wordfreq to one file and run it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Runs a script with Node; shows the command line as one would type it. */
const run = (shown, args, options = {}) => {
  console.log(`$ ${shown}`);
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', ...options });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result.stdout;
};

const input = 'examples/wordfreq/wordfreq.wasm';
const output = 'examples/out/wordfreq.mjs';
const build = ['build', input, '-o', output];
run(`npx wasm2js ${build.join(' ')}`, ['packages/cli/bin/wasm2js.js', ...build]);

const folder = 'examples/wordfreq::.';
const args = [output, '-n', '8', 'poem.txt'];
const printed = run(`WASM2JS_DIRS=${folder} node ${args.join(' ')}`, args, {
  env: { ...process.env, WASM2JS_DIRS: folder },
});
if (printed !== readFileSync('examples/wordfreq/expected.txt', 'utf8')) {
  console.error(
    'demo: this is not what the program prints elsewhere (examples/wordfreq/expected.txt)',
  );
  process.exitCode = 1;
}
