// What the scripts that compare this project's WASI with jco's shims have in common: their options, and what passes.
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NODE_WITH_JSPI } from './drivers.mjs';

/** The settings of a run. `jco` is undefined where jco's shims are left out. @param wanted what the folder has */
export function readSettings(wanted) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      table: { type: 'string' },
      jco: { type: 'string', default: NODE_WITH_JSPI },
      'without-jco': { type: 'boolean', default: false },
    },
  });
  const [folder] = positionals.map((one) => resolve(one));
  if (folder === undefined) throw new Error(`a folder with ${wanted} is wanted`);
  const jco = values['without-jco'] || !existsSync(values.jco) ? undefined : values.jco;
  return { folder, only: values.only, table: values.table, jco };
}

/** What has passed, with ours and with jco's. */
export class Comparison {
  rows = [];
  ours = 0;
  others = 0;
  /** How many pass with jco's alone. */
  behind = 0;

  /** @param withJco is it run with jco's, too? */
  constructor(withJco) {
    this.withJco = withJco;
  }

  /** Takes how one went, and prints that: what is wrong with ours and with jco's, or undefined. */
  add(name, own, other) {
    const word = (wrong) => (wrong === undefined ? 'passes' : 'fails');
    const theirs = this.withJco ? word(other) : '–';
    this.rows.push(`| ${name.replace(/\.wasm$/, '')} | ${word(own)} | ${theirs} |`);
    if (own === undefined) this.ours++;
    if (this.withJco && other === undefined) this.others++;
    if (this.withJco && own !== undefined && other === undefined) this.behind++;
    console.log(
      `${name}: ${own ?? 'passes'} (jco: ${this.withJco ? (other ?? 'passes') : 'not run'})`,
    );
  }

  /** Prints the sums and writes the table; the process fails where one passes with jco's alone. */
  finish(kind, file) {
    const { rows, ours, others, behind } = this;
    console.log(
      `${ours} of ${rows.length} pass; with jco's shims ${others}; behind those: ${behind}`,
    );
    const total = `| **${rows.length}** | **${ours}** | **${this.withJco ? others : '–'}** |`;
    const table = `| ${kind} | wasm2js | jco's shims |\n|---|---|---|\n${rows.join('\n')}\n${total}\n`;
    if (file !== undefined) writeFileSync(file, table);
    process.exitCode = behind > 0 ? 1 : 0;
  }
}
