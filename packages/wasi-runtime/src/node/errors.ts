import { ERRNO, type ErrnoName, fail, WasiError } from '../core/errno.js';

/** Error codes of Node that are not simply `E` and a WASI name. */
const OTHER_CODES: Record<string, ErrnoName> = {
  EOPNOTSUPP: 'NOTSUP',
  EOF: 'IO',
  ERR_FS_FILE_TOO_LARGE: 'FBIG',
  ERR_INVALID_ARG_VALUE: 'INVAL',
  ERR_OUT_OF_RANGE: 'INVAL',
};

/** Error names of Deno that come without a code. */
const NAMES: Record<string, ErrnoName> = {
  NotFound: 'NOENT',
  AlreadyExists: 'EXIST',
  PermissionDenied: 'ACCES',
  NotCapable: 'ACCES',
};

/** The WASI name of a host error; `IO` for what is not known. */
export function errnoName(error: unknown): ErrnoName {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') {
    const other = OTHER_CODES[code];
    if (other) return other;
    const plain = code.slice(1);
    if (code[0] === 'E' && Object.hasOwn(ERRNO, plain)) return plain as ErrnoName;
  }
  return NAMES[String(name)] ?? 'IO';
}

/** Runs a call of the host, throwing its failures as `WasiError`. */
export function sys<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof WasiError) throw error;
    return fail(errnoName(error));
  }
}
