/**
 * Checker modules: WebAssembly modules that import what a script tests with its exact type, call it
 * with the constant arguments and compare the results' bits with integer instructions, so that no
 * result passes through a JS number on its way to the verdict.
 *
 * A checker has one exported function `() -> i32` for each action, named by its position; it returns
 * 1 if the results are as expected. The type section of the tested module is copied in front, so that
 * imported types keep their indices.
 */

import {
  type FuncType,
  type GlobalType,
  Heap,
  heapOf,
  isNullable,
  isRef,
  type Module,
  type ValType,
} from '@wasm2js/decoder';
import type { Action, Const, NumPattern, Pattern, RefPattern } from '../script/commands.js';
import { Encoder, ExternCode, Section } from './encoder.js';

/** An action with its expected results; undefined results are dropped. */
export interface Check {
  action: Action;
  expected: Pattern[] | undefined;
}

/** A checker, and for each action why it cannot be checked (its function returns 0 then). */
export interface Checker {
  bytes: Uint8Array;
  errors: (string | undefined)[];
}

/** The script asks for something that the tested module does not have. */
class CheckError extends Error {}

/** Name under which a checker imports the tested instance. */
export const SUBJECT = 'subject';
/** Name under which a checker imports the functions of the runner. */
export const RUNNER = 'runner';

const I32 = 0x7f;
const I64 = 0x7e;
const EXTERNREF = 0x6f;

/** Functions that every checker imports from the runner, with their types. */
const RUNNER_FUNCS = [
  /** The host reference with a number. */
  { name: 'ref', params: [I32], results: [EXTERNREF] },
  /** Is this the host reference with that number? */
  { name: 'isRef', params: [EXTERNREF, I32], results: [I32] },
  /** Tells the bits of an unexpected result. */
  { name: 'report32', params: [I32], results: [] },
  { name: 'report64', params: [I64], results: [] },
] as const;
const RunnerFunc = { ref: 0, isRef: 1, report32: 2, report64: 3 } as const;

const HEAP_BY_TEST: Record<string, number> = {
  i31: Heap.i31,
  struct: Heap.struct,
  array: Heap.array,
  eq: Heap.eq,
};

const NUM_TYPES: Record<string, ValType> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** Builds the checker of a sequence of actions on an instance of `module`. */
export function buildChecker(module: Module, checks: Check[]): Checker {
  return new CheckerBuilder(module).build(checks);
}

class CheckerBuilder {
  private readonly exports: Map<string, Module['exports'][number]>;
  private readonly imports = new Encoder();
  private importCount = 0;
  private funcs = RUNNER_FUNCS.length;
  private globals = 0;
  private readonly funcIndex = new Map<string, number>();
  private readonly globalIndex = new Map<string, number>();
  private readonly ownTypes: number;

  constructor(private readonly module: Module) {
    this.exports = new Map(module.exports.map((item) => [item.name, item]));
    this.ownTypes = module.types.length;
    RUNNER_FUNCS.forEach(({ name }, i) => {
      this.import(RUNNER, name, new Encoder().byte(ExternCode.func).u32(this.ownTypes + i));
    });
  }

  build(checks: Check[]): Checker {
    const errors: Checker['errors'] = [];
    const bodies = checks.map((check, i) => {
      try {
        return this.body(check);
      } catch (error) {
        if (!(error instanceof CheckError)) throw error;
        errors[i] = error.message;
        return new Encoder().byte(0, 0x41, 0, 0x0b); // no locals, i32.const 0, end
      }
    });
    const checkType = this.ownTypes + RUNNER_FUNCS.length;
    const funcs = new Encoder().u32(checks.length);
    const exports = new Encoder().u32(checks.length);
    const code = new Encoder().u32(checks.length);
    bodies.forEach((body, i) => {
      funcs.u32(checkType);
      exports
        .name(`${i}`)
        .byte(ExternCode.func)
        .u32(this.funcs + i);
      code.sized(body);
    });
    const imports = new Encoder().u32(this.importCount).raw(this.imports.bytes);
    const out = new Encoder().byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    for (const [id, section] of [
      [Section.type, this.types()],
      [Section.import, imports],
      [Section.func, funcs],
      [Section.export, exports],
      [Section.code, code],
    ] as const) {
      out.byte(id).sized(section);
    }
    return { bytes: Uint8Array.from(out.bytes), errors };
  }

