/** What `-O` takes, as wasm-opt spells it. */
export const optimizeLevels = ['0', '1', '2', '3', '4', 's', 'z'] as const;
/** A level of optimisation. */
export type OptimizeLevel = (typeof optimizeLevels)[number];
