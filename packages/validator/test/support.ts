import { parse } from '@bytecodealliance/jco';
import {
  decodeModule,
  InstructionReader,
  InvalidError,
  MalformedError,
  type Module,
  opcodeName,
  type WasmError,
} from '@wasm2js/decoder';
import { expect } from 'vitest';
import { type ValidateOptions, validateModule } from '../src/index.js';

/** Text (the fields of a module) or the bytes of a module. */
export type Source = string | Uint8Array;

/** Bytes of a module from text or bytes. */
export async function assemble(source: Source): Promise<Uint8Array> {
  return typeof source === 'string' ? await parse(`(module ${source})`) : source;
}

/** Decodes a module from text or bytes. */
export async function decode(source: Source): Promise<Module> {
  return decodeModule(await assemble(source));
}

/** Expects a module to be valid. */
export async function accepts(source: Source, options?: ValidateOptions): Promise<void> {
  validateModule(await decode(source), options);
}

/** What an error must say. */
export interface Fault {
  /** Start of the message, or a pattern. */
  message: string | RegExp;
  /** Function index; undefined when the fault is outside of functions. */
  func?: number;
  /** Mnemonic of the instruction at the error's offset, or the section that the offset is in. */
  at: string;
}

async function refuses(
  source: Source,
  errorClass: typeof WasmError,
  fault: Fault,
  options?: ValidateOptions,
): Promise<void> {
  const module = await decode(source);
  let error: unknown;
  try {
    validateModule(module, options);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(errorClass);
  const { message, func, offset } = error as WasmError;
  if (typeof fault.message === 'string') {
    expect(message.slice(0, fault.message.length)).toBe(fault.message);
  } else {
    expect(message).toMatch(fault.message);
  }
  expect(func).toBe(fault.func);
  expect(places(module, offset!)).toContain(fault.at);
}

/** Names of what is at an offset: the instruction and the section. */
function places(module: Module, offset: number): string[] {
  const names = module.sections
    .filter(({ range }) => range.start <= offset && offset <= range.end)
    .map(({ name }) => name);
  const reader = new InstructionReader(module.bytes, offset, module.bytes.length);
  try {
    if (reader.next()) names.push(opcodeName(reader.op));
  } catch {
    // not an instruction
  }
  return names;
}

/** Expects an `InvalidError`. */
export const rejects = (source: Source, fault: Fault, options?: ValidateOptions): Promise<void> =>
  refuses(source, InvalidError, fault, options);

/** Expects a `MalformedError` out of validation. */
export const malformed = (source: Source, fault: Fault): Promise<void> =>
  refuses(source, MalformedError, fault);

/** An unsigned LEB128 number. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
}

/** A section of the binary format. */
export const section = (id: number, content: number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];

/** The first eight bytes of a module. */
export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of one function `[] -> []` without locals, from the bytes of its body. */
export function moduleOf(body: number[], ...before: number[][]): Uint8Array {
  const code = [0, ...body];
  const prefix = [...HEADER, ...section(1, [1, 0x60, 0, 0]), ...section(3, [1, 0])];
  const entry = [1, ...leb(code.length)];
  const size = leb(entry.length + code.length);
  const head = [...prefix, ...before.flat(), 10, ...size, ...entry];
  const bytes = new Uint8Array(head.length + code.length);
  bytes.set(head);
  bytes.set(code, head.length);
  return bytes;
}
