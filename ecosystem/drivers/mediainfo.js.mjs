import MediaInfo from 'mediainfo.js';
import { noise, show } from '../sample.mjs';

// A second of sound: eight bits, one channel.
const data = noise(8000, 3);
const file = new Uint8Array(44 + data.length);
const view = new DataView(file.buffer);
const text = (at, value) => file.set(new TextEncoder().encode(value), at);
text(0, 'RIFF');
view.setUint32(4, 36 + data.length, true);
text(8, 'WAVEfmt ');
view.setUint32(16, 16, true);
for (const [at, value] of [
  [20, 1],
  [22, 1],
  [32, 1],
  [34, 8],
])
  view.setUint16(at, value, true);
for (const at of [24, 28]) view.setUint32(at, 8000, true);
text(36, 'data');
view.setUint32(40, data.length, true);
file.set(data, 44);

const info = await MediaInfo({ format: 'JSON' });
const found = JSON.parse(
  await info.analyzeData(file.length, (size, offset) => file.subarray(offset, offset + size)),
);
for (const track of found.media.track) show(track['@type'], track);
show('nothing', await info.analyzeData(10, (size) => new Uint8Array(size)));
info.close();
