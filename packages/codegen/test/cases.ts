/** Small modules that once came out wrong, by file name. */
import { readFileSync } from 'node:fs';

/** The text of a module in `cases/`. */
export function caseText(name: string): string {
  return readFileSync(new URL(`cases/${name}`, import.meta.url), 'utf8');
}
