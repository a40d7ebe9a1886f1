/** All generated families that builds are measured on. */
import { nest, nestNames } from './nests.js';
import type { Family } from './row.js';
import { widths } from './widths.js';

export type { Family };

/** Deepest nests that are tried. */
const DEEPEST = 1_000_000;

export const families: readonly Family[] = [
  ...nestNames.map((name) => ({
    name: `depth: ${name}`,
    most: DEEPEST,
    make: (n: number) => nest(name, n),
  })),
  ...widths,
];
