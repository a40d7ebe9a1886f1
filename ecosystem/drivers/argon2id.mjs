import setupWasm from 'argon2id/lib/setup.js';
import { file, show } from '../sample.mjs';

const instance = (name) => async (imports) =>
  WebAssembly.instantiate(file(`argon2id/dist/${name}.wasm`), imports);
const argon2id = await setupWasm(instance('simd'), instance('no-simd'));
for (const [passes, memorySize, parallelism] of [
  [1, 64, 1],
  [2, 256, 2],
  [3, 1024, 4],
]) {
  const hash = argon2id({
    password: new TextEncoder().encode('correct horse battery staple'),
    salt: new TextEncoder().encode('somesaltsomesalt'),
    ad: new Uint8Array([1, 2, 3]),
    secret: new Uint8Array([4, 5, 6, 7]),
    parallelism,
    passes,
    memorySize,
    tagLength: 32,
  });
  show(`${passes} ${memorySize} ${parallelism}`, Buffer.from(hash).toString('hex'));
}
