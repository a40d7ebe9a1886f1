// Rebuilds every kernel of manifest.json: wasm/NAME.wasm (a reactor that exports `run`), for those
// with a `once` size also ../programs/NAME.wasm (a WASI command), and the expected results, which
// come from a build for this machine's own CPU, not from WebAssembly. An entry may name its `source` and
// `flags` for the build to WebAssembly: kernels with vectors are one source in two builds.
// Usage: node build.mjs [NAME...]   Needs clang 22, lld 22, wasi-libc and libclang-rt for wasm32.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const clang = process.env['CLANG'] ?? 'clang-22';
const manifestPath = join(here, 'manifest.json');
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
const only = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'kernels-'));
const wasmFlags = ['--target=wasm32-wasi', '-Wno-deprecated', '-Wl,--strip-all'];

function compile(source, output, flags) {
  const cpp = source.endsWith('.cpp');
  const language = cpp ? ['-xc++', '-std=c++20', '-fno-exceptions', '-fno-rtti'] : ['-std=gnu17'];
  const common = ['-O2', '-ffp-contract=off', '-Wall', '-Wextra', '-fno-strict-aliasing'];
  execFileSync(clang, [...language, ...common, ...flags, '-o', output], {
    stdio: 'inherit',
    cwd: join(here, 'src'),
  });
}

mkdirSync(join(here, 'wasm'), { recursive: true });
mkdirSync(join(here, '../programs'), { recursive: true });
for (const entry of manifest.kernels) {
  if (only.length > 0 && !only.includes(entry.name)) continue;
  const stem = entry.source ?? entry.name;
  const source = [`${stem}.c`, `${stem}.cpp`].find((f) => existsSync(join(here, 'src', f)));
  const reactor = [...(entry.flags ?? []), '-nostartfiles', '-Wl,--no-entry', source];
  const command = [`-DKERNEL_SOURCE="${source}"`, 'command.c'];
  compile(source, join(here, 'wasm', `${entry.name}.wasm`), [...wasmFlags, ...reactor]);
  const native = join(scratch, entry.name);
  compile(source, native, [...command, '-lm']);
  const result = (n) => execFileSync(native, [String(n)], { encoding: 'utf8' }).trim();
  entry.expect = result(entry.n);
  if (entry.once !== undefined) {
    compile(source, join(here, '../programs', `${entry.name}.wasm`), [...wasmFlags, ...command]);
    entry.expectOnce = result(entry.once);
  }
  console.log(entry.name, entry.expect);
}
writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(scratch, { recursive: true });
