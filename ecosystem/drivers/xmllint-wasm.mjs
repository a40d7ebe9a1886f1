import { validateXML } from 'xmllint-wasm';
import { show } from '../sample.mjs';

// Every validation runs in a worker thread of its own.
const schema = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="list"><xs:complexType><xs:sequence>
<xs:element name="n" maxOccurs="3"><xs:simpleType><xs:restriction base="xs:int"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>`;
for (const contents of ['<list><n>1</n><n>9</n></list>', '<list><n>10</n><m/></list>', '<list>']) {
  const { valid, errors } = await validateXML({
    xml: [{ fileName: 'a.xml', contents }],
    schema: [schema],
  });
  show('valid', valid);
  show(
    'errors',
    errors.map(({ message }) => message),
  );
}
