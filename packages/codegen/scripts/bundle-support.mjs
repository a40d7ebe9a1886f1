// Puts the parsed support library into dist/support-library.json, see src/support/files.ts.
import { writeFileSync } from 'node:fs';
import { parseLibrary, readSources } from '../dist/support/files.js';

const out = new URL('../dist/support-library.json', import.meta.url);
writeFileSync(out, JSON.stringify(parseLibrary(readSources())));
