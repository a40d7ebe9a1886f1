/**
 * WASI 0.2 for a component: gets the options of `WASI`, gives the interfaces as the import object of a component
 * whose canonical ABI is jco's, and runs its command. Confinement, streams and clocks are those of preview 1.
 */
import { DEFAULT_LIMITS } from '../core/context.js';
import { WasiExit } from '../core/errno.js';
import type { Host } from '../core/host.js';
import {
  inputStream,
  lowerPreopens,
  type OpenPreopen,
  openPreopens,
  outputStream,
} from '../core/sources.js';
import { variableEntries } from '../core/variables.js';
import type { Surroundings, WASIOptions } from '../core/wasi.js';
import type { HandledRequest, HandledResponse, Sink } from '../http/serving.js';
import { filesystem } from './filesystem.js';
import { InputStream, IoError, OutputStream, Pollable, pollFor } from './io.js';
import { type ComponentNetwork, componentNetwork } from './network.js';
import { cli, clocks, type Process, random, type Seed } from './system.js';

/** What is said of the option `listeners`, which has no interface in 0.2 or 0.3. */
const NO_LISTENERS = 'WASI 0.2 and 0.3: listening sockets cannot be handed over';

/** What a component exports. */
export interface ComponentLike {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** `wasi:cli/run`. */
interface Run {
  run(): unknown;
}

const isRun = (value: unknown): value is Run =>
  typeof (value as Run | undefined)?.run === 'function';

/** The exported interface wasi:cli/run, of whichever version. */
export function commandOf(exports: Readonly<Record<string, unknown>>): Run {
  const name = Object.keys(exports)
    .filter((key) => key.startsWith('wasi:cli/run@'))
    .sort()
    .pop();
  const found = name === undefined ? exports['run'] : exports[name];
  if (!isRun(found)) throw new TypeError('the component does not export wasi:cli/run');
  return found;
}

/** A WASI 0.2 system for one component. The public classes differ only in the host they choose. */
export class ComponentWASIBase {
  protected readonly interfaces: Record<string, Record<string, unknown>>;
  protected readonly host: Host;
  protected readonly preopens: OpenPreopen[] = [];
  protected readonly process: Process;
  /** Bytes that a file may have. */
  protected readonly fileSize: number;
  protected readonly network: ComponentNetwork;
  private readonly returnOnExit: boolean;
  private readonly seed: Seed = {};
  /** Has it no files or input of its own, which remember what was done to them? */
  private readonly renewable: boolean;
  /** Is it in the midst of a request? */
  private entered = false;

  /**
   * @param options what the guest gets
   * @param around what the options leave to the public class
   * Throws `TypeError` for options that make no sense, and what the host throws for preopens.
   */
  constructor(options: WASIOptions, around: Surroundings) {
    const host = options.host ?? around.host();
    this.host = host;
    this.returnOnExit = options.returnOnExit ?? true;
    if (options.listeners?.length) throw new TypeError(NO_LISTENERS);
    this.renewable = (options.files ?? options.overlay) === undefined && options.stdin === '';
    const files = options.files === undefined ? undefined : around.files(options.files);
    this.fileSize = { ...DEFAULT_LIMITS, ...options.limits }.fileSize;
    this.process = {
      args: options.args ?? [],
      env: variableEntries(options.env ?? {}),
      stdin: inputStream(options.stdin ?? 0, host),
      stdout: outputStream(options.stdout ?? 1, host),
      stderr: outputStream(options.stderr ?? 2, host),
    };
    try {
      this.network = componentNetwork(options, host);
      const lower = lowerPreopens(options.overlay, (tree) => around.overlay(tree));
      openPreopens(options.preopens, files, host, lower, (preopen) => this.preopens.push(preopen));
    } catch (error) {
      this.close();
      throw error;
    }
    this.interfaces = {
      'wasi:io/error': { Error: IoError },
      'wasi:io/poll': { Pollable, poll: pollFor(host) },
      'wasi:io/streams': { InputStream, OutputStream },
      ...cli(this.process, host),
      ...clocks(host),
      ...random(options.random ?? ((buffer) => host.random(buffer)), this.seed),
      ...filesystem(this.preopens, host, this.fileSize),
      ...this.network.interfaces,
    };
  }

  /** The interfaces by their names without versions: `wasi:cli/environment` and so on. */
  getImportObject(): Record<string, Record<string, unknown>> {
    return this.interfaces;
  }

  /**
   * Runs a command: calls `run` of its wasi:cli/run once. Returns the exit status: 0 when it returns `ok`, 1 when
   * it returns an error, else what wasi:cli/exit was given. Traps of the guest pass through.
   */
  start(component: ComponentLike): number | Promise<number> {
    let code = 0;
    try {
      commandOf(component.exports).run();
    } catch (error) {
      code = statusOf(error);
    } finally {
      this.close();
    }
    return this.end(code);
  }

  /**
   * Hands a request to a component that exports wasi:http/incoming-handler, as the only one, and closes what it has.
   * @param sink what takes the answer piece by piece; without it the answer is returned whole
   * Throws `NoAnswerError` where there is none, and `TypeError` for what is no request. Traps pass through.
   */
  handle(
    component: ComponentLike | Promise<ComponentLike>,
    request: HandledRequest,
    sink?: Sink,
  ): HandledResponse | undefined | Promise<HandledResponse | undefined> {
    try {
      return this.answer(component, request, sink);
    } finally {
      this.close();
    }
  }

  /** As `handle`, but more may follow, one at a time, until `close`; not after one that has failed. */
  answer(
    component: ComponentLike | Promise<ComponentLike>,
    request: HandledRequest,
    sink?: Sink,
  ): HandledResponse | undefined | Promise<HandledResponse | undefined> {
    this.enter();
    const answer = this.network.handle((component as ComponentLike).exports, request, sink);
    this.leave();
    return answer;
  }

  /** A request comes. One that has not come to its end, as after a trap, has left the component in the midst of it. */
  protected enter(): void {
    if (this.entered) throw new Error('the instance is answering a request, or has failed to');
    this.entered = true;
  }

  /** It is answered. */
  protected leave(): void {
    this.entered = false;
  }

  /** A command has ended, and all is closed: ends the host's process where the options say so, else gives the status. */
  protected end(code: number): number {
    if (code !== 0 && !this.returnOnExit) this.host.exit?.(code);
    return code;
  }

  /**
   * Is what a new one would be, for a component that is as new: closes the sockets that the guest has left open.
   * @returns false where it cannot be, or a request has not come to its end; then only `close` is left
   */
  renew(): boolean {
    if (!this.renewable || this.entered) return false;
    this.seed.value = undefined;
    const { open } = this.network.context ?? {};
    for (const one of open ?? []) one.close();
    open?.clear();
    this.host.finish();
    return true;
  }

  /** Closes every preopened directory and socket and lets the host write out what is pending. */
  close(): void {
    for (const { directory } of this.preopens.splice(0)) {
      try {
        directory.close();
      } catch {
        // What cannot be closed is gone all the same.
      }
    }
    for (const one of this.network?.context?.open ?? []) one.close();
    this.host.finish();
  }
}

/** Is this the error of a `result`, as the glue throws it: an error with a `payload`? */
const isFailure = (error: unknown): boolean =>
  error instanceof Error && 'payload' in error && error.name !== 'RuntimeError';

/** The exit status of a command that has thrown this; a trap is thrown again. */
export function statusOf(error: unknown): number {
  if (error instanceof WasiExit) return error.code;
  if (isFailure(error)) return 1;
  throw error;
}
