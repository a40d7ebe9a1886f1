/** The parts of the test-suite runner that other tools of the workspace use. */

export { assemble, prepareScript } from './prepare.js';
export { compileModule, compileText, type Exports, evaluate, loadModule } from './run/pipeline.js';
export { findSuite, listScripts } from './suite.js';
