/**
 * Which small functions call each other in circles: gets a module, says which calls are worth inlining by hand. An
 * engine's frame has a fixed part that small functions mostly consist of (eleven words on V8, of fourteen that a
 * recursive Fibonacci takes), and interpreters never inline, so a frame for two levels makes recursion go deeper.
 * For interpreters a call of a tiny function is worth it as well, of one that only calls another above all.
 */

import {
  type FuncType,
  I32,
  I64,
  InstructionReader,
  type Module,
  opcodeId,
} from '@wasm2js/decoder';
import { AHEAD } from '../../ahead.js';
import type { ModuleContext } from '../../context.js';
import { type FixedTables, fixedTables } from './fixed-tables.js';

const CALL = opcodeId('call');
const CALL_INDIRECT = opcodeId('call_indirect');
const LOCAL_GET = opcodeId('local.get');
const END = opcodeId('end');
/** What is not copied into another function: ways out that belong to a function, handlers, tables of branches. */
const REFUSED = new Set(
  [
    'return_call',
    'return_call_indirect',
    'return_call_ref',
    'try',
    'try_table',
    'throw',
    'throw_ref',
    'rethrow',
    'delegate',
    'br_table',
  ].map(opcodeId),
);

/** Bytes of bodies that are small, and of all that one function takes in. */
const SMALL = 240;
const TAKEN = 320;
/** Bytes of a body that costs an interpreter less than the call of it. */
const TINY = 48;
/** So many functions that only call another are passed by. */
const CHAIN = 4;

/** Callees that engines still inline where one of so many is called. */
const FEW = 4;

/** A function that a table has at an element. */
export interface Entry {
  element: number;
  func: number;
}

/** What a function calls: functions, and types through tables (`table_type`, the type canonical). */
interface Calls {
  funcs: Set<number>;
  indirect: Set<string>;
}

export class Recursion {
  /** By index of a small function in a circle: the number of that circle. */
  private readonly circles = new Map<number, number>();
  private readonly tables: FixedTables;
  private readonly entries = new Map<string, Entry[]>();
  private readonly few = new Map<string, readonly Entry[] | undefined>();
  private readonly calls = new Map<number, Calls>();
  /** Functions that may be copied into others and call none of themselves. */
  private readonly tiny = new Set<number>();
  private readonly forwards = new Map<number, number>();

  /** @throws MalformedError when a body is not a sequence of instructions */
  constructor(private readonly ctx: ModuleContext) {
    this.tables = fixedTables(ctx.module);
    const callees = new Map<number, number[]>();
    const { module } = ctx;
    const reader = new InstructionReader(module.bytes, 0, 0);
    for (let i = 0; i < module.funcs.length; i++) {
      const index = module.importCounts.func + i;
      const found = this.calleesOf(reader, index);
      if (found !== undefined) callees.set(index, found);
    }
    this.findCircles(callees);
    if (AHEAD && ctx.costs.inlines)
      for (const index of callees.keys())
        if (sizeOf(module, index) <= TINY && !this.circles.has(index)) {
          this.tiny.add(index);
          const other = this.forwardOf(reader, index);
          if (other !== undefined) this.forwards.set(index, other);
        }
  }

  /** The function that a call comes to at last, by way of functions that only call another with what they are given. */
  target(callee: number): number {
    let found = callee;
    for (let i = 0; i < CHAIN; i++) found = this.forwards.get(found) ?? found;
    return found;
  }

  /** The function that another one only calls, if that is all it does. */
  private forwardOf(reader: InstructionReader, index: number): number | undefined {
    const { module } = this.ctx;
    const { body } = module.funcs[index - module.importCounts.func]!;
    const type = this.ctx.types.canonical(module.funcTypes[index]!);
    const { params } = module.types[module.funcTypes[index]!]!.comp as FuncType;
    reader.reset(body.start, body.end, index);
    for (let i = 0; i < params.length; i++)
      if (!reader.next() || reader.op !== LOCAL_GET || reader.x !== i) return undefined;
    if (!reader.next() || reader.op !== CALL) return undefined;
    const found = reader.x;
    const same = this.ctx.types.canonical(module.funcTypes[found]!) === type;
    return reader.next() && reader.op === END && same ? found : undefined;
  }

  /** How many bytes of a call are worth inlining; 0: it is to stay a call. */
  taken(caller: number, callee: number, already: number): number {
    const circle = this.circles.get(callee);
    const isOwn = circle !== undefined && this.circles.get(caller) === circle;
    if (!isOwn && !this.tiny.has(callee)) return 0;
    const size = sizeOf(this.ctx.module, callee);
    return already + size <= TAKEN ? size : 0;
  }

  /** The only function of a type that a table has, where that never changes. */
  onlyEntry(table: number, type: number): Entry | undefined {
    const entries = this.entriesOf(table, type);
    return entries.length === 1 ? entries[0] : undefined;
  }

