/**
 * Versions and packs all packages together.
 *
 *     node scripts/release.mjs VERSION [--dry-run] [--out FOLDER] [--date YYYY-MM-DD]
 *     node scripts/release.mjs [--out FOLDER]
 *
 * With a version: sets it in all manifests, dates the changelog's "Unreleased", adds to each package's CHANGELOG.md the
 * commits since the last release that changed it, packs, commits and tags. A dry run packs the same and changes
 * nothing. Without a version it packs what is there: what the workflow that publishes does. FOLDER (default: release)
 * gets the tarballs, order.txt (a package behind what it needs) and integrity.txt. Run `npm run build` before.
 *
 * Where GITHUB_REPOSITORY is set, the manifests name the repository: npm's provenance holds it against the workflow's.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command, args, cwd = root) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
const git = (...args) => run('git', args).trim();

const fail = (message) => {
  process.stderr.write(`release: ${message}\n`);
  process.exit(1);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'dry-run': { type: 'boolean', default: false },
    out: { type: 'string', default: 'release' },
    date: { type: 'string' },
  },
});
const [version] = positionals;
const dry = values['dry-run'];
if (positionals.length > 1) fail('one version, please');
if (version !== undefined && !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
  fail(`no version: ${version}`);
if (version !== undefined && !dry && git('status', '--porcelain') !== '')
  fail('commit what has changed first');
const date = values.date ?? new Date().toISOString().slice(0, 10);
const out = resolve(values.out);

/** The packages by name: folder and manifest. */
const packages = new Map(
  readdirSync(join(root, 'packages'))
    .filter((folder) => existsSync(join(root, 'packages', folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(
        readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'),
      );
      return [manifest.name, { folder, manifest }];
    })
    .filter(([, { manifest }]) => manifest.private !== true),
);
const FIELDS = ['dependencies', 'peerDependencies', 'optionalDependencies'];

/** A package behind those that it needs. */
const ordered = () => {
  const done = new Set();
  const visit = (name, path) => {
    if (done.has(name)) return;
    if (path.includes(name)) fail(`packages need each other: ${[...path, name].join(', ')}`);
    const { manifest } = packages.get(name);
    for (const field of FIELDS)
      for (const other of Object.keys(manifest[field] ?? {}))
        if (packages.has(other)) visit(other, [...path, name]);
    done.add(name);
  };
  for (const name of [...packages.keys()].sort()) visit(name, []);
  return [...done];
};

/** The manifest of a version, which needs the others of the same. */
const versioned = (manifest) =>
  version === undefined ? manifest : { ...needing(manifest), version };

/** A manifest that needs the packages of this version. */
const needing = (manifest) => {
  const changed = { ...manifest };
  for (const field of FIELDS) {
    if (manifest[field] === undefined) continue;
    changed[field] = Object.fromEntries(
      Object.entries(manifest[field]).map(([name, range]) => [
        name,
        packages.has(name) ? version : range,
      ]),
    );
  }
  return changed;
};

/** Workspaces that are not released need the packages, too. */
const others = () =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    .workspaces.flatMap((place) =>
      place.endsWith('/*')
        ? readdirSync(join(root, place.slice(0, -2))).map((name) => place.slice(0, -1) + name)
        : [place],
    )
    .map((place) => join(place, 'package.json'))
    .filter((path) => existsSync(join(root, path)))
    .map((path) => [path, JSON.parse(readFileSync(join(root, path), 'utf8'))])
    .filter(([, { name }]) => !packages.has(name));

const repository = process.env.GITHUB_REPOSITORY;
const published = (manifest, folder) =>
  repository === undefined
    ? manifest
    : {
        ...manifest,
        repository: {
          type: 'git',
          url: `git+https://github.com/${repository}.git`,
          directory: `packages/${folder}`,
        },
      };

/** The tag of the release before this one; empty where there is none. */
const lastTag = () =>
  git('tag', '--list', 'v[0-9]*', '--sort=-version:refname', '--merged', 'HEAD').split('\n')[0];
const since = version === undefined ? '' : lastTag();

const HEAD = '# Changelog\n';

/** The package's changelog, with what has changed since the last release. */
const changelogOf = (folder) => {
  const file = join(root, 'packages', folder, 'CHANGELOG.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : `${HEAD}`;
  if (version === undefined) return before;
  const range = since === '' ? ['HEAD'] : [`${since}..HEAD`];
  const subjects = git(
    'log',
    '--reverse',
    '--no-merges',
    '--format=%s',
    ...range,
    '--',
    `packages/${folder}`,
  );
  const lines =
    subjects === ''
      ? ['- No changes of its own.']
      : subjects.split('\n').map((line) => `- ${line}`);
  return `${HEAD}\n## ${version} (${date})\n\n${lines.join('\n')}\n${before.slice(HEAD.length)}`;
};

/** The repository's changelog, its "Unreleased" dated. */
const datedChangelog = () => {
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const found = /^## Unreleased\n+(?=\S)/m.exec(text);
  if (found === null || text.slice(found.index + found[0].length).startsWith('## '))
    fail('CHANGELOG.md has nothing unreleased');
  return text.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${date})\n`);
};

const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;

const dated = version === undefined ? undefined : datedChangelog();
mkdirSync(out, { recursive: true });
const names = ordered();
const foldersOf = (base) => names.map((name) => `${base}${packages.get(name).folder}`);

/** What npm tells of packing: a list, or since npm 12 an object by name. */
const pack = (args, cwd) => {
  const output = run('npm', ['pack', '--json', '--ignore-scripts', ...args], cwd);
  return new Map(Object.values(JSON.parse(output)).map((item) => [item.name, item]));
};

// What npm would pack is copied and packed there, so that nothing changes here if something fails.
const listing = pack(
  ['--dry-run', ...foldersOf('packages/').flatMap((path) => ['-w', path])],
  root,
);
const stage = mkdtempSync(join(tmpdir(), 'wasm2js-release-'));
const changes = new Map();
let packed;
try {
  for (const name of names) {
    const { folder, manifest } = packages.get(name);
    const { files } = listing.get(name);
    if (!files.some(({ path }) => path.startsWith('dist/')))
      fail(`${name} is not built: npm run build`);
    for (const { path } of files) {
      mkdirSync(dirname(join(stage, folder, path)), { recursive: true });
      cpSync(join(root, 'packages', folder, path), join(stage, folder, path));
    }
    const next = versioned(manifest);
    const changelog = changelogOf(folder);
    const all = { ...next, files: [...(next.files ?? []), 'CHANGELOG.md'] };
    writeFileSync(join(stage, folder, 'package.json'), json(published(all, folder)));
    writeFileSync(join(stage, folder, 'CHANGELOG.md'), changelog);
    changes.set(join('packages', folder, 'package.json'), json(next));
    changes.set(join('packages', folder, 'CHANGELOG.md'), changelog);
  }
  packed = pack(['--pack-destination', out, ...foldersOf('./')], stage);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
const tarballs = names.map((name) => {
  const { filename, files, size } = packed.get(name);
  const tarball = filename.replace('@', '').replace('/', '-');
  console.log(`${tarball}: ${files.length} files, ${size} bytes`);
  return tarball;
});
writeFileSync(join(out, 'order.txt'), `${tarballs.join('\n')}\n`);
const integrity = tarballs.map((tarball) => {
  const hash = createHash('sha512')
    .update(readFileSync(join(out, tarball)))
    .digest('base64');
  return `sha512-${hash} ${tarball}\n`;
});
writeFileSync(join(out, 'integrity.txt'), integrity.join(''));

if (version === undefined) process.exit();
for (const [path, manifest] of others()) changes.set(path, json(needing(manifest)));
if (dry) {
  console.log([...changes.keys()].map((path) => `would change ${path}`).join('\n'));
  console.log(
    `dry run: nothing was changed; ${changes.size + 2} files would be, and v${version} tagged`,
  );
  process.exit();
}
changes.set('CHANGELOG.md', dated);
for (const [path, text] of changes) writeFileSync(join(root, path), text);
run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']);
git('add', ...changes.keys(), 'package-lock.json');
git('commit', '-m', `Release ${version}`);
git('tag', '-a', `v${version}`, '-m', `Release ${version}`);
console.log(`committed and tagged v${version}: push both, and the workflow publishes`);
