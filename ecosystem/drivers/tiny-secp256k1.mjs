import * as curve from 'tiny-secp256k1';
import { fails, noise, show } from '../sample.mjs';

const key = noise(32, 5);
const hash = noise(32, 6);
const point = curve.pointFromScalar(key, true);
show('point', point);
const signature = curve.sign(hash, key);
show('signature', signature);
show('right', curve.verify(hash, point, signature));
show('wrong', curve.verify(noise(32, 7), point, signature));
const schnorr = curve.signSchnorr(hash, key, noise(32, 8));
show('schnorr', schnorr);
show('right', curve.verifySchnorr(hash, curve.xOnlyPointFromScalar(key), schnorr));
show('tweaked', curve.pointAddScalar(point, noise(32, 9), false));
await fails('zero', () => curve.pointFromScalar(new Uint8Array(32)));
