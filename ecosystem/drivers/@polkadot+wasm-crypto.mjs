import {
  blake2b,
  ed25519KeypairFromSeed,
  ed25519Sign,
  ed25519Verify,
  keccak256,
  pbkdf2,
  sr25519KeypairFromSeed,
  sr25519Sign,
  sr25519Verify,
  twox,
  waitReady,
} from '@polkadot/wasm-crypto';
import { noise, show } from '../sample.mjs';

show('ready', await waitReady());
const seed = noise(32, 9);
const message = noise(500, 10);
const pair = ed25519KeypairFromSeed(seed);
const signature = ed25519Sign(pair.slice(32), pair.slice(0, 32), message);
show('ed25519', signature);
show('verified', ed25519Verify(signature, message, pair.slice(32)));
const sr = sr25519KeypairFromSeed(seed);
show('sr25519', sr);
show(
  'sr25519 verified',
  sr25519Verify(sr25519Sign(sr.slice(64), sr.slice(0, 64), message), message, sr.slice(64)),
);
show('blake2b', blake2b(message, new Uint8Array(0), 32));
show('keccak', keccak256(message));
show('twox', twox(message, 2));
show('pbkdf2', pbkdf2(message, seed, 64));
