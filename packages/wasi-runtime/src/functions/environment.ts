import type { Context } from '../core/context.js';
import { fail, WasiExit } from '../core/errno.js';
import { CLOCK } from '../core/types.js';

/** Writes an array of pointers to strings, and the strings one after another. */
function writeStrings(c: Context, strings: Uint8Array[], pointers: number, buffer: number): void {
  const total = strings.reduce((sum, string) => sum + string.length, 0);
  c.memory.bytes(pointers, strings.length * 4);
  const target = c.memory.bytes(buffer, total);
  let used = 0;
  strings.forEach((string, i) => {
    target.set(string, used);
    c.memory.setU32(pointers + i * 4, buffer + used);
    used += string.length;
  });
}

/** Writes how many strings there are and their bytes in all. */
function writeSizes(c: Context, strings: Uint8Array[], count: number, size: number): void {
  c.memory.setU32(count, strings.length);
  c.memory.setU32(
    size,
    strings.reduce((sum, string) => sum + string.length, 0),
  );
}

/** Checks a `clockid`. */
function checkClock(id: number): void {
  if (id > CLOCK.THREAD_CPUTIME_ID) fail('INVAL');
}

/** Signals that do nothing by default: chld, cont, stop, tstp, ttin, ttou, urg, winch. */
const IGNORED_SIGNALS = [16, 17, 18, 19, 20, 21, 22, 27];

/** Arguments, environment, clocks, random numbers and the process itself. */
export function environmentFunctions(c: Context) {
  return {
    /** `args_get`: the arguments into the arrays whose sizes `args_sizes_get` told. */
    args_get(argv: number, buffer: number): void {
      writeStrings(c, c.args, argv, buffer);
    },
    /** `args_sizes_get`. */
    args_sizes_get(count: number, size: number): void {
      writeSizes(c, c.args, count, size);
    },
    /** `environ_get`. */
    environ_get(environ: number, buffer: number): void {
      writeStrings(c, c.env, environ, buffer);
    },
    /** `environ_sizes_get`. */
    environ_sizes_get(count: number, size: number): void {
      writeSizes(c, c.env, count, size);
    },
    /** `clock_res_get`: resolution in nanoseconds. */
    clock_res_get(id: number, out: number): void {
      checkClock(id);
      c.memory.setU64(out, c.host.resolution(id));
    },
    /** `clock_time_get`: time in nanoseconds; the precision asked for is a hint and not needed. */
    clock_time_get(id: number, _precision: bigint, out: number): void {
      checkClock(id);
      c.memory.setU64(out, c.host.now(id));
    },
    /** `random_get`. */
    random_get(pointer: number, length: number): void {
      const target = c.memory.bytes(pointer, length);
      for (let done = 0; done < length; done += 65536) {
        const chunk = new Uint8Array(Math.min(65536, length - done));
        c.random(chunk);
        target.set(chunk, done);
      }
    },
    /** `proc_exit`: unwinds the guest. */
    proc_exit(code: number): void {
      throw new WasiExit(code);
    },
    /** `proc_raise`: a signal whose default is to end the process ends it with 128 + its number. */
    proc_raise(signal: number): void {
      if (signal > 30) fail('INVAL');
      if (signal !== 0 && !IGNORED_SIGNALS.includes(signal)) throw new WasiExit(128 + signal);
    },
    /** `sched_yield`. */
    sched_yield(): void {
      c.host.yield();
    },
  };
}
