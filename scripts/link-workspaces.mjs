// Links packages of the workspace into node_modules that were added since the last `npm install`, so that a checkout
// that was updated builds without a new installation.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
for (const folder of readdirSync(join(root, 'packages'))) {
  const manifest = join(root, 'packages', folder, 'package.json');
  if (!existsSync(manifest) || !existsSync(modules)) continue;
  const { name } = JSON.parse(readFileSync(manifest, 'utf8'));
  const link = join(modules, name);
  if (existsSync(link)) continue;
  const target = join(root, 'packages', folder);
  mkdirSync(dirname(link), { recursive: true });
  // As npm does it: relative, where links can be.
  const to = process.platform === 'win32' ? target : relative(dirname(link), target);
  symlinkSync(to, link, 'junction');
}
