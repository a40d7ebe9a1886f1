/** Names of the JavaScript variables that hold the bits of a float variable. */
import type { Variable } from './ir.js';

/** The parameter of a handler: what was thrown. */
export const THROWN = 'caught0';

/** The name of the variable that holds the low (or only) word of a float variable's bits. */
export const lowName = (v: Variable): string => `${v.name}l`;
/** The name of the variable that holds the high word of an f64 variable's bits. */
export const highName = (v: Variable): string => `${v.name}u`;

/** The name of the variable that has the array of this letter which is chosen for an index. */
export const chosenName = (index: Variable, kind: string): string => `${index.name}${kind}`;
