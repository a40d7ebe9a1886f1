/** What the drivers of the codecs of Cornerstone share: their classes have the same methods. */
import { picture, show } from './sample.mjs';

/** Encodes a grey picture and decodes it again; gives the picture. */
export function thereAndBack(Encoder, Decoder) {
  const encoder = new Encoder();
  const { data } = picture(64, 48);
  const grey = data.filter((_, i) => i % 4 === 0);
  encoder
    .getDecodedBuffer({
      width: 64,
      height: 48,
      bitsPerSample: 8,
      componentCount: 1,
      isSigned: false,
    })
    .set(grey);
  encoder.encode();
  const encoded = encoder.getEncodedBuffer().slice();
  show('encoded', encoded);
  const decoder = new Decoder();
  decoder.getEncodedBuffer(encoded.length).set(encoded);
  decoder.decode();
  show('frame', decoder.getFrameInfo());
  show('decoded', decoder.getDecodedBuffer().slice());
  return grey;
}
