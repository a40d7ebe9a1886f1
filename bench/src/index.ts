export { chart } from './chart.js';
export { markdown, type Results } from './report.js';
