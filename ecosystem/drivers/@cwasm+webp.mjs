import webp from '@cwasm/webp';
import { fails, show } from '../sample.mjs';

// A lossless picture of one pixel and a lossy one.
const one = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
const lossy = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
for (const bytes of [one, lossy]) {
  const { width, height, data } = webp.decode(bytes);
  show('pixels', [width, height, Array.from(data)]);
}
await fails('error', () => webp.decode(Buffer.from('RIFF')));
