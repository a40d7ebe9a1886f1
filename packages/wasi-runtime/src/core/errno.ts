/** The error numbers of WASI preview 1 (witx type `errno`), by their names without the leading `E`. */
export const ERRNO = {
  SUCCESS: 0,
  '2BIG': 1,
  ACCES: 2,
  ADDRINUSE: 3,
  ADDRNOTAVAIL: 4,
  AFNOSUPPORT: 5,
  AGAIN: 6,
  ALREADY: 7,
  BADF: 8,
  BADMSG: 9,
  BUSY: 10,
  CANCELED: 11,
  CHILD: 12,
  CONNABORTED: 13,
  CONNREFUSED: 14,
  CONNRESET: 15,
  DEADLK: 16,
  DESTADDRREQ: 17,
  DOM: 18,
  DQUOT: 19,
  EXIST: 20,
  FAULT: 21,
  FBIG: 22,
  HOSTUNREACH: 23,
  IDRM: 24,
  ILSEQ: 25,
  INPROGRESS: 26,
  INTR: 27,
  INVAL: 28,
  IO: 29,
  ISCONN: 30,
  ISDIR: 31,
  LOOP: 32,
  MFILE: 33,
  MLINK: 34,
  MSGSIZE: 35,
  MULTIHOP: 36,
  NAMETOOLONG: 37,
  NETDOWN: 38,
  NETRESET: 39,
  NETUNREACH: 40,
  NFILE: 41,
  NOBUFS: 42,
  NODEV: 43,
  NOENT: 44,
  NOEXEC: 45,
  NOLCK: 46,
  NOLINK: 47,
  NOMEM: 48,
  NOMSG: 49,
  NOPROTOOPT: 50,
  NOSPC: 51,
  NOSYS: 52,
  NOTCONN: 53,
  NOTDIR: 54,
  NOTEMPTY: 55,
  NOTRECOVERABLE: 56,
  NOTSOCK: 57,
  NOTSUP: 58,
  NOTTY: 59,
  NXIO: 60,
  OVERFLOW: 61,
  OWNERDEAD: 62,
  PERM: 63,
  PIPE: 64,
  PROTO: 65,
  PROTONOSUPPORT: 66,
  PROTOTYPE: 67,
  RANGE: 68,
  ROFS: 69,
  SPIPE: 70,
  SRCH: 71,
  STALE: 72,
  TIMEDOUT: 73,
  TXTBSY: 74,
  XDEV: 75,
  NOTCAPABLE: 76,
} as const;

/** Name of an error number, as in {@link ERRNO}. */
export type ErrnoName = keyof typeof ERRNO;

/** A failure that the guest sees as an error number. */
export class WasiError extends Error {
  /** Which error. */
  declare readonly message: ErrnoName;
  /** The error number that the WASI function returns. */
  readonly errno: number;

  /** @param name which error; becomes the function's result */
  constructor(name: ErrnoName) {
    super(name);
    // Classes lowered to functions lose their prototype below Error.
    Object.setPrototypeOf(this, WasiError.prototype);
    this.name = 'WasiError';
    this.errno = ERRNO[name];
  }
}

/** The {@link WasiError} with a number; `EIO` for one that is none. */
export function errorOf(errno: number): WasiError {
  const name = (Object.keys(ERRNO) as ErrnoName[]).find((one) => ERRNO[one] === errno);
  return new WasiError(name ?? 'IO');
}

/** Those that have been thrown. */
const known: Partial<Record<ErrnoName, WasiError>> = {};

/** One without a trace: that would cost more than most calls, and would keep the guest whose call has failed. */
function traceless(name: ErrnoName): WasiError {
  const { stackTraceLimit } = Error;
  if (typeof stackTraceLimit !== 'number') return new WasiError(name);
  try {
    Error.stackTraceLimit = 0;
  } catch {
    // Where nothing of the host may be changed.
  }
  try {
    return new WasiError(name);
  } finally {
    try {
      Error.stackTraceLimit = stackTraceLimit;
    } catch {}
  }
}

/** Throws the {@link WasiError} called `name`, the same one each time. */
export function fail(name: ErrnoName): never {
  known[name] ??= traceless(name);
  throw known[name];
}

/**
 * The guest ended itself (`proc_exit`, a fatal `proc_raise`, or a write to a closed standard stream).
 * Unwinds the guest's stack; `WASI.start` turns it into its result.
 */
export class WasiExit extends Error {
  /** The exit status, 0 to 2^32 - 1. */
  readonly code: number;

  /** @param code the exit status */
  constructor(code: number) {
    super(`exit status ${code}`);
    Object.setPrototypeOf(this, WasiExit.prototype);
    this.name = 'WasiExit';
    this.code = code;
  }
}

/** Whether `error` is the `WasiError` called `name`. */
export function isError(error: unknown, name: ErrnoName): boolean {
  return error instanceof WasiError && error.message === name;
}
