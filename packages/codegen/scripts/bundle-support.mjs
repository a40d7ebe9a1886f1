// Puts the parsed support library into dist/support-library.json, see src/support/files.ts.
import { writeFileSync } from 'node:fs';
import { parseLibrary, readSources } from '../dist/support/files.js';

const library = parseLibrary(readSources());
writeFileSync(new URL('../dist/support-library.json', import.meta.url), JSON.stringify(library));
