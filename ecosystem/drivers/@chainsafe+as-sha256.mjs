import * as sha from '@chainsafe/as-sha256';
import { noise, show } from '../sample.mjs';

show('digest', sha.digest(noise(1000)));
show('64 bytes', sha.digest64(noise(64)));
show('two', sha.digest2Bytes32(noise(32, 1), noise(32, 2)));
// Four at a time, by SIMD where it is.
const inputs = [1, 2, 3, 4].map((seed) => noise(64, seed));
show(
  'batch',
  sha.batchHash4UintArray64s(inputs).map((hash) => Buffer.from(hash).toString('hex')),
);
const hasher = new sha.SHA256();
hasher.init().update(noise(100)).update(noise(33, 3));
show('parts', hasher.final());
