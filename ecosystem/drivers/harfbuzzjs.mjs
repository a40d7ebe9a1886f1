import * as hb from 'harfbuzzjs';
import { file, show } from '../sample.mjs';

const font = new hb.Font(new hb.Face(new hb.Blob(file('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))));
for (const text of ['Office ffl', 'مرحبا', 'ΑΒΓ 123']) {
  const buffer = new hb.Buffer();
  buffer.addText(text);
  buffer.guessSegmentProperties();
  hb.shape(font, buffer);
  const infos = buffer.getGlyphInfos();
  show(
    text,
    infos.map(({ codepoint, cluster }) => [codepoint, cluster]),
  );
  show('positions', buffer.getGlyphPositions());
  show('paths', infos.map(({ codepoint }) => font.glyphToPath(codepoint)).join(''));
}
