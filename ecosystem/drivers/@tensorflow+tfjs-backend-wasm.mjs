import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { show } from '../sample.mjs';

setThreadsCount(1);
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')))}/`);
await tf.setBackend('wasm');
await tf.ready();
show('backend', tf.getBackend());
const values = (count, seed) =>
  Float32Array.from({ length: count }, (_, i) => (((i * 7919 + seed) % 1000) - 500) / 250);
const a = tf.tensor2d(values(48 * 64, 1), [48, 64]);
const b = tf.tensor2d(values(64 * 32, 2), [64, 32]);
show('product', await tf.matMul(a, b).data());
const picture = tf.tensor4d(values(1 * 24 * 24 * 8, 3), [1, 24, 24, 8]);
const filter = tf.tensor4d(values(3 * 3 * 8 * 16, 4), [3, 3, 8, 16]);
show('convolution', await tf.conv2d(picture, filter, 1, 'same').data());
show('pool', await tf.maxPool(picture, 2, 2, 'valid').data());
show('softmax', await tf.softmax(b).data());
show('sum', await tf.sum(picture, [1, 2]).data());
