import { file, show } from '../sample.mjs';

// Made for pages and workers.
globalThis.self = globalThis;
globalThis.location = new URL('http://127.0.0.1/');
const { default: sqlite3InitModule } = await import(
  '../node_modules/@sqlite.org/sqlite-wasm/sqlite-wasm/jswasm/sqlite3.mjs'
);
const sqlite3 = await sqlite3InitModule({
  wasmBinary: file('@sqlite.org/sqlite-wasm/sqlite-wasm/jswasm/sqlite3.wasm'),
  print() {},
  printErr() {},
});
show('version', sqlite3.version.libVersion);
const db = new sqlite3.oo1.DB(':memory:');
db.exec('CREATE TABLE t(a, b); CREATE VIRTUAL TABLE f USING fts5(x)');
for (let i = 0; i < 100; i++)
  db.exec({ sql: 'INSERT INTO t VALUES (?, ?)', bind: [i, `v${(i * 37) % 101}`] });
db.exec("INSERT INTO f VALUES ('the quick brown fox'), ('lazy dogs and foxes')");
// Functions of JavaScript's go into the module's table.
db.createFunction('plus', (_, a, b) => a + b);
show('rows', db.selectArrays('SELECT plus(a, 1000), b FROM t ORDER BY b LIMIT 5'));
show('search', db.selectValues("SELECT x FROM f WHERE f MATCH 'quick OR dogs' ORDER BY rank"));
show('bytes', sqlite3.capi.sqlite3_js_db_export(db).length);
db.close();
