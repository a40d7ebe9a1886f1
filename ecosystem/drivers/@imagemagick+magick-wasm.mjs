import {
  ImageMagick,
  initializeImageMagick,
  Magick,
  MagickColor,
  MagickFormat,
  MagickGeometry,
} from '@imagemagick/magick-wasm';
import { fails, file, show } from '../sample.mjs';

await initializeImageMagick(file('@imagemagick/magick-wasm/dist/x86/magick.wasm'));
show('version', Magick.imageMagickVersion.split(' ').slice(0, 2).join(' '));
ImageMagick.read('plasma:red-blue', (image) => show('plasma', [image.width, image.height]));
ImageMagick.read(new MagickColor('#346'), 60, 40, (image) => {
  image.blur(0, 2);
  image.rotate(30);
  image.resize(new MagickGeometry(50, 50));
  image.write(MagickFormat.Rgba, (data) => show('pixels', data));
  image.write(MagickFormat.Gif, (data) => show('gif', data.length));
});
// Exceptions of C++ inside.
await fails('error', () => ImageMagick.read(new Uint8Array([1, 2, 3, 4]), () => {}));
