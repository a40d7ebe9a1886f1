/** What tables hold that nothing changes after instantiation: gets a module, gives their functions by element. */
import { InstructionReader, type Module } from '@wasm2js/decoder';
import { AHEAD } from '../../ahead.js';
import { plainConstant } from '../../plain-constant.js';
import { TABLE_CHANGES, telling } from './module-facts.js';

/** By table: index of the function at each element that has one; undefined where the table can change. */
export type FixedTables = readonly (ReadonlyMap<number, number> | undefined)[];

const KNOWN = new WeakMap<Module, FixedTables>();

/** The contents of the tables that nothing can change. */
export function fixedTables(module: Module): FixedTables {
  let found = KNOWN.get(module);
  if (found === undefined) {
    found = find(module);
    KNOWN.set(module, found);
  }
  return found;
}

function find(module: Module): FixedTables {
  const tables = module.tableTypes.map((_, i): Map<number, number> | undefined =>
    i < module.importCounts.table || module.tables[i - module.importCounts.table]!.init
      ? undefined
      : new Map(),
  );
  for (const item of module.exports) if (item.kind === 'table') tables[item.index] = undefined;
  if (tables.every((table) => table === undefined)) return tables;
  const tells = AHEAD ? telling() : undefined;
  const reader = new InstructionReader(module.bytes, 0, 0);
  for (const { body } of module.funcs) {
    reader.reset(body.start, body.end);
    while (reader.next()) {
      if (AHEAD && tells![reader.op] === 0) continue;
      const operand = TABLE_CHANGES.get(reader.op);
      if (operand !== undefined) tables[reader[operand]] = undefined;
    }
  }
  for (const elem of module.elems) {
    if (elem.mode !== 'active') continue;
    const table = tables[elem.table];
    if (table === undefined) continue;
    const offset = plainConstant(module, elem.offsetExpr!);
    if (offset === undefined || elem.funcs === undefined) tables[elem.table] = undefined;
    else
      elem.funcs.forEach((func, i) => {
        table.set((offset >>> 0) + i, func);
      });
  }
  return tables;
}
