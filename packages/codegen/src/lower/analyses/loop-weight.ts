/** What a round of a loop counts against what is outside of it; how many loops around one another count. */
const ROUNDS = 8;
const DEEPEST = 4;

/** How often a statement is expected to run for each call of its function. @param depth the loops around it */
export const loopWeight = (depth: number): number => ROUNDS ** Math.min(depth, DEEPEST);
