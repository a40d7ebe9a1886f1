/**
 * What React Native runs: Metro's bundle of each form that it has, its modules lowered by React Native's preset, in Hermes, as a
 * script and as the bytecode that a release is made of. Needs `npm run bundlers` and `npm run hosts`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, repository, temporaryFolder } from '../../cli/test/cli.js';
import {
  BUNDLERS,
  type Built,
  buildProjects,
  FORMS,
  type Job,
  prepareProjects,
} from './projects.js';

const hosts = join(repository, 'hosts/node_modules');
const hermes = join(hosts, 'hermes-engine-cli/linux64-bin/hermes');
const preset = join(hosts, '@react-native/babel-preset');
const there =
  BUNDLERS.some(({ name, there }) => name === 'metro' && there) &&
  existsSync(hermes) &&
  existsSync(preset);

const folder = temporaryFolder();
const forms = FORMS.filter(({ about }) => about.gaps?.['metro'] === undefined);

/** React Native brings a console; Hermes by itself prints. */
const CONSOLE =
  'var console = { log: function () { print(Array.prototype.slice.call(arguments).join(" ")); } };\n';

describe.skipIf(!there)('Metro and Hermes [npm run bundlers, npm run hosts]', () => {
  const built = new Map<string, Built>();

  beforeAll(async () => {
    await prepareProjects(folder);
    const config = { presets: [[preset, { enableBabelRuntime: false }]] };
    const jobs = forms.map(({ name, about: { options } }): Job => {
      const project = join(folder, 'projects', name);
      writeFileSync(join(project, 'babel.config.json'), JSON.stringify(config));
      return {
        project,
        out: join(folder, 'out', name),
        target: 'node',
        options: options ?? {},
      };
    });
    buildProjects(folder, 'metro', jobs).forEach((result, i) => {
      built.set(forms[i]!.name, result);
    });
  }, 120_000);

  for (const { name, about, expected } of forms)
    test(about.title, () => {
      const { file, error } = built.get(name)!;
      expect(error).toBeUndefined();
      const script = `${file}.js`;
      writeFileSync(script, CONSOLE + readFileSync(file!, 'utf8'));
      const bytecode = `${file}.hbc`;
      const made = execute(hermes, ['-w', '-O', '-emit-binary', '-out', bytecode, script]);
      expect(made).toEqual({ code: 0, stdout: '', stderr: '' });
      for (const args of [['-w', script], [bytecode]])
        expect(execute(hermes, args)).toEqual({ code: 0, stdout: expected, stderr: '' });
    });
});
