/**
 * Implementation limits: those of the JavaScript API of WebAssembly ("Implementation-defined
 * limits"), so that what an engine accepts is accepted here too and nothing above is tried. Element segments
 * and their expressions, which it hardly limits, have tighter limits, so that memory stays bounded.
 */
import { UnsupportedError } from './errors.js';

/** Greatest numbers that `decodeModule` accepts; more is an `UnsupportedError`. */
export const LIMITS = {
  /** Bytes of a module. */
  moduleSize: 1_073_741_824,
  types: 1_000_000,
  functions: 1_000_000,
  imports: 1_000_000,
  exports: 1_000_000,
  globals: 1_000_000,
  tags: 1_000_000,
  tables: 100_000,
  memories: 100,
  dataSegments: 100_000,
  elemSegments: 100_000,
  /** Function indices of one element segment. */
  elements: 10_000_000,
  /** Expressions of one element segment. */
  elementExprs: 1_000_000,
  params: 1_000,
  results: 1_000,
  fields: 10_000,
  /** Locals of one function, without its parameters. */
  locals: 50_000,
  /** Bytes of one function body. */
  bodySize: 7_654_321,
} as const;

const WORDS: Readonly<Record<keyof typeof LIMITS, string>> = {
  moduleSize: 'bytes of a module',
  types: 'types',
  functions: 'functions',
  imports: 'imports',
  exports: 'exports',
  globals: 'globals',
  tags: 'tags',
  tables: 'tables',
  memories: 'memories',
  dataSegments: 'data segments',
  elemSegments: 'element segments',
  elements: 'elements of a segment',
  elementExprs: 'element expressions of a segment',
  params: 'parameters',
  results: 'results',
  fields: 'fields',
  locals: 'locals of a function',
  bodySize: 'bytes of a function body',
};

/**
 * Checks a number of things against the limits.
 * @param limit which limit
 * @param count how many there are
 * @param offset byte offset for the error
 * @param func function index for the error
 * @throws UnsupportedError when there are too many
 */
export function checkLimit(
  limit: keyof typeof LIMITS,
  count: number,
  offset: number,
  func?: number,
): void {
  if (count <= LIMITS[limit]) return;
  const most = LIMITS[limit].toLocaleString('en');
  throw new UnsupportedError(`more than ${most} ${WORDS[limit]}`, { offset, func });
}
