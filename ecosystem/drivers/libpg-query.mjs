import { fails, require, show } from '../sample.mjs';

const { fingerprint, loadModule, parse, normalize } = require('libpg-query');
await loadModule();
const query = `WITH r AS (SELECT id, sum(x) OVER (PARTITION BY name ORDER BY at) s FROM t WHERE name LIKE 'a%')
  INSERT INTO u SELECT * FROM r JOIN v USING (id) WHERE s > 10 ON CONFLICT (id) DO UPDATE SET s = excluded.s`;
show('tree', await parse(query));
show('fingerprint', await fingerprint(query));
show('normal', await normalize("SELECT 1, 'x' FROM t WHERE y = 2.5"));
await fails('wrong', () => parse('SELECT FROM WHERE'));
