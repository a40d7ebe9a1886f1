import * as features from 'wasm-feature-detect';
import { show } from '../sample.mjs';

// Answers differ from host to host: what must be the same is that every probe has one.
for (const name of Object.keys(features).sort()) {
  const answer = await Reflect.get(features, name)();
  if (
    [
      'bigInt',
      'bulkMemory',
      'exceptions',
      'multiValue',
      'mutableGlobals',
      'referenceTypes',
      'saturatedFloatToInt',
      'signExtensions',
      'simd',
      'tailCall',
      'extendedConst',
      'gc',
      'threads',
    ].includes(name)
  )
    show(name, answer);
  else show(name, typeof answer);
}
