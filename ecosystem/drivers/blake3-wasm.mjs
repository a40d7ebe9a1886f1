import { createRequire } from 'node:module';
import { noise, show } from '../sample.mjs';

const blake3 = createRequire(import.meta.url)('blake3-wasm');
show('hash', blake3.hash(noise(5000)).toString('hex'));
show('keyed', blake3.keyedHash(Buffer.from(noise(32)), noise(100)).toString('hex'));
const hasher = blake3.createHash();
for (let i = 0; i < 20; i++) hasher.update(noise(i * 100, i));
show('parts', hasher.digest('hex'));
show('derived', blake3.deriveKey('some context', noise(64)).toString('hex'));