  /** The tested module's recursion groups as they are, then the types of this checker. */
  private types(): Encoder {
    const { module } = this;
    const groups = new Set(module.types.map((type) => type.groupStart)).size;
    const section = module.sections.find(({ id }) => id === Section.type);
    const out = new Encoder().u32(groups + RUNNER_FUNCS.length + 1);
    if (section) {
      let { start } = section.range;
      while (module.bytes[start]! & 0x80) start++;
      out.raw(module.bytes.subarray(start + 1, section.range.end));
    }
    for (const { params, results } of [...RUNNER_FUNCS, { params: [], results: [I32] }]) {
      out
        .byte(0x60)
        .u32(params.length)
        .byte(...params);
      out.u32(results.length).byte(...results);
    }
    return out;
  }

  private import(module: string, name: string, desc: Encoder): void {
    this.importCount++;
    this.imports.name(module).name(name).raw(desc.bytes);
  }

  /** Finds an export, imports it once, and gives its index in the checker. */
  private subject(name: string, kind: 'func' | 'global'): { index: number; at: number } {
    const item = this.exports.get(name);
    if (item?.kind !== kind) throw new CheckError(`the module exports no ${kind} "${name}"`);
    const known = kind === 'func' ? this.funcIndex : this.globalIndex;
    let at = known.get(name);
    if (at === undefined) {
      const desc = new Encoder().byte(ExternCode[kind]);
      if (kind === 'func') {
        desc.u32(this.module.funcTypes[item.index]!);
        at = this.funcs++;
      } else {
        const { type, mutable } = this.module.globalTypes[item.index] as GlobalType;
        desc.valType(type).byte(mutable ? 1 : 0);
        at = this.globals++;
      }
      known.set(name, at);
      this.import(SUBJECT, name, desc);
    }
    return { index: item.index, at };
  }

  private body({ action, expected }: Check): Encoder {
    const code = new Encoder();
    const results = this.call(code, action);
    const locals = new Encoder().u32(results.length);
    for (const type of results) locals.u32(1).valType(type);
    for (let i = results.length - 1; i >= 0; i--) code.byte(0x21).u32(i);
    if (expected && expected.length !== results.length) {
      throw new CheckError(`${expected.length} results expected, the type has ${results.length}`);
    }
    expected?.forEach((pattern, i) => {
      this.match(code, pattern, i, results[i]!);
      code.byte(0x45, 0x04, 0x40); // i32.eqz, if
      this.report(code, i, results[i]!);
      code.byte(0x41, 0, 0x0f, 0x0b); // i32.const 0, return, end
    });
    code.byte(0x41, 1, 0x0b); // i32.const 1, end
    return new Encoder().raw(locals.bytes).raw(code.bytes);
  }

  /** The instructions of an action; gives the types that it leaves on the stack. */
  private call(code: Encoder, action: Action): ValType[] {
    if (action.kind === 'get') {
      const { index, at } = this.subject(action.field, 'global');
      code.byte(0x23).u32(at);
      return [this.module.globalTypes[index]!.type];
    }
    const { index, at } = this.subject(action.field, 'func');
    const type = this.module.types[this.module.funcTypes[index]!]!.comp as FuncType;
    if (type.params.length !== action.args.length) {
      throw new CheckError(`${action.args.length} arguments for ${type.params.length} parameters`);
    }
    action.args.forEach((arg, i) => {
      this.constant(code, arg, type.params[i]!);
    });
    code.byte(0x10).u32(at);
    return type.results;
  }

