/**
 * The examples of the guides, as they stand there. A block with a file name is that file; the lines of a block `sh` are
 * executed in order, in a folder with the packages that they install; the block `text` behind it is what they print.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cleanEnv, command, repository, temporaryFolder } from '../../packages/cli/test/cli.js';

const docs = fileURLToPath(new URL('..', import.meta.url));
const guides = readdirSync(docs).filter((name) => name.endsWith('.md') && name !== 'README.md');

type Step =
  | { kind: 'file'; name: string; text: string }
  | { kind: 'run'; lines: string[]; expected: string | undefined };

/** The blocks of a guide that do something. */
function stepsOf(guide: string): Step[] {
  const steps: Step[] = [];
  for (const [, language, name, text] of guide.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)) {
    const last = steps.at(-1);
    if (name !== undefined) steps.push({ kind: 'file', name, text: text! });
    else if (language === 'sh')
      steps.push({ kind: 'run', lines: text!.trim().split('\n'), expected: undefined });
    else if (language === 'text' && last?.kind === 'run') last.expected = text!;
  }
  return steps;
}

/** Where packages are looked for that a guide installs. */
const SHELVES = ['node_modules', 'ecosystem/node_modules', 'hosts/node_modules'];
const packageAt = (name: string): string | undefined =>
  SHELVES.map((shelf) => join(repository, shelf, name)).find((path) => existsSync(path));

/** What Node says of its own options, and `build` of modules that import more than WASI. */
const NOISE =
  /^(?:wasm2js: note: .*|Warning: disabling flag --expose_wasm.*|\(node:.*\n.*--trace-warnings.*)\n/gm;

const HERMES = join(repository, 'hosts/node_modules/hermes-engine-cli/linux64-bin/hermes');
/** Programs that guides use and that not every machine has, by what says that one is there. */
const PROGRAMS: Record<string, () => boolean> = {
  go: () => spawnSync('go', ['version']).status === 0,
  hermes: () => existsSync(HERMES),
};

/** What a guide needs and this machine has not. */
function missingFor(lines: readonly string[]): string[] {
  const programs = Object.keys(PROGRAMS).filter((name) =>
    lines.some((line) => new RegExp(`(?:^|\\s)${name}\\s`).test(line)),
  );
  return [
    ...programs.filter((name) => !PROGRAMS[name]!()),
    ...lines.flatMap(installed).filter((name) => packageAt(name) === undefined),
  ];
}

/** The packages that a line installs. */
function installed(line: string): string[] {
  const found = /^npm install (.*)$/.exec(line);
  return found === null ? [] : found[1]!.split(' ').filter((word) => !word.startsWith('-'));
}

/** A folder in which packages are found as after their installation, and `npx` is ours. */
function workplace(): { folder: string; env: Record<string, string> } {
  const folder = temporaryFolder();
  for (const shelf of [...SHELVES].reverse()) {
    const from = join(repository, shelf);
    if (!existsSync(from)) continue;
    for (const name of readdirSync(from)) {
      const inner = name.startsWith('@')
        ? readdirSync(join(from, name)).map((one) => join(name, one))
        : [name];
      for (const each of inner) {
        const to = join(folder, 'node_modules', each);
        mkdirSync(dirname(to), { recursive: true });
        if (!existsSync(to) && !name.startsWith('.')) symlinkSync(join(from, each), to);
      }
    }
  }
  symlinkSync(join(repository, 'packages'), join(folder, 'packages'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh\nshift\nexec "${process.execPath}" "${command}" "$@"\n`;
  writeFileSync(join(bin, 'npx'), script, { mode: 0o755 });
  if (existsSync(HERMES)) symlinkSync(HERMES, join(bin, 'hermes'));
  return { folder, env: cleanEnv({ PATH: `${bin}${delimiter}${process.env['PATH']}` }) };
}

for (const name of guides) {
  const steps = stepsOf(readFileSync(join(docs, name), 'utf8'));
  const lines = steps.flatMap((step) => (step.kind === 'run' ? step.lines : []));
  const missing = missingFor(lines);
  const title = missing.length === 0 ? name : `${name} [needs ${missing.join(', ')}]`;
  describe.skipIf(missing.length > 0)(title, () => {
    test('its example does what it says', () => {
      expect(
        steps.filter((step) => step.kind === 'run' && step.expected !== undefined),
      ).not.toEqual([]);
      const { folder, env } = workplace();
      for (const step of steps) {
        if (step.kind === 'file') {
          writeFileSync(join(folder, step.name), step.text);
          continue;
        }
        let printed = '';
        for (const line of step.lines) {
          if (installed(line).length > 0) continue;
          const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
            cwd: folder,
            env,
            encoding: 'utf8',
          });
          expect(stderr.replace(NOISE, ''), line).toBe('');
          expect(status, line).toBe(0);
          printed += stdout;
        }
        if (step.expected !== undefined) expect(printed).toBe(step.expected);
      }
    }, 120_000);
  });
}
