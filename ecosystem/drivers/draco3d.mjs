import draco3d from 'draco3d';
import { file, show } from '../sample.mjs';

const decoderModule = await draco3d.createDecoderModule();
const decoder = new decoderModule.Decoder();
const buffer = new decoderModule.DecoderBuffer();
const bytes = new Int8Array(file('draco3d/bunny.drc'));
buffer.Init(bytes, bytes.length);
const mesh = new decoderModule.Mesh();
show('status', decoder.DecodeBufferToMesh(buffer, mesh).ok());
show('counts', [mesh.num_faces(), mesh.num_points()]);
const attribute = decoder.GetAttributeByUniqueId(mesh, 0);
const values = new decoderModule.DracoFloat32Array();
decoder.GetAttributeFloatForAllPoints(mesh, attribute, values);
const positions = Float32Array.from({ length: values.size() }, (_, i) => values.GetValue(i));
show('positions', positions);

const encoderModule = await draco3d.createEncoderModule();
const encoder = new encoderModule.Encoder();
const builder = new encoderModule.MeshBuilder();
const out = new encoderModule.Mesh();
const count = 300;
builder.AddFacesToMesh(
  out,
  count / 3,
  new Uint32Array(count).map((_, i) => i),
);
builder.AddFloatAttributeToMesh(
  out,
  encoderModule.POSITION,
  count,
  3,
  positions.slice(0, count * 3),
);
encoder.SetSpeedOptions(5, 5);
encoder.SetAttributeQuantization(encoderModule.POSITION, 10);
const encoded = new encoderModule.DracoInt8Array();
const length = encoder.EncodeMeshToDracoBuffer(out, encoded);
show(
  'encoded',
  Uint8Array.from({ length }, (_, i) => encoded.GetValue(i)),
);
