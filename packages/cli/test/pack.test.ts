/**
 * The packages as npm would publish them: what they hold, and that the command works where they are
 * installed into an empty folder, also beside binaryen, which has a command of the same name.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, type Outcome, repository, temporaryFolder } from './cli.js';
import { add, echo } from './programs.js';

interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  bin?: Record<string, string>;
  exports: Record<string, string | { types?: string; default?: string }>;
}

const folder = temporaryFolder();
const packages = readdirSync(join(repository, 'packages'));
const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8'));
const { version } = manifestOf('cli');

const npmSettings = {
  CI: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_loglevel: 'error',
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
};

const npm = (args: string[], cwd: string): Outcome => {
  const result = execute('npm', args, { cwd, env: npmSettings });
  if (result.code !== 0) throw new Error(`npm ${args.join(' ')}: ${result.stderr}`);
  return result;
};

interface Packed {
  files: string[];
  tarball: string;
}

const packed = new Map<string, Packed>();

beforeAll(() => {
  const workspaces = packages.flatMap((name) => ['-w', `packages/${name}`]);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...workspaces];
  const output = JSON.parse(npm(args, repository).stdout) as unknown;
  // npm 10 and 11 print a list, later ones an object by package name.
  const list = Object.values(output as object) as {
    name: string;
    filename: string;
    files: { path: string }[];
  }[];
  for (const { name, filename, files } of list) {
    const tarball = join(folder, filename.replace('@', '').replace('/', '-'));
    packed.set(name, { files: files.map(({ path }) => path), tarball });
  }
}, 120_000);

const allowed = [
  /^(package\.json|README\.md|LICENSE)$/,
  /^dist\/[\w./-]+\.([cm]?js|d\.ts)$/,
  /^client\.d\.ts$/,
  /^dist\/support-library\.json$/,
  /^bin\/\w+\.js$/,
  /^support\/[\w-]+\.js$/,
];

describe.each(packages)('package %s', (folderName) => {
  const manifest = manifestOf(folderName);
  const files = (): string[] => packed.get(manifest.name)?.files ?? [];

  test('holds built JavaScript, declarations, README and license, nothing else', () => {
    expect(files().filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(files()).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
  });

  test('holds what its manifest points to', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : [target.types, target.default],
    );
    targets.push(...Object.values(manifest.bin ?? {}));
    for (const target of targets) {
      if (target === undefined) continue;
      // A pattern stands for every file that it matches.
      const [before, after = ''] = target.replace('./', '').split('*');
      const matches = (file: string) =>
        target.includes('*') ? file.startsWith(before!) && file.endsWith(after) : file === before;
      expect(files().filter(matches), target).not.toEqual([]);
    }
  });

  test('is not private, and of the common version', () => {
    expect(manifest.private).toBeUndefined();
    expect(manifest.version).toBe(version);
  });
});

const newProject = (name: string): string => {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  writeFileSync(join(project, 'add.wat'), add);
  writeFileSync(join(project, 'echo.wat'), echo);
  return project;
};

const tarballs = (): string[] => [...packed.values()].map(({ tarball }) => tarball);
const versions = (project: string): string[] => [
  execute(join(project, 'node_modules/.bin/wasm2js'), ['--version']).stdout,
  npm(['exec', '--no', '--', 'wasm2js', '--version'], project).stdout,
];
const ours = [`${version}\n`, `${version}\n`];

describe('installed into an empty folder', () => {
  let project = '';
  beforeAll(() => {
    project = newProject('plain');
    npm(['install', ...tarballs()], project);
  }, 120_000);

  test('the command is ours', () => {
    expect(versions(project)).toEqual(ours);
  });

  test('nothing of binaryen is installed', () => {
    expect(existsSync(join(project, 'node_modules/binaryen'))).toBe(false);
  });

  test('builds a library and a command, which run', () => {
    npm(['exec', '--no', '--', 'wasm2js', 'build', 'add.wat', '-o', 'add.mjs'], project);
    const code = `import { add } from './add.mjs'; console.log(add(2, 3))`;
    const library = execute(process.execPath, ['--input-type=module', '-e', code], {
      cwd: project,
    });
    expect(library).toEqual({ code: 0, stdout: '5\n', stderr: '' });
    npm(['exec', '--no', '--', 'wasm2js', 'build', 'echo.wat', '-o', 'echo.mjs'], project);
    const command = execute(process.execPath, ['echo.mjs', 'hello'], { cwd: project });
    expect(command.stdout).toMatch(/hello\n$/);
  });

  test('-O says what it needs', () => {
    const args = ['build', 'add.wat', '-o', 'x.mjs', '-O'];
    const env = { PATH: '/nonexistent' };
    const script = join(project, 'node_modules/@wasm2js/cli/bin/wasm2js.js');
    const result = execute(process.execPath, [script, ...args], { cwd: project, env });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^wasm2js: error: -O needs binaryen: npm install binaryen/);
  });

  test('the programmatic interface', () => {
    const code = `import { build } from '@wasm2js/cli';
      console.log((await build({ input: 'add.wat', output: 'api.mjs' })).files.join())`;
    const result = execute(process.execPath, ['--input-type=module', '-e', code], { cwd: project });
    expect(result).toEqual({ code: 0, stdout: 'api.mjs,api.d.mts\n', stderr: '' });
  });
});

describe('beside binaryen', () => {
  let project = '';
  beforeAll(() => {
    project = newProject('beside');
    const { devDependencies } = JSON.parse(
      readFileSync(join(repository, 'package.json'), 'utf8'),
    ) as { devDependencies: Record<string, string> };
    npm(['install', ...tarballs(), `binaryen@${devDependencies['binaryen']}`], project);
  }, 300_000);

  test('installed together, the command is ours', () => {
    expect(versions(project)).toEqual(ours);
  });

  test('-O works', () => {
    npm(['exec', '--no', '--', 'wasm2js', 'build', 'add.wat', '-o', 'add.mjs', '-O3'], project);
    expect(existsSync(join(project, 'add.mjs'))).toBe(true);
  });

  test('where binaryen was installed later, npm rebuild gives the command back', () => {
    npm(['rebuild', 'binaryen'], project);
    expect(versions(project)).not.toEqual(ours);
    npm(['rebuild', '@wasm2js/cli'], project);
    expect(versions(project)).toEqual(ours);
  });
});

test('in the checkout, the command is ours too', () => {
  expect(execute(join(repository, 'node_modules/.bin/wasm2js'), ['--version']).stdout).toBe(
    `${version}\n`,
  );
});
