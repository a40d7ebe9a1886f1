import SevenZip from '7z-wasm';
import { noise, show, text } from '../sample.mjs';

const lines = [];
const sevenZip = await SevenZip({
  print: (line) => lines.push(line),
  printErr: (line) => lines.push(line),
});
const source = Buffer.concat([Buffer.from(text(4000)), noise(500)]);
sevenZip.FS.writeFile('a.txt', source);
for (const [name, method] of [
  ['a.7z', 'LZMA2'],
  ['b.7z', 'PPMd'],
  ['c.zip', 'Deflate'],
]) {
  sevenZip.callMain(['a', name, 'a.txt', `-mm=${method}`, '-mtm-', '-mmt1']);
  show(name, sevenZip.FS.stat(name).size);
  sevenZip.callMain(['x', name, `-oout-${name}`, '-y']);
  show('same', Buffer.from(sevenZip.FS.readFile(`out-${name}/a.txt`)).equals(source));
}
show('ok', lines.filter((line) => line === 'Everything is Ok').length);
