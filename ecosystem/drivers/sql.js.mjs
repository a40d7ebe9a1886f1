import initSqlJs from 'sql.js';
import { fails, show } from '../sample.mjs';

const SQL = await initSqlJs();
const db = new SQL.Database();
db.run('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, x REAL)');
const insert = db.prepare('INSERT INTO t (name, x) VALUES (?, ?)');
for (let i = 0; i < 300; i++) insert.run([`row ${(i * 7919) % 300}`, Math.sqrt(i)]);
insert.free();
// A function of JavaScript's called from SQL: Emscripten's addFunction.
db.create_function('half', (x) => x / 2);
db.create_aggregate('joined', {
  init: () => '',
  step: (state, value) => state + value,
  finalize: (state) => state,
});
show(
  'select',
  db.exec('SELECT name, half(x), upper(substr(name, 2)) FROM t WHERE x > 4 ORDER BY name LIMIT 7'),
);
show(
  'aggregate',
  db.exec("SELECT joined(id), count(*), sum(x), group_concat(name, '-') FROM t WHERE id < 20"),
);
show('json', db.exec(`SELECT json_extract('{"a":[1,2,{"b":3.5}]}', '$.a[2].b')`));
await fails('error', () => db.exec('SELECT nothing FROM nowhere'));
show('file', db.export().length);
