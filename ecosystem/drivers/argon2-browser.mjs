import { createRequire } from 'node:module';
import { show } from '../sample.mjs';

// Its Emscripten is older than Node's fetch, which takes no files.
delete globalThis.fetch;
const argon2 = createRequire(import.meta.url)('argon2-browser');
for (const type of [argon2.ArgonType.Argon2d, argon2.ArgonType.Argon2id]) {
  const { encoded, hashHex } = await argon2.hash({
    pass: 'password',
    salt: 'somesalt',
    time: 2,
    mem: 512,
    hashLen: 24,
    type,
  });
  show('hash', [encoded, hashHex]);
  show('verified', (await argon2.verify({ pass: 'password', encoded })) === undefined);
}
