import { fail } from './errno.js';

/** What stands for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * Decodes UTF-8 strictly (no overlong forms, no surrogates, nothing past U+10FFFF).
 * Written out because a bare engine has no TextDecoder; guest strings are short.
 * @param lossy put U+FFFD for bytes that are not UTF-8, instead of throwing `EILSEQ`
 */
export function decodeUtf8(bytes: Uint8Array, lossy = false): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    const extra = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    const code = extra === 0 ? lead : multibyte(bytes, i, extra);
    if (code >= 0) {
      text += String.fromCodePoint(code);
      i += extra + 1;
    } else {
      if (!lossy) fail('ILSEQ');
      text += REPLACEMENT;
      i++;
    }
  }
  return text;
}

/** The code point of a sequence of `extra + 1` bytes at `start`; -1 when it is none. */
function multibyte(bytes: Uint8Array, start: number, extra: number): number {
  let code = bytes[start]! & (0x3f >> extra);
  if (bytes[start]! < 0xc2 || bytes[start]! > 0xf4) return -1;
  for (let k = 1; k <= extra; k++) {
    const next = bytes[start + k];
    if (next === undefined || (next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const least = extra === 3 ? 0x10000 : extra === 2 ? 0x800 : 0x80;
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least || code > 0x10ffff || surrogate ? -1 : code;
}

/** Encodes text as UTF-8; a lone surrogate becomes U+FFFD, as TextEncoder does. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) {
      bytes[n++] = code;
    } else if (code < 0x800) {
      bytes[n++] = 0xc0 | (code >> 6);
      bytes[n++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[n++] = 0xe0 | (code >> 12);
      bytes[n++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[n++] = 0x80 | (code & 0x3f);
    } else {
      bytes[n++] = 0xf0 | (code >> 18);
      bytes[n++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[n++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[n++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.slice(0, n);
}
