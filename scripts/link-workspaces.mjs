// Links packages of the workspace into node_modules that were added since the last `npm install`, and installs dependencies
// that were, so that a checkout that was updated builds as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const missing = [];
for (const folder of readdirSync(join(root, 'packages'))) {
  const target = join(root, 'packages', folder);
  const manifest = join(target, 'package.json');
  if (!existsSync(manifest) || !existsSync(modules)) continue;
  const { name, dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const dependency of Object.keys(dependencies)) {
    const places = [join(modules, dependency), join(target, 'node_modules', dependency)];
    if (!dependency.startsWith('@wasm2js/') && !places.some(existsSync)) missing.push(dependency);
  }
  const link = join(modules, name);
  if (existsSync(link)) continue;
  mkdirSync(dirname(link), { recursive: true });
  // As npm does it: relative, where links can be.
  const to = process.platform === 'win32' ? target : relative(dirname(link), target);
  symlinkSync(to, link, 'junction');
}
if (missing.length > 0) {
  console.log(`not installed yet: ${missing.join(', ')}`);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell });
  process.exitCode = status ?? 1;
}
