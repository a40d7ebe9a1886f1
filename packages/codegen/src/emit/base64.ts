/** Base64, on any host. */

const DIGITS = Uint8Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  (digit) => digit.charCodeAt(0),
);
const PADDING = 61;
const DECODER = new TextDecoder();

/** The Base64 text of some bytes (RFC 4648, section 4). */
export function base64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text[at++] = DIGITS[word >> 18]!;
    text[at++] = DIGITS[(word >> 12) & 63]!;
    text[at++] = left > 1 ? DIGITS[(word >> 6) & 63]! : PADDING;
    text[at++] = left > 2 ? DIGITS[word & 63]! : PADDING;
  }
  return DECODER.decode(text);
}
