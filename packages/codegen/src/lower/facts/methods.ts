/**
 * Which functions a module puts into the fields of its structures: the methods in the virtual tables of object-oriented
 * languages. Gets the module, from one scan of all bodies and initialisers; what else gets into a field (by other
 * modules, from variables) is not known, so that this is a guess about what a call through a field calls.
 */
import { InstructionReader, type Module, opcodeId } from '@wasm2js/decoder';
import type { TypeTexts } from '../../types.js';

const REF_FUNC = opcodeId('ref.func');
const STRUCT_NEW = opcodeId('struct.new');
const STRUCT_SET = opcodeId('struct.set');
/** Other instructions that push one value and take none. */
const PUSHES = new Set(
  ['local.get', 'global.get', 'ref.null', 'i32.const', 'i64.const', 'f32.const', 'f64.const'].map(
    opcodeId,
  ),
);

export class Methods {
  /** By `type_field` (canonical): the functions that are put there. */
  private readonly put = new Map<string, Set<number>>();
  /** By field: the types of which such functions are known. */
  private readonly types = new Map<number, Set<number>>();

  constructor(
    private readonly module: Module,
    private readonly names: TypeTexts,
  ) {
    const reader = new InstructionReader(module.bytes, 0, 0);
    for (const { body } of module.funcs) this.scan(reader, body.start, body.end);
    for (const { init } of module.globals) this.scan(reader, init.start, init.end);
  }

  /** Functions in that field of a structure type, its supertypes and subtypes, in order. */
  of(type: number, field: number): number[] {
    const found = new Set<number>();
    for (const other of this.types.get(field) ?? [])
      if (this.isAbove(other, type) || this.isAbove(type, other))
        for (const func of this.put.get(`${other}_${field}`)!) found.add(func);
    return [...found].sort((a, b) => a - b);
  }

  /** Is a type the other one, or one of its supertypes? */
  private isAbove(above: number, type: number): boolean {
    const wanted = this.names.canonical(above);
    for (let at: number | undefined = type; at !== undefined; at = this.module.types[at]!.supers[0])
      if (this.names.canonical(at) === wanted) return true;
    return false;
  }

  private scan(reader: InstructionReader, start: number, end: number): void {
    // The functions that the last instructions have pushed, -1 for other values.
    let pushed: number[] = [];
    reader.reset(start, end);
    while (reader.next()) {
      const { op, x, y } = reader;
      if (op === REF_FUNC) pushed.push(x);
      else if (PUSHES.has(op)) pushed.push(-1);
      else if (op === STRUCT_NEW) {
        const { comp } = this.module.types[x]!;
        const count = comp.kind === 'struct' ? comp.fields.length : 0;
        const values = pushed.splice(Math.max(0, pushed.length - count));
        values.forEach((func, i) => {
          this.note(x, count - values.length + i, func);
        });
        pushed.push(-1);
      } else {
        if (op === STRUCT_SET) this.note(x, y, pushed[pushed.length - 1] ?? -1);
        pushed = [];
      }
    }
  }

  private note(type: number, field: number, func: number): void {
    if (func < 0) return;
    const canonical = this.names.canonical(type);
    const key = `${canonical}_${field}`;
    if (!this.put.has(key)) this.put.set(key, new Set());
    this.put.get(key)!.add(func);
    if (!this.types.has(field)) this.types.set(field, new Set());
    this.types.get(field)!.add(canonical);
  }
}
