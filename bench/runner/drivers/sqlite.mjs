/** SQLite through the glue of sql.js: a step fills a table, joins, groups and sorts. */
export default async ({ instantiate, load, program: { glue, args } }) => {
  const { default: initialise } = await load(glue);
  const SQL = await initialise({
    instantiateWasm(imports, done) {
      const exports = instantiate(imports);
      done({ exports });
      return exports;
    },
  });
  return () => {
    const db = new SQL.Database();
    db.run('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL, parent INTEGER)');
    const insert = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?)');
    for (let i = 0; i < Number(args[0]); i++)
      insert.run([i, `item ${(i * 7919) % 997}`, i * 0.25, i >> 3]);
    insert.free();
    db.run('CREATE INDEX by_name ON item (name, price)');
    const [found] = db.exec(`
      SELECT a.name, count(*), round(sum(b.price), 2) AS total
      FROM item a JOIN item b ON b.parent = a.id
      WHERE a.name LIKE '%1%' GROUP BY a.name ORDER BY total DESC LIMIT 20`);
    db.close();
    return JSON.stringify(found?.values);
  };
};