  /**
   * The functions of a type that a table has, where that never changes, they are few, and one of them can come to
   * calling through the table again: callers choose among them without a frame in between.
   */
  fewEntries(table: number, type: number): readonly Entry[] | undefined {
    const key = this.keyOf(table, type);
    if (!this.few.has(key)) {
      const entries = this.entriesOf(table, type);
      const isFew = entries.length > 0 && entries.length <= FEW;
      this.few.set(key, isFew && this.comesBack(key, entries) ? entries : undefined);
    }
    return this.few.get(key);
  }

  private keyOf(table: number, type: number): string {
    return `${table}_${this.ctx.types.canonical(type)}`;
  }

  /** The functions of a type that a table has; none where that can change. */
  private entriesOf(table: number, type: number): Entry[] {
    const { ctx } = this;
    const key = this.keyOf(table, type);
    let found = this.entries.get(key);
    if (found === undefined) {
      const canonical = ctx.types.canonical(type);
      found = [...(this.tables[table] ?? [])]
        .filter(([, func]) => ctx.types.canonical(ctx.module.funcTypes[func]!) === canonical)
        .map(([element, func]) => ({ element, func }));
      this.entries.set(key, found);
    }
    return found;
  }

  /** Does one of these functions, or what it calls directly, call through the table? */
  private comesBack(key: string, entries: readonly Entry[]): boolean {
    const seen = new Set(entries.map(({ func }) => func));
    for (const index of seen) {
      const { funcs, indirect } = this.callsOf(index);
      if (indirect.has(key)) return true;
      for (const callee of funcs) seen.add(callee);
    }
    return false;
  }

  private callsOf(index: number): Calls {
    let found = this.calls.get(index);
    if (found !== undefined) return found;
    found = { funcs: new Set(), indirect: new Set() };
    this.calls.set(index, found);
    const { module } = this.ctx;
    if (index < module.importCounts.func) return found;
    const { body } = module.funcs[index - module.importCounts.func]!;
    const reader = new InstructionReader(module.bytes, body.start, body.end, index);
    while (reader.next()) {
      if (reader.op === CALL) found.funcs.add(reader.x);
      else if (reader.op === CALL_INDIRECT) found.indirect.add(this.keyOf(reader.y, reader.x));
    }
    return found;
  }

  /** The functions that a small one calls; undefined where it is not small or not to be copied. */
  private calleesOf(reader: InstructionReader, index: number): number[] | undefined {
    const { module } = this.ctx;
    const { body, locals } = module.funcs[index - module.importCounts.func]!;
    if (sizeOf(module, index) > SMALL || locals.some(({ count }) => count > SMALL))
      return undefined;
    const { params, results } = module.types[module.funcTypes[index]!]!.comp as FuncType;
    if (![...params, ...results].every((type) => type === I32 || type === I64)) return undefined;
    const found: number[] = [];
    reader.reset(body.start, body.end, index);
    while (reader.next()) {
      if (REFUSED.has(reader.op)) return undefined;
      if (reader.op === CALL) found.push(reader.x);
      else if (reader.op === CALL_INDIRECT) {
        const entry = this.onlyEntry(reader.y, reader.x);
        if (entry !== undefined) found.push(entry.func);
      }
    }
    return found;
  }

  /** Tarjan's strongly connected components, without recursion. */
  private findCircles(callees: ReadonlyMap<number, readonly number[]>): void {
    const numbers = new Map<number, number>();
    const lowest = new Map<number, number>();
    const open: number[] = [];
    const isOpen = new Set<number>();
    let circles = 0;
    const close = (root: number): void => {
      // From the end: that far back only what belongs to the circle stands.
      const members = open.splice(open.lastIndexOf(root));
      for (const member of members) isOpen.delete(member);
      if (members.length === 1 && !callees.get(root)!.includes(root)) return;
      circles++;
      for (const member of members) this.circles.set(member, circles);
    };
    for (const start of callees.keys()) {
      if (numbers.has(start)) continue;
      const work = [{ index: start, next: 0 }];
      for (let item = work.at(-1); item !== undefined; item = work.at(-1)) {
        const { index } = item;
        if (item.next === 0) {
          lowest.set(index, numbers.size);
          numbers.set(index, numbers.size);
          open.push(index);
          isOpen.add(index);
        }
        const callee = callees.get(index)![item.next++];
        if (callee !== undefined) {
          if (!callees.has(callee)) continue;
          if (!numbers.has(callee)) work.push({ index: callee, next: 0 });
          else if (isOpen.has(callee))
            lowest.set(index, Math.min(lowest.get(index)!, numbers.get(callee)!));
          continue;
        }
        work.pop();
        if (lowest.get(index) === numbers.get(index)) close(index);
        const outer = work.at(-1);
        if (outer !== undefined)
          lowest.set(outer.index, Math.min(lowest.get(outer.index)!, lowest.get(index)!));
      }
    }
  }
}

/** Bytes of a defined function's body. */
function sizeOf({ funcs, importCounts }: Module, index: number): number {
  const { body } = funcs[index - importCounts.func]!;
  return body.end - body.start;
}
