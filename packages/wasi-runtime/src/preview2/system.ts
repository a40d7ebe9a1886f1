/** wasi:cli, wasi:clocks and wasi:random of WASI 0.2 over the core's host and streams. */
import { WasiExit } from '../core/errno.js';
import type { Host, Stream } from '../core/host.js';
import { CLOCK, FILETYPE } from '../core/types.js';
import { datetime } from './filesystem.js';
import { InputStream, inputOf, OutputStream, outputOf, Pollable } from './io.js';

const MILLION = 1000000;
/** Most random bytes that are asked of a host at once. */
const RANDOM_CHUNK = 65536;
/** Most random bytes that a guest gets in one call. */
const MOST_RANDOM = 1 << 26;

/** `terminal-input`: nothing can be done with it. */
export class TerminalInput {}
/** `terminal-output`. */
export class TerminalOutput {}

/** What the guest gets of a process. */
export interface Process {
  args: readonly string[];
  env: readonly [string, string][];
  stdin: Stream;
  stdout: Stream;
  stderr: Stream;
}

/** Is this a terminal, as far as preview 1 would tell? */
const isTerminal = (stream: Stream): boolean => stream.filetype === FILETYPE.CHARACTER_DEVICE;

/** The interfaces of wasi:cli. */
export function cli({ args, env, stdin, stdout, stderr }: Process, host: Host) {
  // Each caller owns what it gets.
  const output = (stream: Stream) => () => new OutputStream(outputOf(stream), host);
  return {
    'wasi:cli/environment': {
      getEnvironment: () => env,
      getArguments: () => args,
      initialCwd: (): string | undefined => undefined,
    },
    'wasi:cli/exit': {
      exit(status: { tag: string }): never {
        throw new WasiExit(status.tag === 'ok' ? 0 : 1);
      },
      exitWithCode(code: number): never {
        throw new WasiExit(code);
      },
    },
    'wasi:cli/stdin': { getStdin: () => new InputStream(inputOf(stdin), host) },
    'wasi:cli/stdout': { getStdout: output(stdout) },
    'wasi:cli/stderr': { getStderr: output(stderr) },
    ...terminals({ stdin, stdout, stderr }),
  };
}

/** The interfaces of wasi:cli about terminals. */
function terminals({ stdin, stdout, stderr }: Pick<Process, 'stdin' | 'stdout' | 'stderr'>) {
  const output = (stream: Stream) => () => (isTerminal(stream) ? new TerminalOutput() : undefined);
  return {
    'wasi:cli/terminal-input': { TerminalInput },
    'wasi:cli/terminal-output': { TerminalOutput },
    'wasi:cli/terminal-stdin': {
      getTerminalStdin: () => (isTerminal(stdin) ? new TerminalInput() : undefined),
    },
    'wasi:cli/terminal-stdout': { getTerminalStdout: output(stdout) },
    'wasi:cli/terminal-stderr': { getTerminalStderr: output(stderr) },
  };
}

/** The interfaces of wasi:clocks. */
export function clocks(host: Host) {
  const until = (time: bigint): Pollable =>
    new Pollable(host, () => Number(time - host.now(CLOCK.MONOTONIC)) / MILLION);
  return {
    'wasi:clocks/monotonic-clock': {
      now: () => host.now(CLOCK.MONOTONIC),
      resolution: () => host.resolution(CLOCK.MONOTONIC),
      subscribeInstant: until,
      subscribeDuration: (duration: bigint) => until(host.now(CLOCK.MONOTONIC) + duration),
    },
    'wasi:clocks/wall-clock': {
      now: () => datetime(host.now(CLOCK.REALTIME)),
      resolution: () => datetime(host.resolution(CLOCK.REALTIME)),
    },
  };
}

/** The seed of an instance, once it was asked for. */
export interface Seed {
  value?: [bigint, bigint] | undefined;
}

/** The interfaces of wasi:random, from one source. */
export function random(fill: (buffer: Uint8Array) => void, seed: Seed) {
  const bytes = (length: bigint): Uint8Array => {
    if (length > MOST_RANDOM) throw new RangeError('too many random bytes are asked for');
    const buffer = new Uint8Array(Number(length));
    for (let at = 0; at < buffer.length; at += RANDOM_CHUNK) {
      const chunk = new Uint8Array(Math.min(RANDOM_CHUNK, buffer.length - at));
      fill(chunk);
      buffer.set(chunk, at);
    }
    return buffer;
  };
  // One seed for an instance: hash tables of several parts of it agree.
  const insecureSeed = (): [bigint, bigint] => (seed.value ??= [u64(), u64()]);
  const u64 = (): bigint => new DataView(bytes(8n).buffer).getBigUint64(0, true);
  return {
    'wasi:random/random': { getRandomBytes: bytes, getRandomU64: u64 },
    'wasi:random/insecure': { getInsecureRandomBytes: bytes, getInsecureRandomU64: u64 },
    'wasi:random/insecure-seed': {
      insecureSeed,
      // Its name in 0.3.
      getInsecureSeed: insecureSeed,
    },
  };
}
