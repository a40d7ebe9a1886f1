import { SourceMapConsumer, SourceMapGenerator } from 'source-map';
import { noise, show } from '../sample.mjs';

const generator = new SourceMapGenerator({ file: 'out.js' });
const random = noise(1200, 5);
for (let i = 0; i < 400; i++) {
  const [a, b, c] = random.subarray(i * 3, i * 3 + 3);
  generator.addMapping({
    generated: { line: 1 + (a >> 2), column: b },
    original: { line: 1 + (c >> 1), column: a },
    source: `s${c % 3}.js`,
    name: a % 2 ? `n${b}` : undefined,
  });
}
await SourceMapConsumer.with(generator.toString(), null, (consumer) => {
  const found = [];
  for (let line = 1; line < 64; line++)
    found.push(consumer.originalPositionFor({ line, column: 77 }));
  show('original', found);
  show('generated', consumer.allGeneratedPositionsFor({ source: 's1.js', line: 20, column: 3 }));
  let count = 0;
  // Calls from the module for every mapping.
  consumer.eachMapping(({ generatedColumn }) => {
    count += generatedColumn;
  });
  show('sum', count);
});
