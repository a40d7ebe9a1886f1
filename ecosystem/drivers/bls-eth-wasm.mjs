import { require, show } from '../sample.mjs';

const bls = require('bls-eth-wasm');
await bls.init(bls.BLS12_381);
const keys = ['one', 'two', 'three'].map((name) => {
  const key = new bls.SecretKey();
  key.setHashOf(new TextEncoder().encode(name));
  return key;
});
const signatures = keys.map((key) => key.sign('message'));
keys.forEach((key, i) => {
  show(`public ${i}`, key.getPublicKey().serializeToHexStr());
  show(`signature ${i}`, signatures[i].serializeToHexStr());
});
const sum = new bls.Signature();
sum.aggregate(signatures);
show(
  'together',
  sum.fastAggregateVerify(
    keys.map((key) => key.getPublicKey()),
    new TextEncoder().encode('message'),
  ),
);
show('wrong', keys[0].getPublicKey().verify(signatures[1], 'message'));
