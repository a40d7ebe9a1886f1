/** Data segments: as base64 in the text, or as ranges of one file. */
import type { DataSegment, Module } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';

/** Bytes of one piece of base64: a multiple of three, so that only the last piece is padded. */
const PIECE = 3 * 65536;

/** Where the bytes of segments are found at run time. */
export interface DataStore {
  /** Source of an expression that gives the bytes of a segment. */
  bytes(segment: DataSegment): string[];
  /** Contents of the data file, if there is one. */
  file: Uint8Array | undefined;
}

/** Segments as base64 literals, without the zeros at their ends. */
export function inlineData(ctx: ModuleContext): DataStore {
  return {
    file: undefined,
    bytes: ({ bytes: { start, end: segmentEnd } }) => {
      if (start === segmentEnd) return [ctx.helper('_empty')];
      let end = segmentEnd;
      while (end > start && ctx.module.bytes[end - 1] === 0) end--;
      const pieces: string[] = [`${ctx.helper('_base64')}([`];
      for (let at = start; at < end; at += PIECE) {
        const part = ctx.module.bytes.subarray(at, Math.min(end, at + PIECE));
        const text = Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64');
        pieces.push(`${at === start ? '' : ', '}'${text}'`);
      }
      pieces.push(`], ${segmentEnd - start})`);
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
