/**
 * Reads what `WebAssembly.Module` tells of a module, without a compiler: imports, exports and custom sections.
 * The bytes are those of a valid module; of any others the result has no meaning, or a RangeError is thrown: lengths and
 * counts that lie cost no more than the bytes that are there.
 */

export type ExternKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

export interface ImportDescriptor {
  module: string;
  name: string;
  kind: ExternKind;
}
export interface ExportDescriptor {
  name: string;
  kind: ExternKind;
}

const KINDS: readonly ExternKind[] = ['function', 'table', 'memory', 'global', 'tag'];
const HEADER = 8;

/** Ids of sections. */
export const SECTION = { custom: 0, type: 1, import: 2, function: 3, export: 7, tag: 13 } as const;

/** Reads the primitives of the binary format. */
export class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  /** @throws RangeError at the end */
  byte(): number {
    if (this.at >= this.end) throw new RangeError('unexpected end');
    return this.bytes[this.at++]!;
  }

  /** An unsigned LEB128; above 2^53 rounded. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (!(byte & 128)) return value;
    }
  }

  /** @throws RangeError where it is longer than what there is */
  name(): string {
    const length = this.unsigned();
    if (length > this.end - this.at) throw new RangeError('unexpected end');
    this.at += length;
    return utf8(this.bytes, this.at - length, this.at);
  }

  /** Passes a value type. */
  skipType(): void {
    const code = this.byte();
    // `(ref null? heap)`, and an exact one.
    if (code !== 0x63 && code !== 0x64) return;
    if (this.byte() === 0x62) this.unsigned();
    else {
      this.at--;
      this.unsigned();
    }
  }

  /** Passes limits. */
  skipLimits(): void {
    const flags = this.byte();
    this.unsigned();
    if (flags & 1) this.unsigned();
    if (flags & 8) this.unsigned();
  }
}

/** Text of bytes that are UTF-8. Hosts need not have a TextDecoder. */
function utf8(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; ) {
    const first = bytes[i++]!;
    const more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more === 0 ? first : first & (63 >> more);
    for (let k = 0; k < more; k++) code = (code << 6) | (bytes[i++]! & 63);
    text += String.fromCodePoint(code);
  }
  return text;
}

/** The sections in order: id and content. */
export function* sections(bytes: Uint8Array): Generator<{ id: number; content: Reader }> {
  const reader = new Reader(bytes, HEADER);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    yield { id, content: new Reader(bytes, reader.at, reader.at + size) };
    reader.at += size;
  }
}

/** The content of a section that a module has at most once, with the number of its entries read. */
function* entries(bytes: Uint8Array, wanted: number): Generator<Reader> {
  for (const { id, content } of sections(bytes)) {
    if (id !== wanted) continue;
    for (let left = content.unsigned(); left > 0; left--) yield content;
  }
}

/** All imports of a module, in order. */
export function readImports(bytes: Uint8Array): ImportDescriptor[] {
  const found: ImportDescriptor[] = [];
  for (const content of entries(bytes, SECTION.import)) {
    const module = content.name();
    const name = content.name();
    const kind = content.byte();
    if (kind === 1) {
      content.skipType();
      content.skipLimits();
    } else if (kind === 2) content.skipLimits();
    else if (kind === 3) {
      content.skipType();
      content.byte();
    } else {
      if (kind === 4) content.byte();
      content.unsigned();
    }
    // An exact function has a kind of its own.
    found.push({ module, name, kind: KINDS[kind] ?? 'function' });
  }
  return found;
}

/** All exports of a module, in order. */
export function readExports(bytes: Uint8Array): ExportDescriptor[] {
  const found: ExportDescriptor[] = [];
  for (const content of entries(bytes, SECTION.export)) {
    const name = content.name();
    const kind = content.byte();
    content.unsigned();
    found.push({ name, kind: KINDS[kind]! });
  }
  return found;
}

/** Copies of the contents of the custom sections of a name, in order. */
export function readCustomSections(bytes: Uint8Array, wanted: string): ArrayBuffer[] {
  const found: ArrayBuffer[] = [];
  for (const { id, content } of sections(bytes)) {
    if (id === SECTION.custom && content.name() === wanted)
      found.push(bytes.slice(content.at, content.end).buffer as ArrayBuffer);
  }
  return found;
}
