/** The projects of bundlers/forms and the bundlers that build them. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco';
import { execute, repository } from '../../cli/test/cli.js';

/** The folder of the bundlers, outside of the workspaces. */
export const bundlersFolder = join(repository, 'bundlers');
const installed = (path: string): boolean => existsSync(join(bundlersFolder, 'node_modules', path));
const bun = join(repository, 'hosts/node_modules/@oven/bun-linux-x64/bin/bun');

export interface Bundler {
  name: string;
  there: boolean;
  /** What runs the build; default: this Node. */
  command?: string;
}

/** Bundlers in the order of the table. */
export const BUNDLERS: readonly Bundler[] = [
  ...['vite', 'rollup', 'rolldown', 'webpack'].map((name) => ({ name, there: installed(name) })),
  { name: 'rspack', there: installed('@rspack/core') },
  { name: 'esbuild', there: installed('esbuild') },
  { name: 'farm', there: installed('@farmfe/core') },
  { name: 'metro', there: installed('metro') },
  { name: 'bun', there: existsSync(bun) && installed('vite'), command: bun },
];

/** One build. */
export interface Job {
  project: string;
  out: string;
  target: 'node' | 'web';
  options: object;
}
export type Built = { file: string; error?: undefined } | { error: string; file?: undefined };

interface About {
  title: string;
  options?: object;
  /** By bundler: why it has not that form. */
  gaps?: Record<string, string>;
}

const formsFolder = join(bundlersFolder, 'forms');

/** Forms in order, with what their projects print. */
export const FORMS = readdirSync(formsFolder)
  .sort()
  .map((name) => ({
    name,
    about: JSON.parse(readFileSync(join(formsFolder, name, 'about.json'), 'utf8')) as About,
    expected: readFileSync(join(formsFolder, name, 'expected.txt'), 'utf8'),
  }));

/** Writes the modules of bundlers/modules into a folder, assembled. */
export async function writeModules(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(join(bundlersFolder, 'modules'))) {
    const from = join(bundlersFolder, 'modules', file);
    if (!file.endsWith('.wat')) {
      cpSync(from, join(folder, file));
      continue;
    }
    const bytes = new Uint8Array(await parse(readFileSync(from, 'utf8')));
    writeFileSync(join(folder, file.replace('.wat', '.wasm')), bytes);
  }
}

/** Copies all projects to `FOLDER/projects`, each with all modules. */
export async function prepareProjects(folder: string): Promise<void> {
  const modules = join(folder, 'modules');
  await writeModules(modules);
  for (const { name } of FORMS) {
    const project = join(folder, 'projects', name);
    cpSync(join(formsFolder, name), project, { recursive: true });
    cpSync(modules, project, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  }
}

/**
 * Builds projects with a bundler of bundlers/build.mjs, in one process.
 * @param folder for the list of jobs
 * @param command what runs the build
 */
export function buildProjects(
  folder: string,
  bundler: string,
  jobs: Job[],
  command = process.execPath,
): Built[] {
  const list = join(folder, `${bundler}.jobs.json`);
  writeFileSync(list, JSON.stringify(jobs));
  const script = join(bundlersFolder, 'build.mjs');
  const { code, stderr, stdout } = execute(command, [script, bundler, list]);
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
  return JSON.parse(readFileSync(list, 'utf8')) as Built[];
}
