/**
 * A module without code: what `WebAssembly.Module.imports`, `exports` and `customSections` read. It stands for a module
 * whose code is JavaScript, and is a tenth of it.
 */

/** Sections that are kept: custom ones, types, imports, functions, tables, memories, globals, exports, tags. */
const KEPT = new Set([0, 1, 2, 3, 4, 5, 6, 7, 13]);
/** Custom sections that only tools read. */
const TOOLS =
  /^(name|producers|target_features|sourceMappingURL|external_debug_info|linking|\.debug.*|reloc\..*)$/;

function leb(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  let shift = 1;
  for (;;) {
    const byte = bytes[at++]!;
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
    shift *= 128;
  }
}

/** @param bytes a valid module */
export function skeleton(bytes: Uint8Array): Uint8Array {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at]!;
    const [size, content] = leb(bytes, at + 1);
    at = content + size;
    if (!KEPT.has(id)) continue;
    if (id === 0) {
      const [length, name] = leb(bytes, content);
      if (TOOLS.test(Buffer.from(bytes.subarray(name, name + length)).toString())) continue;
    }
    parts.push(bytes.subarray(start, at));
  }
  return new Uint8Array(Buffer.concat(parts));
}
