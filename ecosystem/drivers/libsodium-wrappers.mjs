import sodium from 'libsodium-wrappers';
import { fails, noise, show } from '../sample.mjs';

await sodium.ready;
const key = noise(32, 2);
const nonce = noise(24, 3);
const message = noise(1000, 4);
const box = sodium.crypto_secretbox_easy(message, nonce, key);
show('secretbox', box);
show('opened', sodium.crypto_secretbox_open_easy(box, nonce, key));
box[5] ^= 1;
await fails('forged', () => sodium.crypto_secretbox_open_easy(box, nonce, key));
const pair = sodium.crypto_sign_seed_keypair(key);
const signature = sodium.crypto_sign_detached(message, pair.privateKey);
show('signature', sodium.to_hex(signature));
show('verified', sodium.crypto_sign_verify_detached(signature, message, pair.publicKey));
show('blake2b', sodium.to_hex(sodium.crypto_generichash(32, message)));
show('x25519', sodium.to_base64(sodium.crypto_scalarmult_base(key)));
show('aead', sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, 'data', null, nonce, key));
