/**
 * How an integer is printed, by the use of its value: `INT` a signed 32-bit integer, `UINT` an unsigned one, `ANY` any
 * number that is congruent modulo 2^32 (its user converts with ToInt32), `COND` a truth value.
 */
export const INT = 0;
export const ANY = 1;
export const UINT = 2;
export const COND = 3;
export type Want = 0 | 1 | 2 | 3;
