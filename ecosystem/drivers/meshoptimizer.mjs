import { MeshoptDecoder, MeshoptEncoder, MeshoptSimplifier } from 'meshoptimizer';
import { show } from '../sample.mjs';

await Promise.all([MeshoptDecoder.ready, MeshoptEncoder.ready, MeshoptSimplifier.ready]);
// A grid of 24 by 24 points on a wave.
const size = 24;
const positions = new Float32Array(size * size * 3);
const indices = [];
for (let y = 0; y < size; y++) {
  for (let x = 0; x < size; x++) {
    const i = y * size + x;
    positions.set([x, y, Math.round(Math.sin(x / 4) * 64) / 64], i * 3);
    if (x + 1 < size && y + 1 < size)
      indices.push(i, i + 1, i + size, i + 1, i + size + 1, i + size);
  }
}
const triangles = new Uint32Array(indices);
const vertices = MeshoptEncoder.encodeVertexBuffer(
  new Uint8Array(positions.buffer),
  size * size,
  12,
);
show('vertices', vertices);
const faces = MeshoptEncoder.encodeIndexBuffer(
  new Uint8Array(triangles.buffer),
  triangles.length,
  4,
);
show('faces', faces);
const back = new Uint8Array(positions.byteLength);
MeshoptDecoder.decodeVertexBuffer(back, size * size, 12, vertices);
show('decoded', Buffer.compare(back, Buffer.from(positions.buffer)));
const facesBack = new Uint8Array(triangles.byteLength);
MeshoptDecoder.decodeIndexBuffer(facesBack, triangles.length, 4, faces);
show('decoded faces', facesBack);
const [simple, error] = MeshoptSimplifier.simplify(triangles, positions, 3, 300, 0.1);
show('simplified', [simple.length, error]);
show('simple', simple);
show(
  'filtered',
  MeshoptEncoder.encodeFilterOct(
    new Float32Array(64).map((_, i) => Math.sin(i)),
    16,
    4,
    8,
  ),
);
