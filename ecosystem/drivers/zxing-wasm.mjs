import { prepareZXingModule, readBarcodes, writeBarcode } from 'zxing-wasm';
import { file, imageData, show } from '../sample.mjs';

imageData();
await prepareZXingModule({
  overrides: { wasmBinary: file('zxing-wasm/dist/full/zxing_full.wasm').slice().buffer },
  fireImmediately: true,
});
for (const format of ['QRCode', 'Code128', 'PDF417']) {
  const { svg, symbol } = await writeBarcode('Hello 42', { format });
  show(format, svg);
  // The symbol, one byte a module, four pixels wide, in a white frame.
  const scale = 4;
  const margin = 10;
  const rows = Math.max(symbol.height, 20);
  const width = (symbol.width + 2 * margin) * scale;
  const height = (rows + 2 * margin) * scale;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < rows * scale; y++) {
    for (let x = 0; x < symbol.width * scale; x++) {
      const row = Math.min(Math.floor(y / scale), symbol.height - 1);
      const value = symbol.data[row * symbol.width + Math.floor(x / scale)];
      data.fill(
        value,
        ((y + margin * scale) * width + x + margin * scale) * 4,
        ((y + margin * scale) * width + x + margin * scale) * 4 + 3,
      );
    }
  }
  const found = await readBarcodes(new ImageData(data, width, height), { formats: [format] });
  show(
    'read',
    found.map(({ text, format, error }) => [text, format, error]),
  );
}
