import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fails, show } from '../sample.mjs';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm');
const folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
const db = new Database(join(folder, 'a.db'));
db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, big INTEGER, data BLOB)');
for (let i = 0; i < 50; i++)
  db.run('INSERT INTO t (big, data) VALUES (?, ?)', [
    BigInt(i) * 2n ** 53n,
    Buffer.from([i, i + 1]),
  ]);
show(
  'rows',
  db
    .all('SELECT id, big / 3 AS third, hex(data) AS h FROM t WHERE id % 9 = 0')
    .map((row) => JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))),
);
db.function('twice', (x) => x * 2);
show('function', db.get('SELECT twice(21) AS x'));
await fails('error', () => db.exec('SELECT FROM'));
db.close();
const again = new Database(join(folder, 'a.db'));
show('again', again.get('SELECT count(*) AS n, sum(length(data)) AS l FROM t'));
again.close();
rmSync(folder, { recursive: true });
