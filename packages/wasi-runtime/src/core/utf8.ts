import { fail } from './errno.js';
import { decodeText } from './utf8-text.js';

export { encodeUtf8 } from './utf8-text.js';

/** What stands for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * Decodes UTF-8 strictly (no overlong forms, no surrogates, nothing past U+10FFFF).
 * Written out because a bare engine has no TextDecoder; guest strings are short.
 * @param lossy put U+FFFD for bytes that are not UTF-8, instead of throwing `EILSEQ`
 */
export function decodeUtf8(bytes: Uint8Array, lossy = false): string {
  return decodeText(bytes, lossy ? () => REPLACEMENT : () => fail('ILSEQ'));
}
