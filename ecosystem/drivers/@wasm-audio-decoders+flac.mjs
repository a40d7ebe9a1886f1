import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { noise, show } from '../sample.mjs';

const decoder = new FLACDecoder();
await decoder.ready;
const crc = (bytes, width, polynomial) => {
  const top = 1 << (width - 1);
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (width - 8);
    for (let i = 0; i < 8; i++) value = value & top ? (value << 1) ^ polynomial : value << 1;
    value &= (1 << width) - 1;
  }
  return value;
};
// A stream by hand: its description, then frames of 192 samples, 16 bit, mono, stored.
const info = Buffer.alloc(42);
info.write('fLaC');
info.set([0x80, 0, 0, 34, 0, 192, 0, 192, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x40, 0xf0], 4);
const frames = [0, 1, 2, 3].map((number) => {
  const header = [0xff, 0xf8, 0x19, 0x08, number];
  const frame = [...header, crc(header, 8, 7), 0x02, ...noise(384, number + 1)];
  const sum = crc(frame, 16, 0x8005);
  return Buffer.from([...frame, sum >> 8, sum & 255]);
});
const { channelData, samplesDecoded, sampleRate, errors } = await decoder.decodeFile(
  Buffer.concat([info, ...frames]),
);
show('samples', [samplesDecoded, sampleRate, errors.length]);
for (const channel of channelData) show('channel', channel);
