/** Data segments: as literals in the text, or as ranges of one file. */
import type { DataSegment, Module } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { DataText } from './data-text.js';

/** Bytes of one literal: a multiple of three, so that only the last one of base64 is padded. */
const PIECE = 3 * 65536;

/** Where the bytes of segments are found at run time. */
export interface DataStore {
  /** Source of an expression that gives the bytes of a segment. */
  bytes(segment: DataSegment): string[];
  /** Statement of the module that the expressions need. */
  declaration: string;
  /** Contents of the data file, if there is one. */
  file: Uint8Array | undefined;
}

/** Bytes of data from which on the table of `DataText` pays. */
const TEXT_FROM = 400;

/** Segments as literals, without the zeros at their ends. */
export function inlineData(ctx: ModuleContext): DataStore {
  const { module } = ctx;
  const stored = ({ bytes: { start, end } }: DataSegment): Uint8Array => {
    while (end > start && module.bytes[end - 1] === 0) end--;
    return module.bytes.subarray(start, end);
  };
  const all = module.datas.map(stored);
  const long = all.reduce((sum, bytes) => sum + bytes.length, 0) >= TEXT_FROM;
  const text = long ? new DataText(all) : undefined;
  const encode = (part: Uint8Array): string =>
    text?.encode(part) ?? Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64');
  return {
    file: undefined,
    declaration:
      text === undefined
        ? ''
        : `const _codes=${ctx.helper('_byte_codes')}('${text.freed}',[${text.taking.join()}]);\n`,
    bytes: (segment) => {
      const { start, end } = segment.bytes;
      if (start === end) return [ctx.helper('_empty')];
      const bytes = stored(segment);
      const pieces: string[] = [
        text === undefined ? `${ctx.helper('_base64')}([` : `${ctx.helper('_text_bytes')}(_codes,[`,
      ];
      for (let at = 0; at < bytes.length; at += PIECE)
        pieces.push(`${at === 0 ? '' : ','}'${encode(bytes.subarray(at, at + PIECE))}'`);
      pieces.push(`],${end - start})`);
      return pieces;
    },
  };
}

/** Segments as ranges of one file, which `_file` holds. */
export function fileData(ctx: ModuleContext): DataStore {
  const offsets = new Map<DataSegment, number>();
  let length = 0;
  for (const segment of ctx.module.datas) {
    offsets.set(segment, length);
    length += segment.bytes.end - segment.bytes.start;
  }
  return {
    file: concatenate(ctx.module, length),
    declaration: '',
    bytes: (segment) => {
      const from = offsets.get(segment)!;
      const to = from + segment.bytes.end - segment.bytes.start;
      return [from === to ? ctx.helper('_empty') : `_file.subarray(${from}, ${to})`];
    },
  };
}

function concatenate(module: Module, length: number): Uint8Array {
  const file = new Uint8Array(length);
  let at = 0;
  for (const { bytes } of module.datas) {
    file.set(module.bytes.subarray(bytes.start, bytes.end), at);
    at += bytes.end - bytes.start;
  }
  return file;
}
