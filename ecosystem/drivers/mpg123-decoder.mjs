import { MPEGDecoder } from 'mpg123-decoder';
import { noise, show } from '../sample.mjs';

const decoder = new MPEGDecoder();
await decoder.ready;
// Frames of layer II, 192 kbit/s, 44.1 kHz, stereo: bit allocation, scale factors and samples are noise.
const frames = Array.from({ length: 12 }, (_, i) => {
  const frame = noise(626, i + 1);
  frame.set([0xff, 0xfd, 0xa0, 0x00]);
  return frame;
});
const { channelData, samplesDecoded, sampleRate, errors } = decoder.decode(Buffer.concat(frames));
show('samples', [samplesDecoded, sampleRate, errors.length]);
for (const channel of channelData) show('channel', channel);
decoder.free();
