/** Failures as WASI 0.2 tells them: gets what the core throws, gives `error-code` of wasi:filesystem. */
import { type ErrnoName, WasiError } from '../core/errno.js';

/** The `error-code` for each error number of preview 1 that has one of another name than `io`. */
const CODES: Partial<Record<ErrnoName, string>> = {
  ACCES: 'access',
  AGAIN: 'would-block',
  ALREADY: 'already',
  BADF: 'bad-descriptor',
  BUSY: 'busy',
  DEADLK: 'deadlock',
  DQUOT: 'quota',
  EXIST: 'exist',
  FBIG: 'file-too-large',
  ILSEQ: 'illegal-byte-sequence',
  INPROGRESS: 'in-progress',
  INTR: 'interrupted',
  INVAL: 'invalid',
  ISDIR: 'is-directory',
  LOOP: 'loop',
  MLINK: 'too-many-links',
  MFILE: 'insufficient-memory',
  MSGSIZE: 'message-size',
  NAMETOOLONG: 'name-too-long',
  NODEV: 'no-device',
  NOENT: 'no-entry',
  NOLCK: 'no-lock',
  NOMEM: 'insufficient-memory',
  NOSPC: 'insufficient-space',
  NOTDIR: 'not-directory',
  NOTEMPTY: 'not-empty',
  NOTRECOVERABLE: 'not-recoverable',
  NOTSUP: 'unsupported',
  NOSYS: 'unsupported',
  NOTTY: 'no-tty',
  NXIO: 'no-such-device',
  OVERFLOW: 'overflow',
  PERM: 'not-permitted',
  NOTCAPABLE: 'not-permitted',
  PIPE: 'pipe',
  ROFS: 'read-only',
  SPIPE: 'invalid-seek',
  TXTBSY: 'text-file-busy',
  XDEV: 'cross-device',
};

/** The `error-code` of something that was thrown; what is no failure of WASI passes through. */
export function errorCode(error: unknown): string {
  if (error instanceof WasiError) return CODES[error.message] ?? 'io';
  throw error;
}

/** What `call` gives; throws an `error-code` where it fails, as the binding of `result` has it. */
export function coded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw errorCode(error);
  }
}
