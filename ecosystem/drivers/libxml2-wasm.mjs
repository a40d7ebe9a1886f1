import { XmlDocument, XmlXPath, XsdValidator } from 'libxml2-wasm';
import { fails, show } from '../sample.mjs';

const document = XmlDocument.fromString(
  '<a xmlns:x="urn:x"><b x:c="1">&lt;text&gt;</b><b>ünï</b><!-- no --></a>',
);
show(
  'found',
  document.find('//b[position()=2]').map((node) => node.content),
);
show('attribute', document.get('//@x:c', { x: 'urn:x' }).value);
show(
  'xpath',
  document.find(XmlXPath.compile('//b[contains(., "<")]')).map((node) => node.name),
);
show('text', document.toString());
await fails('error', () => XmlDocument.fromString('<a><b></a>'));
const validator = XsdValidator.fromDoc(
  XmlDocument.fromString(
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="q" type="xs:date"/></xs:schema>',
  ),
);
await fails('invalid', () => validator.validate(document));
validator.dispose();
document.dispose();
