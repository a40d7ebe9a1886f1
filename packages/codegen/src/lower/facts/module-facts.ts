/**
 * What the lowering of one function needs to know about the others: which calls may grow a memory or
 * change a table, which functions make tail calls, which can be called from places that are not seen. One
 * scan of all bodies.
 */
import { InstructionReader, type Module, OPCODE_COUNT, opcodeId } from '@wasm2js/decoder';
import { AHEAD } from '../../ahead.js';
import type { Builtins } from '../../builtins.js';
import { callsOut } from '../../context.js';

const CALL = opcodeId('call');
const RETURN_CALL = opcodeId('return_call');
const REF_FUNC = opcodeId('ref.func');
const MEMORY_GROW = opcodeId('memory.grow');
/** Instructions that change a table, and which immediate says which. */
export const TABLE_CHANGES = new Map([
  [opcodeId('table.set'), 'x'],
  [opcodeId('table.grow'), 'x'],
  [opcodeId('table.fill'), 'x'],
  [opcodeId('table.copy'), 'x'],
  [opcodeId('table.init'), 'y'],
] as const);
const INDIRECT = new Set([
  opcodeId('call_indirect'),
  opcodeId('call_ref'),
  opcodeId('return_call_indirect'),
  opcodeId('return_call_ref'),
]);
const TAIL_INDIRECT = new Set([opcodeId('return_call_indirect'), opcodeId('return_call_ref')]);

/** By opcode: is there anything to learn from the instruction? Most tell nothing. */
export function telling(): Uint8Array {
  const found = new Uint8Array(OPCODE_COUNT + 1);
  for (const op of [CALL, RETURN_CALL, REF_FUNC, MEMORY_GROW, ...INDIRECT, ...TABLE_CHANGES.keys()])
    found[op] = 1;
  return found;
}

/** Marks the functions that call marked ones. @param callers by function index (their callees, where it is these that are marked) */
export function spread(marks: Uint8Array, callers: readonly (number[] | undefined)[]): void {
  const work: number[] = [];
  marks.forEach((mark, i) => {
    if (mark) work.push(i);
  });
  for (let index = work.pop(); index !== undefined; index = work.pop())
    for (const caller of callers[index] ?? [])
      if (!marks[caller]) {
        marks[caller] = 1;
        work.push(caller);
      }
}

export class ModuleFacts {
  /** By function index: may a call of it replace the view of a memory? */
  readonly grows: Uint8Array;
  /** By function index: has it a tail call to another function? */
  readonly tailCaller: Uint8Array;
  /** By function index: can it be called other than by a direct call (exported, referenced)? */
  readonly escapes: Uint8Array;
  /** May a call through a table or reference replace the view of a memory? */
  readonly indirectGrows: boolean;
  /** By table index: can it change after instantiation? */
  readonly tableChanges: boolean[];
  /** By function index: may a call of it change a table? */
  readonly changesTable: Uint8Array;
  /** May a call through a table or reference change a table? */
  readonly indirectChangesTable: boolean;
  /** By function index: may a call of it reach an import, which may suspend (found where that is asked for)? */
  readonly suspends: Uint8Array;
  /** By global index: so many of the low bits are always 0 (`alignments.ts`). */
  readonly aligned: number[] = [];
  /** Which way branches mostly go, by their offsets in the module: its branch hints. */
  readonly hints = new Map<number, boolean>();
  /** Is there a function with a tail call to another one? */
  readonly hasTailCallers: boolean;

  /** @throws MalformedError when a body is not a sequence of instructions */
  constructor(
    readonly module: Module,
    builtins: Builtins,
    suspendable: boolean,
  ) {
    for (const hints of module.branchHints?.values() ?? [])
      for (const [offset, likely] of hints) this.hints.set(offset, likely);
    const count = module.funcTypes.length;
    const imported = module.importCounts.func;
    this.grows = new Uint8Array(count);
    this.tailCaller = new Uint8Array(count);
    this.escapes = new Uint8Array(count);
    this.changesTable = new Uint8Array(count);
    this.tableChanges = module.tableTypes.map((_, i) => i < module.importCounts.table);
    for (const item of module.exports)
      if (item.kind === 'table') this.tableChanges[item.index] = true;
    const hasMemory = module.memoryTypes.length > 0;
    if (hasMemory) this.grows.fill(1, 0, imported);
    for (let i = 0; i < imported; i++) if (builtins.helperOf(i) !== undefined) this.grows[i] = 0;
    const callers: number[][] = [];
    const indirectCallers: number[] = [];
    const reader = new InstructionReader(module.bytes, 0, 0);
    const tells = AHEAD ? telling() : undefined;
    for (let i = 0; i < module.funcs.length; i++) {
      const index = imported + i;
      const { body } = module.funcs[i]!;
      reader.reset(body.start, body.end, index);
      let indirect = false;
      while (reader.next()) {
        const op = reader.op;
        if (AHEAD && tells![op] === 0) continue;
        if (op === CALL || op === RETURN_CALL) {
          (callers[reader.x] ??= []).push(index);
          if (op === RETURN_CALL && reader.x !== index) this.tailCaller[index] = 1;
        } else if (op === MEMORY_GROW) {
          this.grows[index] = 1;
        } else if (op === REF_FUNC) {
          this.escapes[reader.x] = 1;
        } else if (INDIRECT.has(op)) {
          indirect = true;
          if (TAIL_INDIRECT.has(op)) this.tailCaller[index] = 1;
        } else if (TABLE_CHANGES.has(op)) {
          this.changesTable[index] = 1;
          this.tableChanges[reader[TABLE_CHANGES.get(op)!]] = true;
        }
      }
      if (indirect) indirectCallers.push(index);
    }
    this.findEscapes();
    // Without memory.grow, only the host can grow a memory, and only while it is being called.
    const closed = !callsOut(module) && !this.grows.includes(1);
    this.indirectGrows = hasMemory && !closed;
    if (this.indirectGrows) for (const index of indirectCallers) this.grows[index] = 1;
    spread(this.grows, callers);
    // What is called unseen changes a table where anything can.
    this.indirectChangesTable = this.tableChanges.includes(true);
    if (this.indirectChangesTable) {
      for (let i = 0; i < imported; i++)
        if (builtins.helperOf(i) === undefined) this.changesTable[i] = 1;
      for (const index of indirectCallers) this.changesTable[index] = 1;
      spread(this.changesTable, callers);
    }
    this.suspends = new Uint8Array(count);
    if (suspendable) {
      for (let i = 0; i < imported; i++)
        if (builtins.helperOf(i) === undefined) this.suspends[i] = 1;
      for (const index of indirectCallers) this.suspends[index] = 1;
      spread(this.suspends, callers);
    }
    this.hasTailCallers = this.tailCaller.includes(1);
  }

  /** Functions named by exports, element segments and constant expressions. */
  private findEscapes(): void {
    const { module, escapes } = this;
    for (const item of module.exports) if (item.kind === 'func') escapes[item.index] = 1;
    const scan = (start: number, end: number) => {
      const reader = new InstructionReader(module.bytes, start, end);
      while (reader.next()) if (reader.op === REF_FUNC) escapes[reader.x] = 1;
    };
    for (const elem of module.elems) {
      for (const func of elem.funcs ?? []) escapes[func] = 1;
      for (const expr of elem.exprs ?? []) scan(expr.start, expr.end);
    }
    for (const global of module.globals) scan(global.init.start, global.init.end);
    for (const table of module.tables) if (table.init) scan(table.init.start, table.init.end);
  }
}
