import { scanGrayBuffer, scanRGBABuffer } from '@undecaf/zbar-wasm';
import { show } from '../sample.mjs';

/** EAN-13: the bars of digits on the left with odd parity, and which digits have which by the first one. */
const ODD = '0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011'.split(
  ' ',
);
const PARITY = 'LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL'.split(' ');
const inverse = (bars) => bars.replace(/./g, (bar) => 1 - bar);
const reverse = (bars) => [...bars].reverse().join('');

function barsOf(code) {
  const left = [...PARITY[code[0]]].map((parity, i) => {
    const bars = ODD[code[i + 1]];
    return parity === 'L' ? bars : reverse(inverse(bars));
  });
  const right = [...code.slice(7)].map((digit) => inverse(ODD[digit]));
  return `101${left.join('')}01010${right.join('')}101`;
}

for (const code of ['5901234123457', '4006381333931']) {
  const bars = barsOf(code);
  const [scale, quiet, height] = [3, 20, 90];
  const width = (bars.length + 2 * quiet) * scale;
  const gray = new Uint8Array(width * height).fill(255);
  for (let y = 10; y < height - 10; y++)
    for (let x = 0; x < bars.length * scale; x++)
      if (bars[Math.floor(x / scale)] === '1') gray[y * width + quiet * scale + x] = 0;
  const rgba = Uint8Array.from({ length: gray.length * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : gray[i >> 2],
  );
  for (const found of [
    await scanGrayBuffer(gray.buffer, width, height),
    await scanRGBABuffer(rgba.buffer, width, height),
  ])
    show(
      'read',
      found.map((symbol) => [symbol.typeName, symbol.decode(), symbol.points.length]),
    );
}
