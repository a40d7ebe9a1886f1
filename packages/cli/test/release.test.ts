/** The release script packs what would be published, and a dry run changes nothing; workflows name what is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, repository, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const script = join(repository, 'scripts/release.mjs');
const status = (): string => execute('git', ['status', '--porcelain'], { cwd: repository }).stdout;

/** A file of a tarball. */
const packed = (tarball: string, path: string): string =>
  execute('tar', ['-xzOf', tarball, `package/${path}`], { cwd: folder }).stdout;

test('a dry run packs all packages with one version and a changelog each, and changes nothing', () => {
  const before = status();
  const args = [script, '7.8.9', '--dry-run', '--out', folder, '--date', '2026-01-02'];
  const { code, stdout, stderr } = execute(process.execPath, args, {
    cwd: repository,
    env: { GITHUB_REPOSITORY: 'somebody/something' },
  });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('dry run: nothing was changed');
  // Workspaces that are not released need the version, too.
  for (const workspace of ['bench', 'spec-tests'])
    expect(stdout).toContain(`would change ${join(workspace, 'package.json')}\n`);
  expect(status()).toBe(before);
  const order = readFileSync(join(folder, 'order.txt'), 'utf8').trim().split('\n');
  expect(order).toHaveLength(readdirSync(join(repository, 'packages')).length);
  const seen = new Set<string>();
  for (const tarball of order) {
    const manifest = JSON.parse(packed(tarball, 'package.json')) as {
      name: string;
      version: string;
      repository: object;
      dependencies?: Record<string, string>;
    };
    expect(manifest.version).toBe('7.8.9');
    expect(manifest.repository).toMatchObject({
      url: 'git+https://github.com/somebody/something.git',
    });
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      if (!name.startsWith('@wasm2js/')) continue;
      expect(range).toBe('7.8.9');
      expect(seen, `${manifest.name} stands before ${name}`).toContain(name);
    }
    seen.add(manifest.name);
    expect(packed(tarball, 'CHANGELOG.md')).toMatch(
      /^# Changelog\n\n## 7\.8\.9 \(2026-01-02\)\n\n- /,
    );
  }
  const integrity = readFileSync(join(folder, 'integrity.txt'), 'utf8').trim().split('\n');
  expect(integrity).toHaveLength(order.length);
  for (const line of integrity) expect(line).toMatch(/^sha512-[\w+/]{86}== wasm2js-/);
}, 180_000);

test('what is no version is refused', () => {
  const { code, stderr } = execute(process.execPath, [script, 'next'], { cwd: repository });
  expect([code, stderr]).toEqual([1, 'release: no version: next\n']);
});

test('workflows run what the repository has', () => {
  const workflows = join(repository, '.github/workflows');
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  let found = 0;
  for (const file of readdirSync(workflows)) {
    const text = readFileSync(join(workflows, file), 'utf8');
    for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g)) {
      expect(Object.keys(scripts), file).toContain(name);
      found++;
    }
    for (const [, path] of text.matchAll(/(?:node |run: )((?:scripts|\.ci)\/[\w./-]+)/g)) {
      expect(existsSync(join(repository, path!)), path).toBe(true);
      found++;
    }
  }
  expect(found).toBeGreaterThan(6);
});
