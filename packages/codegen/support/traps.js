/*
 * Traps: their class, their messages, and the conversion of host errors at the boundary.
 */

const _RuntimeError = _error_class('RuntimeError');

const _OUT_OF_BOUNDS_MEMORY = 'out of bounds memory access';
const _OUT_OF_BOUNDS_TABLE = 'out of bounds table access';
const _UNDEFINED_ELEMENT = 'undefined element';
const _UNINITIALIZED_ELEMENT = 'uninitialized element';
const _INDIRECT_MISMATCH = 'indirect call type mismatch';
const _STACK_EXHAUSTED = 'call stack exhausted';

/** Throws the trap. */
function _trap(message) {
  throw new _RuntimeError(message);
}

/** Is this one of the errors that the engine raises where WebAssembly traps? */
function _is_engine_error(error) {
  return (
    error instanceof RangeError ||
    error instanceof TypeError ||
    (error instanceof Error && error.name === 'InternalError')
  );
}

/** Is this the engine's error of a full stack? */
function _is_stack_error(error) {
  return /call stack|recursion|stack overflow/i.test(String(error.message));
}

/**
 * Remembers an error that a host function threw: it is no trap and passes the boundary unchanged.
 * A full stack is one, wherever the last frame was.
 */
function _host_error(error) {
  if (_is_engine_error(error) && !_is_stack_error(error)) _registry.foreign.add(error);
  return error;
}

/**
 * What JavaScript gets to see of an error that leaves compiled code: the engine's own errors of a
 * memory view, a missing table entry or a full stack become traps.
 */
function _boundary(error) {
  if (!_is_engine_error(error) || _registry.foreign.has(error)) return error;
  const text = String(error.message);
  let message = _OUT_OF_BOUNDS_MEMORY;
  if (_is_stack_error(error)) message = _STACK_EXHAUSTED;
  else if (error instanceof TypeError) {
    if (/detached/i.test(text)) return error;
    message = _UNDEFINED_ELEMENT;
  } else if (!(error instanceof RangeError)) return error;
  const trap = new _RuntimeError(message);
  if (error.stack !== undefined && message !== _STACK_EXHAUSTED) {
    const lines = error.stack.split('\n');
    const head = lines.findIndex((line) => /^\s+at |@/.test(line));
    if (head > 0) trap.stack = `${trap.name}: ${message}\n${lines.slice(head).join('\n')}`;
  }
  return trap;
}
