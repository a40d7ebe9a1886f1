import { createRequire } from 'node:module';
import { noise, show } from '../sample.mjs';

const { create } = createRequire(import.meta.url)('rabin-wasm');
const rabin = await create(10, 512, 8192, 32, 17437180132763652);
show('chunks', Array.from(rabin.fingerprint(Buffer.from(noise(60000)))));
