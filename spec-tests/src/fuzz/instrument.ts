/** Exports the state of a module, so that it can be compared after each call. */

import { decodeModule } from '@wasm2js/decoder';
import { Encoder, Section } from '../run/encoder.js';

const MEMORY = 2;
const GLOBAL = 3;
const TAG_SECTION = 13;

/** Prefix of the names of the exports that are added. */
export const STATE = 'state:';

/**
 * Adds exports of all memories and, if wanted, all mutable globals (exported ones are lowered in
 * another way, so that both forms are worth testing).
 */
export function exportState(bytes: Uint8Array, globals: boolean): Uint8Array {
  const module = decodeModule(bytes);
  const added: [name: string, kind: number, index: number][] = [];
  module.memoryTypes.forEach((_, i) => {
    added.push([`${STATE}memory${i}`, MEMORY, i]);
  });
  module.globalTypes.forEach(({ mutable }, i) => {
    if (globals && mutable) added.push([`${STATE}global${i}`, GLOBAL, i]);
  });
  const section = new Encoder().u32(module.exports.length + added.length);
  const old = module.sections.find(({ id }) => id === Section.export);
  if (old) {
    let { start } = old.range;
    while (bytes[start]! & 0x80) start++;
    section.raw(bytes.subarray(start + 1, old.range.end));
  }
  for (const [name, kind, index] of added) section.name(name).byte(kind).u32(index);
  const out = new Encoder().raw(bytes.subarray(0, 8));
  let written = false;
  const write = () => {
    if (!written) out.byte(Section.export).sized(section);
    written = true;
  };
  for (const { id, range } of module.sections) {
    // Sections after the export section: start, element, data count, code, data; tags are before it.
    if (id > Section.export && id !== TAG_SECTION) write();
    if (id !== Section.export) {
      out
        .byte(id)
        .u32(range.end - range.start)
        .raw(bytes.subarray(range.start, range.end));
    }
  }
  write();
  return Uint8Array.from(out.bytes);
}
