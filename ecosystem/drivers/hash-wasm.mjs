import * as hash from 'hash-wasm';
import { noise, show } from '../sample.mjs';

const data = noise(3000);
for (const name of [
  'adler32',
  'blake2b',
  'blake2s',
  'blake3',
  'crc32',
  'crc64',
  'keccak',
  'md4',
  'md5',
  'ripemd160',
  'sha1',
  'sha256',
  'sha3',
  'sha384',
  'sha512',
  'sm3',
  'whirlpool',
  'xxhash32',
  'xxhash64',
  'xxhash3',
  'xxhash128',
]) {
  show(name, await Reflect.get(hash, name)(data));
}
show(
  'argon2id',
  await hash.argon2id({
    password: 'p',
    salt: noise(16),
    iterations: 2,
    memorySize: 256,
    parallelism: 1,
    hashLength: 32,
  }),
);
show(
  'scrypt',
  await hash.scrypt({
    password: 'p',
    salt: noise(16),
    costFactor: 64,
    blockSize: 8,
    parallelism: 1,
    hashLength: 32,
  }),
);
show(
  'bcrypt',
  await hash.bcrypt({ password: 'p', salt: noise(16), costFactor: 5, outputType: 'encoded' }),
);
show(
  'pbkdf2',
  await hash.pbkdf2({
    password: 'p',
    salt: noise(16),
    iterations: 20,
    hashLength: 32,
    hashFunction: hash.createSHA256(),
  }),
);
