import { OpusDecoder } from 'opus-decoder';
import { noise, show } from '../sample.mjs';

const decoder = new OpusDecoder({ channels: 2 });
await decoder.ready;
for (const [toc, length] of [
  [0xfc, 80],
  [0x08, 40],
  [0x78, 60],
]) {
  const packet = noise(length, toc);
  packet[0] = toc;
  const { channelData, samplesDecoded, sampleRate } = decoder.decodeFrame(packet);
  show('samples', [samplesDecoded, sampleRate]);
  for (const channel of channelData) show('channel', channel);
}
decoder.free();
