export { chart } from './chart.js';
export { insertReport, markdown, type Results } from './report.js';
