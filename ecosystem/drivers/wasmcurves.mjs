import { createRequire } from 'node:module';
import { file, noise, show } from '../sample.mjs';

const { prebuilt } = {
  prebuilt: createRequire(import.meta.url)('../node_modules/wasmcurves/build/bn128_wasm.js'),
};
const memory = new WebAssembly.Memory({ initial: 2000 });
const { instance } = await WebAssembly.instantiate(Buffer.from(prebuilt.code, 'base64'), {
  env: { memory },
});
const { exports } = instance;
const bytes = (pointer, length) => new Uint8Array(memory.buffer, pointer, length);
const [a, b, c] = [4000000, 4001000, 4002000];
bytes(a, 32).set(noise(32, 1).map((byte, i) => (i === 31 ? byte & 15 : byte)));
bytes(b, 32).set(noise(32, 2).map((byte, i) => (i === 31 ? byte & 15 : byte)));
exports.f1m_mul(a, b, c);
show('mul', bytes(c, 32).slice());
exports.f1m_inverse(c, c);
show('inverse', bytes(c, 32).slice());
exports.g1m_timesScalar(prebuilt.pG1gen, b, 32, c);
show('scalar', bytes(c, 96).slice());
exports.bn128_pairing(prebuilt.pG1gen, prebuilt.pG2gen, c);
show('pairing', bytes(c, 384).slice());
show('file', file('wasmcurves/build/bn128.wasm').length);
