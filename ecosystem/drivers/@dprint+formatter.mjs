import { readFileSync } from 'node:fs';
import { createFromBuffer } from '@dprint/formatter';
import { getPath } from '@dprint/json';
import { fails, show } from '../sample.mjs';

const formatter = createFromBuffer(readFileSync(getPath()));
formatter.setConfig({ indentWidth: 3, lineWidth: 60 }, { 'array.preferSingleLine': true });
show('info', formatter.getPluginInfo().name);
show(
  'formatted',
  formatter.formatText({
    filePath: 'a.json',
    fileText: '{"b":[1,2,\n3], /* c */ "a" : {"deep": {"er": null}}, }',
  }),
);
await fails('error', () => formatter.formatText({ filePath: 'a.json', fileText: '{"b": ' }));
