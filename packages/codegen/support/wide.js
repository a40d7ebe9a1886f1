/*
 * Functions on whole 64-bit words (`src/wide`): one of V8's machine operations for each, where V8 compiles.
 */

/** Words that live from one construct to the next, and what is converted; whoever uses them calls nothing. */
const _words = typeof BigUint64Array === 'function' && new BigUint64Array(64);
const _halves = _words && new Int32Array(_words.buffer);
const _to_word = _words && BigInt.asUintN;
const _to_signed_word = _words && BigInt.asIntN;

/**
 * After how many rounds a function may take steps to this form: never, but on V8. Its message tells V8,
 * `Error.isError` a version that keeps such words in registers; without WebAssembly of the host's own it hardly compiles.
 */
const _wide_after = _may_be_wide() ? 1e6 : 1 / 0;
function _may_be_wide() {
  if (!_words || !Error.isError || typeof WebAssembly !== 'object') return false;
  if (typeof performance !== 'object') return false;
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
 * How near a function is to words: after `ran` rounds, `left` calls from now a step is due, until then calls take words where
 * `on` is 1. A window of `count` calls took `time` milliseconds; one of halves takes `least`. `real` calls have told V8 what
 * it is to compile. Words are fast: for `stay` calls more. They are not, `bad` times of late, `failed` times in all: empty
 * calls are made `warm` times.
 */
const _wide_state = () => ({
  ran: 1e9,
  left: 1,
  on: 0,
  early: 3,
  words: 0,
  count: 0,
  // Numbers that are no integers from the first on: else code that knows the object is thrown away.
  time: 0.1,
  least: 1 / 0,
  real: 0,
  warm: 0,
  stay: 64,
  bad: 0,
  failed: 0,
});
/** What a call is to take: 0 halves, 1 words, 2 what `_wide_step` says. */
function _wide_turn(state) {
  const left = (state.left - 1) | 0;
  state.left = left;
  return left > 0 ? state.on : 2;
}
/**
 * A call on the way from halves to words, which are 70 to 100 times as slow until V8's last tier has compiled them: with what it saw in
 * some dozen calls, after some thousand, which may be empty: these have an argument more. Windows of calls of both forms
 * are measured in turn; words are taken while they are fast.
 */
function _wide_step(state, halves, words, ...args) {
  state.on = 0;
  // Halves begin anew as the next call, and so does what follows a trap.
  state.left = 2;
  const isTried = state.early === 0 && (_wide_trials < 0 || _try_words());
  if (isTried && state.count === 0) {
    // Before V8 takes notes of a function it has run some times.
    let empty = state.real === 0 ? 60 : state.warm > 0 ? (state.least > 1 ? 12e3 : 3e3) : 0;
    for (; empty > 0; empty--) words(...args, 1);
  }
  const before = performance.now();
  const result = (state.words ? words : halves)(...args, 0);
  const time = performance.now() - before;
  state.left = 1;
  if (state.early > 0) {
    // Code that has been here is not thrown away when it comes again: a few calls are enough, one of a long loop.
    state.early = time < 0.5 ? state.early - 1 : 0;
    if (state.early > 0) state.left = 20;
    else state.ran = 0;
    return result;
  }
  state.time = state.count++ === 0 ? time : state.time + time;
  if (state.words) _wide_judge(state);
  else if (state.count > 15 || state.time > 1) {
    state.least = Math.min(state.least, state.time / state.count);
    state.count = 0;
    if (isTried && state.warm-- <= 0) state.words = 1;
    else _wide_pause(state, _wide_trials === 0);
  }
  return result;
}
/** Halves for some milliseconds, or from now on. */
function _wide_pause(state, always) {
  const calls = (1 + state.failed / 4) / (state.least + 5e-5);
  state.left = always ? 2 ** 30 : 1 + (Math.min(1e5, calls) | 0);
}
/** Are words fast? When enough calls were measured, or they took too long. */
function _wide_judge(state) {
  const { count, time, stay } = state;
  const allowed = 2 * state.least + 5e-4;
  const most = stay > 64 ? 16 : 64;
  if (++state.real < 16 ? time < 9 : count < most && time < 1 && time < most * allowed) return;
  state.count = state.words = state.warm = 0;
  if (time <= count * allowed) {
    state.on = 1;
    state.left = stay;
    state.bad = 0;
    if (stay < 8192) state.stay *= 2;
    else state.failed = 0;
  } else if (stay > 64 && state.bad++ < 2) {
    // Something else may have taken the time.
    state.words = 1;
  } else {
    state.stay = 64;
    state.warm = 2;
    state.failed += time < 9 ? 1 : 4;
    _wide_pause(state, state.failed > 64);
  }
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
