/*
 * Functions on whole 64-bit words (`src/wide`): one of V8's machine operations for each, where V8 compiles.
 */

/** Words that live from one construct to the next, and what is converted; whoever uses them calls nothing. */
const _words = typeof BigUint64Array === 'function' && new BigUint64Array(64);
const _halves = _words && new Int32Array(_words.buffer);
const _to_word = _words && BigInt.asUintN;
const _to_signed_word = _words && BigInt.asIntN;

/**
 * After how many calls and rounds a function may continue in this form: never, but on V8. Its message tells V8,
 * `Error.isError` a version that keeps such words in registers; without WebAssembly of the host's own it hardly compiles.
 */
const _wide_after = _may_be_wide() ? 1e6 : 1 / 0;
function _may_be_wide() {
  if (!_words || !Error.isError || typeof WebAssembly !== 'object') return false;
  if (!/native code/.test(WebAssembly.Module)) return false;
  _words[0] = BigInt(1);
  if (_halves[0] !== 1) return false;
  try {
    return null.x;
  } catch (error) {
    return /^Cannot read properties of null/.test(error.message);
  }
}

/** How many trials are left; below 0: words are fast here. */
var _wide_trials = 12;
/**
 * Is a function to continue in this form, which ran so often? For a while but one call of 64 does, then of 512: it is slow
 * until V8's last tier has compiled it, which begins after some thousand of them.
 */
function _is_wide(ran) {
  const sampled = ran > 25e5 || (ran & (ran > 18e5 ? 511 : 63)) === 0;
  return sampled && (_wide_trials < 0 || _try_words());
}
/**
 * Measures for up to 3 milliseconds: compiled, these rounds take 10 to 20 microseconds, else 500 and more, also where
 * something has made calls of the literals.
 */
function _try_words() {
  if (_wide_trials === 0) return false;
  _wide_trials--;
  try {
    const start = performance.now();
    for (let now = start; now - start < 3; ) {
      const before = now;
      _turn_words();
      now = performance.now();
      if (now - before < 0.2) {
        _wide_trials = -1;
        return true;
      }
    }
  } catch {}
  return false;
}
/** A function of its own, since the middle tier's code is left where a function is entered. */
function _turn_words() {
  for (let i = 0; i < 3000; i++) {
    const word = _to_word(64, _words[0] * 0x9e3779b97f4a7c15n);
    _words[0] = _to_word(64, _to_word(64, word << 31n) | (word >> 33n));
  }
}
