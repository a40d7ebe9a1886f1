/** A thread that compiles functions of one module, a part of them at a time; see parallel.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { type PartCompiler, partCompiler } from '@wasm2js/codegen';
import { decodeModule, rereadDatas } from '@wasm2js/decoder';
import type { Job, WorkerInput } from './parallel.js';

const { bytes, options } = workerData as WorkerInput;
const module = decodeModule(bytes);
rereadDatas(module);
let compiler: PartCompiler | undefined;

// Jobs come once the module is known to be valid.
parentPort!.on('message', ({ from, to }: Job) => {
  compiler ??= partCompiler(module, options);
  parentPort!.postMessage(compiler.part(from, to));
});