  private constant(code: Encoder, value: Const, type: ValType): void {
    if (value.kind === 'ref') {
      this.constantRef(code, value, type);
      return;
    }
    const words = value.words.map(({ bits }) => BigInt(bits));
    switch (value.type) {
      case 'i32':
        code.byte(0x41).signed(BigInt.asIntN(32, words[0]!));
        break;
      case 'i64':
        code.byte(0x42).signed(BigInt.asIntN(64, words[0]!));
        break;
      case 'f32':
        code.byte(0x43).fixed(words[0]!, 32);
        break;
      case 'f64':
        code.byte(0x44).fixed(words[0]!, 64);
        break;
      case 'v128':
        code.byte(0xfd, 0x0c).fixed(words[0]!, 64).fixed(words[1]!, 64);
        break;
    }
  }

  private constantRef(code: Encoder, { test, value }: RefPattern, type: ValType): void {
    if (test === 'null') {
      code.byte(0xd0).heapType(heapOf(type));
      return;
    }
    if (value === undefined) throw new CheckError(`(ref.${test}) is not a constant`);
    code.byte(0x41).signed(BigInt(value));
    code.byte(0x10).u32(RunnerFunc.ref);
    if (test === 'host') code.byte(0xfb, 0x1a); // any.convert_extern
    if (!isNullable(type)) code.byte(0xd4); // ref.as_non_null
  }

  /** Leaves 1 on the stack if a local matches the pattern, else 0. */
  private match(code: Encoder, pattern: Pattern, local: number, type: ValType): void {
    if (pattern.kind === 'either') {
      pattern.of.forEach((alternative, i) => {
        this.match(code, alternative, local, type);
        if (i > 0) code.byte(0x72); // i32.or
      });
    } else if (pattern.kind === 'ref') this.matchRef(code, pattern, local, type);
    else this.matchWords(code, pattern, local, type);
  }

  private matchWords(code: Encoder, pattern: NumPattern, local: number, type: ValType): void {
    if (NUM_TYPES[pattern.type] !== type) throw new CheckError(`the result is no ${pattern.type}`);
    pattern.words.forEach(({ size, bits, mask }, i) => {
      this.word(code, local, type, i);
      const constant = (text: string) =>
        code.byte(size === 32 ? 0x41 : 0x42).signed(BigInt.asIntN(size, BigInt(text)));
      if (BigInt(mask) !== (1n << BigInt(size)) - 1n) {
        constant(mask);
        code.byte(size === 32 ? 0x71 : 0x83); // and
      }
      constant(bits);
      code.byte(size === 32 ? 0x46 : 0x51); // eq
      if (i > 0) code.byte(0x71); // i32.and
    });
  }

  /** Pushes a word of a number or vector as an integer. */
  private word(code: Encoder, local: number, type: ValType, index: number): void {
    code.byte(0x20).u32(local);
    if (type === NUM_TYPES['f32'])
      code.byte(0xbc); // i32.reinterpret_f32
    else if (type === NUM_TYPES['f64'])
      code.byte(0xbd); // i64.reinterpret_f64
    else if (type === NUM_TYPES['v128']) code.byte(0xfd, 0x1d, index); // i64x2.extract_lane
  }

  private matchRef(code: Encoder, pattern: RefPattern, local: number, type: ValType): void {
    const { test, value } = pattern;
    if (!isRef(type)) throw new CheckError('the result is no reference');
    code.byte(0x20).u32(local);
    const heap = HEAP_BY_TEST[test];
    if (value !== undefined) {
      if (test === 'host') code.byte(0xfb, 0x1b); // extern.convert_any
      code.byte(0x41).signed(BigInt(value));
      code.byte(0x10).u32(RunnerFunc.isRef);
    } else if (test === 'null')
      code.byte(0xd1); // ref.is_null
    else if (heap !== undefined)
      code.byte(0xfb, 0x14).heapType(heap); // ref.test
    else code.byte(0xd1, 0x45); // ref.is_null, i32.eqz
  }

  /** Reports the words of a local. */
  private report(code: Encoder, local: number, type: ValType): void {
    if (isRef(type)) return;
    const size = type === NUM_TYPES['i32'] || type === NUM_TYPES['f32'] ? 32 : 64;
    for (let i = 0; i < (type === NUM_TYPES['v128'] ? 2 : 1); i++) {
      this.word(code, local, type, i);
      code.byte(0x10).u32(size === 32 ? RunnerFunc.report32 : RunnerFunc.report64);
    }
  }
}
