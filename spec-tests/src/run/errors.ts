/** What actions throw, by kind. */

interface Named {
  name?: string;
  message?: string;
  stack?: string;
}

/** Names of errors that are never a WebAssembly exception. */
const NOT_EXCEPTIONS = new Set([
  'RuntimeError',
  'LinkError',
  'CompileError',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'InternalError',
]);

/** Is this a trap, of the host's class or of ours? */
export const isTrap = (error: unknown): boolean =>
  (error as Named | undefined)?.name === 'RuntimeError';

/** Is this an exception that was thrown by `throw`? */
export const isException = (error: unknown): boolean =>
  !NOT_EXCEPTIONS.has((error as Named | undefined)?.name ?? '');

/** One is a prefix of the other: scripts give "uninitialized element 7" or only its start. */
export function messageMatches(error: unknown, expected: string): boolean {
  const message = (error as Named).message ?? '';
  return message !== '' && (message.startsWith(expected) || expected.startsWith(message));
}

/** Class and message in one line; for a fault that is no trap, also where it was thrown. */
export function nameOf(error: unknown): string {
  const { name, message, stack } = Object(error) as Named;
  const where = /^(TypeError|ReferenceError|SyntaxError)$/.test(name ?? '')
    ? ` ${(stack ?? '').split('\n')[1]?.trim() ?? ''}`
    : '';
  return `${name ?? 'a thrown value'}: ${message ?? String(error)}${where}`.replaceAll('\n', ' ');
}
