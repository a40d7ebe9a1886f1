export { chart } from './chart.js';
export { insertReport, markdown } from './report.js';
export type { Results } from './tables.js';
