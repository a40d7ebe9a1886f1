/** Making modules for tests: from text, and byte by byte. */
import { parse } from '@bytecodealliance/jco';
import { decodeModule, InstructionReader, MalformedError, type Module } from '../src/index.js';

/** Assembles a module in the text format. */
export const assemble = async (wat: string): Promise<Uint8Array> =>
  new Uint8Array(await parse(wat));

/** Assembles and decodes a module. */
export const decodeText = async (wat: string): Promise<Module> => decodeModule(await assemble(wat));

/** An unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  while (value >= 0x80) {
    bytes.push((value % 0x80) + 0x80);
    value = Math.floor(value / 0x80);
  }
  return [...bytes, value];
}

/** A name: length and UTF-8. */
export function text(name: string): number[] {
  const bytes = [...new TextEncoder().encode(name)];
  return [...leb(bytes.length), ...bytes];
}

/** A section with the right size. */
export const section = (id: number, ...content: number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];

/** A custom section. */
export const custom = (name: string, ...content: number[]): number[] =>
  section(0, ...text(name), ...content);

export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of sections. */
export const moduleBytes = (...sections: number[][]): Uint8Array =>
  Uint8Array.from([...HEADER, ...sections.flat()]);

/** A reader over instructions alone. */
export const readerOf = (...bytes: number[]): InstructionReader =>
  new InstructionReader(Uint8Array.from(bytes), 0, bytes.length);

/** The `MalformedError` that an action throws; any other outcome fails the test. */
export function malformedBy(action: () => unknown): MalformedError {
  try {
    action();
  } catch (error) {
    if (error instanceof MalformedError) return error;
    throw error;
  }
  throw new Error('the bytes were accepted');
}
