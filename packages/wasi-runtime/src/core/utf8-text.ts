/**
 * UTF-8 in both directions, for engines that have nothing for it: gets and gives whole texts. Imports nothing, since
 * every built component carries it.
 */

/**
 * Decodes UTF-8 (no overlong forms, no surrogates, nothing past U+10FFFF).
 * @param invalid gives what stands for bytes that are none, or throws; it is asked once for each longest piece that
 *   could have begun a character, as the Encoding Standard has it (WHATWG, 4.1 and 8.1.1)
 */
export function decodeText(bytes: Uint8Array, invalid: () => string): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i++]!;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const more = lead < 0xc2 || lead > 0xf4 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let code = lead & (63 >> Math.max(0, more));
    let seen = 0;
    while (seen < more && (bytes[i]! & 0xc0) === 0x80) {
      // The first byte behind these bounds what may follow: no long forms, no surrogates.
      const low = seen > 0 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const high = seen > 0 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (bytes[i]! < low || bytes[i]! > high) break;
      code = (code << 6) | (bytes[i++]! & 63);
      seen++;
    }
    text += seen === more ? String.fromCodePoint(code) : invalid();
  }
  return text;
}

/** Encodes text as UTF-8; a lone surrogate becomes U+FFFD, as TextEncoder does. */
export function encodeUtf8(text: string): Uint8Array {
  const plain = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return encodeWide(text);
    plain[i] = code;
  }
  return plain;
}

/** The same for a text that is not ASCII alone. */
function encodeWide(text: string): Uint8Array {
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
