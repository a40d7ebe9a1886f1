import { SAXParser, SaxEventType } from 'sax-wasm';
import { file, show } from '../sample.mjs';

const parser = new SAXParser(
  SaxEventType.OpenTag | SaxEventType.CloseTag | SaxEventType.Text | SaxEventType.Attribute,
);
const events = [];
parser.eventHandler = (event, detail) => events.push([event, JSON.stringify(detail)]);
show('ready', await parser.prepareWasm(file('sax-wasm/lib/sax-wasm.wasm')));
parser.write(Buffer.from('<div class="a" id=\'b\'>text <br/> ünïcode <p>'));
parser.write(Buffer.from('more</p></div>'));
parser.end();
show('count', events.length);
show('events', events);
