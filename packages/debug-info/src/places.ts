/** What all kinds of debugging information give: the source place of an instruction. */

import type { FuncDef } from '@wasm2js/decoder';

/** Where code comes from. */
export interface Places {
  /** What the information is: for messages. */
  readonly kind: 'dwarf' | 'source map' | 'listing';
  /** URLs or relative paths of the sources, as they are written into a map. */
  readonly sources: readonly string[];
  /** Their text, where the information has it: by index; undefined where there is none at all. */
  readonly contents?: readonly (Iterable<string> | string | undefined)[] | undefined;
  /** What {@link find} has found: index into `sources`, line and column from 0 on. */
  readonly source: number;
  readonly line: number;
  readonly column: number;
  /** The function that the place is in, where it is another one than the code is in: an inlined one. */
  readonly name: string | undefined;
  /**
   * Finds the place of an instruction.
   * @param offset of the instruction in the module
   * @param func that it is in: what is known of others does not count
   * @returns false where none is known
   */
  find(offset: number, func: FuncDef): boolean;
  /** The name of a function, if the information has one. */
  functionName(func: FuncDef): string | undefined;
}

/** The bytes of a custom section behind its name; of several the first. */
export function customSection(
  module: {
    bytes: Uint8Array;
    sections: readonly { id: number; name: string; range: { start: number; end: number } }[];
  },
  name: string,
): Uint8Array | undefined {
  const found = module.sections.find((section) => section.id === 0 && section.name === name);
  if (found === undefined) return undefined;
  const { start, end } = found.range;
  // The name: its length as LEB128, and its bytes.
  let pos = start;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = module.bytes[pos++]!;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return module.bytes.subarray(pos + length, end);
}
