import { LoroDoc, LoroList, LoroMap } from 'loro-crdt';
import { show } from '../sample.mjs';

const [a, b] = ['1', '2'].map((peer) => {
  const doc = new LoroDoc();
  doc.setPeerId(peer);
  return doc;
});
a.getText('t').insert(0, 'hello world');
a.commit();
b.import(a.export({ mode: 'update' }));
a.getText('t').insert(5, ', big');
b.getText('t').delete(0, 1);
b.getText('t').insert(0, 'H');
const list = b.getMap('m').setContainer('l', new LoroList());
for (let i = 0; i < 20; i++) list.insert(i >> 1, i);
list.insertContainer(0, new LoroMap()).set('k', [1, 2.5, null, 'é']);
a.commit();
b.commit();
const events = [];
a.subscribe((event) => events.push(event.by));
a.import(b.export({ mode: 'update', from: a.version() }));
b.import(a.export({ mode: 'snapshot' }));
await Promise.resolve();
show('a', a.toJSON());
show('same', JSON.stringify(a.toJSON()) === JSON.stringify(b.toJSON()));
show('events', events);
show('frontiers', a.frontiers());
