/** Traps of engines and of our output by class: what must be equal, whatever the message. */

/** Patterns of the messages of V8, of JavaScriptCore and of the specification. */
const CLASSES: [RegExp, string][] = [
  [/divide by zero|remainder by zero|Division by zero/, 'integer divide by zero'],
  [
    /integer overflow|invalid conversion|divide result unrepresentable|float unrepresentable|Out of bounds Trunc|Integer overflow/,
    'number out of range',
  ],
  [/unreachable|Unreachable code/, 'unreachable'],
  // Of an atomic access that is both out of bounds and unaligned, engines name one or the other.
  [/unaligned a/, 'out of bounds memory access'],
  [/Atomics.wait|expected shared memory/, 'wait'],
  [
    /(out of bounds memory|memory access out of bounds|data segment|Out of bounds memory)/,
    'out of bounds memory access',
  ],
  [
    /(table index is out of bounds|table access|out of bounds table|Out of bounds table|Out of bounds call_indirect|undefined element|element segment)/,
    'out of bounds table access',
  ],
  [
    /(null function\b(?! reference)|function signature mismatch|signature that does not match|null table entry|uninitialized element|indirect call type)/,
    'indirect call',
  ],
  [/(array element access|out of bounds array|Out of bounds array)/, 'out of bounds array access'],
  [/(cast failure|illegal cast|ref.cast)/, 'cast failure'],
  [/array is too large/, 'array too large'],
  [
    /(null (function|structure|array|i31) reference|null reference|dereferencing a null|null exception|rethrowing null)/,
    'null reference',
  ],
];

/** The class of stack overflow: where it happens is not comparable. */
export const EXHAUSTED = 'call stack exhausted';

/** The class of what a call threw. */
export function classOf(error: unknown): string {
  const { name, message = '' } = Object(error) as { name?: string; message?: string };
  if (/call stack/i.test(message)) return EXHAUSTED;
  if (name === undefined) return String(error);
  if (name !== 'RuntimeError') return `${name}`;
  const known = CLASSES.find(([pattern]) => pattern.test(message));
  return known ? known[1] : `trap: ${message}`;
}
