/*
 * Functions on whole 64-bit words (`src/wide`): one of V8's machine operations for each, where V8 compiles.
 */

/** Words that live from one construct to the next, and what is converted; whoever uses them calls nothing. */
const _words = new BigUint64Array(64);
const _halves = new Int32Array(_words.buffer);
const _to_word = BigInt.asUintN;
const _to_signed_word = BigInt.asIntN;

/**
 * After how many calls and rounds a function continues in this form: never, but on V8 with its compilers. Its message
 * tells V8, `Error.isError` a version that keeps such words in registers, and WebAssembly of the host's own that it compiles.
 */
const _wide_after = _is_wide() ? 2000 : 1 / 0;
function _is_wide() {
  _words[0] = BigInt(1);
  if (_halves[0] !== 1 || !Error.isError || typeof WebAssembly !== 'object') return false;
  if (!/native code/.test(WebAssembly.Module)) return false;
  try {
    return null.x;
  } catch (error) {
    return /^Cannot read properties of null/.test(error.message);
  }
}
