import Bzip2 from '@foxglove/wasm-bz2';
import { fails, noise, show } from '../sample.mjs';

const bzip2 = await Bzip2.init();
const packed =
  'QlpoOTFBWSZTWZ5cRJ8AACcRgEAAP///8CAAiCKfoaKGgA0aBFQgAADIMhLWY59FoVVDGAjdwjrPDowvQqDcBMQ4BjVbbAhdeBuJC7YYrshNih0vqExkPAwEiNDpZOR2h6Mh1fCYyQoNB0F+E7E/F3JFOFCQnlxEnw==';
for (const small of [false, true]) {
  show(
    'text',
    Buffer.from(bzip2.decompress(Buffer.from(packed, 'base64'), 264, { small })).toString(),
  );
}
await fails('noise', () => bzip2.decompress(noise(100), 100));
