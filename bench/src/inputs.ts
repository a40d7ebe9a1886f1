/** Files that whole programs read: made here, always the same, so that none need be committed. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchRoot } from './packages.js';

const folder = join(benchRoot, 'out/inputs');

const made = (name: string, make: () => string): string => {
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, make());
  return file;
};

/** Pseudo-random numbers, the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (;;) yield (seed = (seed * 48271) % 2147483647);
}

/** Prose of invented words with a natural distribution, `length` words. */
function prose(length: number, end: (sentence: number) => string): string {
  const next = numbers(42);
  const syllables = ['ba', 'ker', 'lo', 'min', 'ta', 'ri', 'sen', 'u', 'vo', 'nd', 'e', 'sch'];
  const word = () =>
    Array.from({ length: 1 + (next.next().value % 4) }, () => syllables[next.next().value % 12]);
  const words = Array.from({ length: 4000 }, () => word().join(''));
  const parts: string[] = [];
  for (let i = 1; i <= length; i++) {
    const rank = (next.next().value % 4000) * (next.next().value % 4000);
    parts.push(words[Math.floor(rank / 4000)]!, i % 11 === 0 ? end(i / 11) : ' ');
  }
  return parts.join('');
}

/** Prose of so many words, of about five bytes each. */
export const proseFile = (words: number): string =>
  made(`prose-${words}.txt`, () => prose(words, (n) => (n % 5 === 0 ? '.\n' : ', ')));

/** About 400 kB of Markdown: headings, lists, emphasis, code. */
export const markdownFile = (): string =>
  made('prose.md', () =>
    prose(70_000, (n) => ['.\n\n## ', '\n\n', '.\n- ', ' *so* ', ' `code` ', '.\n\n'][n % 6]!),
  );

/** About 900 kB of Ruby: the scripts of the benchmarks, in methods, again and again. */
export const rubyFile = (): string =>
  made('source.rb', () => {
    const scripts = readdirSync(join(benchRoot, 'scripts')).filter((name) => name.endsWith('.rb'));
    const bodies = scripts.map((name) => readFileSync(join(benchRoot, 'scripts', name), 'utf8'));
    return Array.from({ length: 3600 }, (_, i) => {
      const body = bodies[i % bodies.length]!.replace(/^(?=.)/gm, '    ');
      return `class Part${i}\n  # Part number ${i}.\n  def run(count = ${i})\n${body}  end\nend\n`;
    }).join('\n');
  });
