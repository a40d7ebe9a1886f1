import * as gltfpack from 'gltfpack';
import { show } from '../sample.mjs';

/** A grid of triangles, with its height a wave. */
const side = 20;
const positions = Float32Array.from({ length: side * side * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
  return [x, y, Math.round(8 * Math.sin(x / 3) * Math.cos(y / 4)) / 8][i % 3];
});
const indices = [];
for (let y = 0; y < side - 1; y++)
  for (let x = 0; x < side - 1; x++) {
    const at = y * side + x;
    indices.push(at, at + 1, at + side, at + 1, at + side + 1, at + side);
  }
const bytes = Buffer.concat([
  Buffer.from(positions.buffer),
  Buffer.from(Uint16Array.from(indices).buffer),
]);
const scene = {
  asset: { version: '2.0' },
  buffers: [
    {
      uri: `data:application/octet-stream;base64,${bytes.toString('base64')}`,
      byteLength: bytes.length,
    },
  ],
  bufferViews: [
    { buffer: 0, byteOffset: 0, byteLength: positions.byteLength },
    { buffer: 0, byteOffset: positions.byteLength, byteLength: indices.length * 2 },
  ],
  accessors: [
    {
      bufferView: 0,
      componentType: 5126,
      count: side * side,
      type: 'VEC3',
      min: [0, 0, -1],
      max: [side, side, 1],
    },
    { bufferView: 1, componentType: 5123, count: indices.length, type: 'SCALAR' },
  ],
  meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
  nodes: [{ mesh: 0 }],
  scenes: [{ nodes: [0] }],
  scene: 0,
};

for (const flags of [[], ['-c'], ['-cc', '-si', '0.3'], ['-noq']]) {
  const written = {};
  const log = await gltfpack.pack(['-i', 'grid.gltf', '-o', 'grid.glb', '-v', ...flags], {
    read: (name) => {
      if (name !== 'grid.gltf') throw new Error(`there is no ${name}`);
      return Buffer.from(JSON.stringify(scene));
    },
    write: (name, data) => {
      written[name] = Uint8Array.from(data);
    },
  });
  show(flags.join(' ') || 'plain', log);
  show('file', written['grid.glb']);
}
