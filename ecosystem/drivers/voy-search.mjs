import { Voy } from '../node_modules/voy-search/voy_search.js';
import { noise, show } from '../sample.mjs';

const vector = (seed) => Array.from(noise(16, seed), (byte) => byte / 255);
const embeddings = Array.from({ length: 50 }, (_, i) => ({
  id: `${i}`,
  title: `title ${i}`,
  url: `/${i}`,
  embeddings: vector(i + 1),
}));
const voy = new Voy({ embeddings });
show('size', voy.size());
show('found', voy.search(new Float32Array(vector(7)), 4));
show('serialized', voy.serialize().length > 1000);
