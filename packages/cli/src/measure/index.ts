/** What `wasm2js bench` measures with, for other benchmarks too. */

export { type Ended, inTurn, type ProcessOptions, runProcess } from './process.js';
export { geomean, median } from './statistics.js';
export { drive, type Steady } from './steady.js';
export { acceptedFlags, optimisedFirst } from './v8.js';
