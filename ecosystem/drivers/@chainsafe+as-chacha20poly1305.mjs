import { createRequire } from 'node:module';
import { noise, show } from '../sample.mjs';

const { ChaCha20Poly1305, newInstance } = createRequire(import.meta.url)(
  '@chainsafe/as-chacha20poly1305',
);
const cipher = new ChaCha20Poly1305(newInstance());
const sealed = cipher.seal(noise(32), noise(12, 2), noise(3000, 3), noise(20, 4));
show('sealed', sealed);
show('opened', cipher.open(noise(32), noise(12, 2), sealed, noise(20, 4)));
sealed[7] ^= 4;
show('forged', cipher.open(noise(32), noise(12, 2), sealed, noise(20, 4)));
