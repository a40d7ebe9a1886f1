/*
 * Traps: their class, their messages, and the conversion of host errors at the boundary.
 */

const _OUT_OF_BOUNDS_MEMORY = 'out of bounds memory access';
const _OUT_OF_BOUNDS_TABLE = 'out of bounds table access';
const _UNDEFINED_ELEMENT = 'undefined element';
const _UNINITIALIZED_ELEMENT = 'uninitialized element';
const _INDIRECT_MISMATCH = 'indirect call type mismatch';
const _STACK_EXHAUSTED = 'call stack exhausted';

/**
 * A trap: no handler takes it, also behind functions of the host. The one that an error of the engine stands for has the
 * stack trace of where that was.
 */
function _new_trap(message, error) {
  const trap = new (_error_class('RuntimeError'))(message);
  _registry.set(trap);
  if (error)
    try {
      Object.defineProperty(trap, 'stack', {
        // Where it begins with the error's text, with that of the trap.
        value: error.stack.replace(error, trap),
        writable: true,
        configurable: true,
      });
    } catch {
      // The host formats stack traces in a way of its own, or not at all.
    }
  return trap;
}

/** Throws the trap. */
function _trap(message) {
  throw _new_trap(message);
}

/** Is this a trap that has been through the boundary? */
function _is_trap(error) {
  return _registry.has(error) && error instanceof _error_class('RuntimeError');
}

/**
 * Does the text of an engine's error tell of a full stack? Without a regular expression, and without the first letters, which
 * may be large: V8 up to version 12 ends the process where it compiles one while the stack is nearly full.
 */
function _tells_full_stack(text) {
  return text.includes('tack') || text.includes('ecurs');
}

/**
 * Is this the engine's error of a full stack? Only for errors of compiled code and of our own runtime:
 * which of the engine's two RangeErrors it is, its text alone tells.
 */
function _is_full_stack(error) {
  return (
    (error instanceof RangeError || (error instanceof Error && error.name === 'InternalError')) &&
    _tells_full_stack(error.message)
  );
}

/**
 * What JavaScript gets to see of an error that arose in compiled code (the host's own have passed
 * already): the engine's errors of a memory view, a missing table entry, a property of null or a full
 * stack become traps.
 */
function _boundary(error) {
  if (!(error instanceof TypeError)) return _range_boundary(error);
  const text = _text_with_room(error);
  // Whoever detaches a memory's buffer meets the engine's error.
  if (text.includes('etached')) return error;
  return _new_trap(
    text === '' ? _STACK_EXHAUSTED : (_null_trap(text) ?? _UNDEFINED_ELEMENT),
    error,
  );
}

/** The text of an error; none where the stack is too full for the regular expressions that look at it. */
function _text_with_room(error) {
  try {
    _room(undefined, 99);
    return error.message;
  } catch {
    return '';
  }
}

/** The same for code that has arrays of references. */
function _array_boundary(error) {
  const trap = error instanceof TypeError ? _element_trap(_text_with_room(error)) : undefined;
  return trap === undefined ? _boundary(error) : _new_trap(trap, error);
}

/**
 * The trap of an error of a property of undefined, which is what an array has past its end, or of a field of null. (A number has
 * no type, so the property of undefined may also be one of a type: `d0` and so on.) Engines name the property, the
 * expression, or both. Undefined for any other error.
 */
function _element_trap(text) {
  if (/not a function/.test(text)) return undefined;
  const match = /(?:reading|setting|property) ['"](\w+)|evaluating '.*\.(\w+)'/.exec(text);
  const name = match === null ? '' : match[1] || match[2];
  // The expression may have these words, too.
  if (/^undefined is|of undefined| is undefined/.test(text)) {
    const absent =
      match === null ? !/\.[yb] is undefined/.test(text) : /^(y|a\d+|[nvz])$/.test(name);
    return absent ? 'out of bounds array access' : undefined;
  }
  const field = /^null is|of null| is null/.test(text) && /^a\d+$/.test(name);
  return field ? 'null structure reference' : undefined;
}

/** The same for code that calls nothing through tables and has no objects. */
function _range_boundary(error) {
  return _is_full_stack(error)
    ? _new_trap(_STACK_EXHAUSTED, error)
    : error instanceof RangeError
      ? _new_trap(_OUT_OF_BOUNDS_MEMORY, error)
      : error;
}

/** The same where no code of the host runs inside, thrown: every error is of the engine, or a trap already. */
function _plain_boundary(error) {
  // As `_tells_full_stack`, which is not worth its bytes here.
  throw error.message.includes('tack') || error.message.includes('ecurs')
    ? _new_trap(_STACK_EXHAUSTED, error)
    : error instanceof RangeError
      ? _new_trap(_OUT_OF_BOUNDS_MEMORY, error)
      : error;
}

/**
 * The trap of an engine's error of a property of null: which access it was, the name of the property tells, where
 * engines name it (`v` is the storage of an array, `n` its length, `o` the owner of a function, `y` the type of an object and
 * `d0` and so on one above it). Undefined for the error of a callee that is not there.
 */
function _null_trap(text) {
  if (/['".](y|d\d)\b/.test(text)) return 'cast failure';
  if (!/\bnull\b/.test(text) || /not a function/.test(text)) return undefined;
  if (/['".]o\b/.test(text)) return 'null function reference';
  return /['".][nv]\b/.test(text) ? 'null array reference' : 'null structure reference';
}

/**
 * Throws the engine's error where the stack is nearly full. What follows has room for what the engine
 * itself may call, between two rounds of a loop for example, or for new views of `memory`.
 */
function _room(memory, depth = 16) {
  if (depth > 0) return 1 + _room(memory, depth - 1);
  if (memory === undefined) return 0;
  const { buffer } = memory.u;
  return new memory.V(buffer).byteLength + new Uint8Array(buffer).length;
}

/**
 * The same in front of a short loop: a frame with room for what V8 calls between two rounds to see how often code runs. Its
 * optimising compilers, which do without that, make nothing of it.
 */
function _spare() {
  return Math.max(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/** Throws an error of the boundary, which is no trap, out of compiled code. */
function _throw_host(error) {
  _registry.thrown = error;
  throw error;
}
