// Builds a component and uses its functions: node use-ours.mjs COMMAND COMPONENT SETTINGS, COMMAND being that of this project,
// the settings JSON of { use, env }.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tellUse } from './use.mjs';

const [, , command, component, text] = process.argv;
const { use, env } = JSON.parse(text);
const folder = mkdtempSync(join(tmpdir(), 'use-ours-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const script = join(folder, 'component.mjs');
execFileSync(process.execPath, [command, 'build', component, '-o', script], { stdio: 'inherit' });
const { instantiate } = await import(pathToFileURL(script));
await tellUse(use, await instantiate({}, { env }));
