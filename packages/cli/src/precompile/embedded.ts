/**
 * Modules inside of other files: as they are, compressed, or in the text of a script or page as base64 (also in data
 * URLs), as a list of numbers, as hexadecimal digits, or as a string with one character for each byte. Gets bytes, gives
 * the bytes of modules; what only looks like one is left out by whoever decodes it.
 */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** A module and how it was written. */
export interface Embedded {
  bytes: Uint8Array;
  form: 'file' | 'gzip' | 'brotli' | 'base64' | 'numbers' | 'hex' | 'string';
}

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** The longest that compressed data may become. */
const MOST = 1 << 28;

/** Does this begin as a core module does? */
export const isModule = (bytes: Uint8Array): boolean =>
  HEADER.every((byte, i) => bytes[i] === byte);

/** Decompresses, or gives undefined for what is not compressed. */
const attempt = (decompress: () => Uint8Array): Uint8Array | undefined => {
  try {
    return decompress();
  } catch {
    return undefined;
  }
};

const unzipped = (bytes: Uint8Array): Uint8Array | undefined =>
  bytes[0] === 0x1f && bytes[1] === 0x8b
    ? attempt(() => gunzipSync(bytes, { maxOutputLength: MOST }))
    : undefined;

/** How far behind a mark of its own a program may begin its module, as Pagefind does (`pagefind_dcd`). */
const MARK = 64;

/** The module that decompressed bytes are, or that follows a short mark in them. */
const unmarked = (bytes: Uint8Array): Uint8Array | undefined => {
  const start = bytes
    .subarray(0, MARK)
    .findIndex((_, i) => isModule(bytes.subarray(i, i + HEADER.length)));
  return start < 0 ? undefined : bytes.subarray(start);
};

/** The module that a whole file is, decompressed by its first bytes or by its name. */
export const wholeFile = (bytes: Uint8Array, name: string): Embedded | undefined => {
  if (isModule(bytes)) return { bytes, form: 'file' };
  const gzip = unzipped(bytes);
  const unpacked = gzip && unmarked(gzip);
  if (gzip !== undefined) return unpacked && { bytes: unpacked, form: 'gzip' };
  if (!name.endsWith('.br')) return undefined;
  const brotli = attempt(() => brotliDecompressSync(bytes, { maxOutputLength: MOST }));
  const module = brotli && unmarked(brotli);
  return module && { bytes: module, form: 'brotli' };
};

/**
 * Where one literal is continued by another, or by an escaped end of line. Items of a list are pieces of one text only
 * where they are long.
 */
const JOINT = String.raw`(?:["'\x60]\s*(?:\+\s*["'\x60]|,\s*["'\x60](?=[A-Za-z0-9+/_-]{40}))|\\\r?\n|\\n|\r?\n[ \t]*)`;
/** Base64 of a module's header, and of what gzip begins with. */
const BASE64 = new RegExp(`(?:AGFzbQEAAA|H4sI)[A-Za-z0-9+/_-]*(?:${JOINT}[A-Za-z0-9+/_-]+)*`, 'g');
const NUMBERS = new RegExp(
  ['0', '97', '115', '109', '1', '0', '0', '0']
    .map((text) => `0x0*${Number(text).toString(16)}|0*${text}`)
    .map((either) => `(?:${either})`)
    .join(String.raw`\s*,\s*`) + String.raw`(?:\s*,\s*(?:0x[0-9a-f]+|\d+))*`,
  'gi',
);
const HEX = /0061736d01000000(?:[0-9a-f]{2})*/gi;
const STRING = /(["'`])(?:\\0|\\x00|\\u0000|\0|\u0100)asm/g;

const ESCAPES: Readonly<Record<string, number>> = { b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/**
 * The bytes of a string literal, one for each of its characters (the low eight bits; Emscripten writes 256 for zero).
 * @param start after the quote
 */
function literalBytes(text: string, start: number, quote: string): Uint8Array {
  const bytes: number[] = [];
  for (let i = start; i < text.length && text[i] !== quote; i++) {
    if (text[i] !== '\\') {
      // A template reads the end of a line as one character.
      if (text[i] === '\r' && text[i + 1] === '\n') i++;
      bytes.push(text[i] === '\r' ? 10 : text.charCodeAt(i));
      continue;
    }
    const next = text[++i]!;
    const hex = { x: 2, u: 4 }[next];
    if (next === '\r' || next === '\n') {
      if (next === '\r' && text[i + 1] === '\n') i++;
    } else if (next === 'u' && text[i + 1] === '{') {
      const end = text.indexOf('}', i);
      bytes.push(Number.parseInt(text.slice(i + 2, end), 16));
      i = end;
    } else if (hex !== undefined) {
      bytes.push(Number.parseInt(text.slice(i + 1, i + 1 + hex), 16));
      i += hex;
    } else {
      bytes.push(ESCAPES[next] ?? next.charCodeAt(0));
    }
  }
  return Uint8Array.from(bytes);
}

/** Modules that a text has in it, in the order of their forms. */
export function* inText(text: string): Generator<Embedded> {
  for (const [found] of text.matchAll(BASE64)) {
    const plain = found
      .replace(new RegExp(JOINT, 'g'), '')
      .replaceAll('-', '+')
      .replaceAll('_', '/');
    const bytes = new Uint8Array(Buffer.from(plain, 'base64'));
    const gzip = unzipped(bytes);
    const module = isModule(bytes) ? bytes : gzip && unmarked(gzip);
    if (module !== undefined) yield { bytes: module, form: 'base64' };
  }
  for (const [found] of text.matchAll(NUMBERS))
    yield { bytes: Uint8Array.from(found.split(','), (item) => Number(item)), form: 'numbers' };
  for (const [found] of text.matchAll(HEX))
    yield { bytes: new Uint8Array(Buffer.from(found, 'hex')), form: 'hex' };
  for (const match of text.matchAll(STRING)) {
    const bytes = literalBytes(text, match.index + 1, match[1]!);
    if (isModule(bytes)) yield { bytes, form: 'string' };
  }
}
