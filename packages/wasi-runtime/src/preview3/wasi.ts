/**
 * WASI 0.3 for a component: cli, clocks, random, filesystem, sockets and http, beside all of 0.2, which programs of 0.3 import
 * too. The interfaces of 0.3 have names that end in `@0.3`.
 */
import type { Stream } from '../core/host.js';
import { CLOCK } from '../core/types.js';
import type { Surroundings, WASIOptions } from '../core/wasi.js';
import type { HandledRequest, HandledResponse, Sink } from '../http/serving.js';
import { errorCode } from '../preview2/errors.js';
import { datetime } from '../preview2/filesystem.js';
import { type ComponentLike, ComponentWASIBase, commandOf, statusOf } from '../preview2/wasi.js';
import { filesystem } from './filesystem.js';
import { type LaterNetwork, laterNetwork } from './network.js';
import { CHUNK, drain, outcomeOf, type StreamReader, streamOf } from './streams.js';
import { eventually, pause } from './waiting.js';

const MILLION = 1000000;

/** The `error-code` of wasi:cli: an enumeration of three. */
const cliCode = (error: unknown): string => {
  const code = errorCode(error);
  return code === 'pipe' || code === 'illegal-byte-sequence' ? code : 'io';
};

/** A WASI 0.3 system for one component. */
export class AsyncWASIBase extends ComponentWASIBase {
  private readonly later: LaterNetwork | undefined;

  /** @param options what the guest gets @param around what they leave to the public class; throws as 0.2's does */
  constructor(options: WASIOptions, around: Surroundings) {
    super(options, around);
    const { context } = this.network;
    this.later = context && laterNetwork(context);
    // Programs of 0.3 import 0.2 too: both read on where the other has stopped.
    const { host, interfaces, process } = this;
    const { stdin } = process;
    const now = () => host.now(CLOCK.MONOTONIC);
    const waitUntil = async (when: bigint): Promise<void> => {
      for (let left = when - now(); left > 0; left = when - now())
        await pause(Math.ceil(Number(left) / MILLION), (ms) => host.sleep(ms));
    };
    const sink = (stream: Stream) => ({
      writeViaStream: (data: StreamReader) =>
        outcomeOf(data, () => drain(data, (bytes) => void stream.write([bytes], false)), cliCode),
    });
    const readInput = async (): Promise<Uint8Array | undefined> => {
      const buffer = new Uint8Array(CHUNK);
      const count = await eventually(host, () => stdin.read([buffer], true));
      return count === 0 ? undefined : buffer.slice(0, count);
    };
    const same = Object.entries(interfaces).filter(([name]) =>
      /^wasi:(?:cli\/(?:exit|terminal-.*)|random\/.*)$/.test(name),
    );
    const { getEnvironment, getArguments } = interfaces['wasi:cli/environment']!;
    Object.assign(
      interfaces,
      Object.fromEntries(same.map(([name, value]) => [`${name}@0.3`, value])),
      {
        'wasi:cli/environment@0.3': {
          getEnvironment,
          getArguments,
          getInitialCwd: () => undefined,
        },
        'wasi:cli/stdin@0.3': { readViaStream: () => streamOf(readInput, cliCode) },
        'wasi:cli/stdout@0.3': sink(process.stdout),
        'wasi:cli/stderr@0.3': sink(process.stderr),
        'wasi:clocks/monotonic-clock@0.3': {
          now,
          getResolution: () => host.resolution(CLOCK.MONOTONIC),
          waitUntil,
          waitFor: (duration: bigint) => waitUntil(now() + duration),
        },
        'wasi:clocks/system-clock@0.3': {
          now: () => datetime(host.now(CLOCK.REALTIME)),
          getResolution: () => host.resolution(CLOCK.REALTIME),
        },
        ...filesystem(this.preopens, host, this.fileSize),
        ...this.later?.interfaces,
      },
    );
  }

  /** As 0.2's, but a component of 0.3 ends some time: then a promise of the status. */
  override start(component: ComponentLike): number | Promise<number> {
    const { exports } = component;
    if (!Object.keys(exports).some((name) => name.startsWith('wasi:cli/run@0.3')))
      return super.start(component);
    return this.finish(async () => commandOf(exports).run());
  }

  /** As 0.2's, also for wasi:http/handler of 0.3; always a promise. */
  override async handle(
    component: ComponentLike | Promise<ComponentLike>,
    request: HandledRequest,
    sink?: Sink,
  ): Promise<HandledResponse | undefined> {
    try {
      return await this.answer(component, request, sink);
    } finally {
      this.close();
    }
  }

  override async answer(
    component: ComponentLike | Promise<ComponentLike>,
    request: HandledRequest,
    sink?: Sink,
  ): Promise<HandledResponse | undefined> {
    this.enter();
    const { exports } = await component;
    const answered = this.later?.handle(exports, request, sink);
    const answer = await (answered ?? this.network.handle(exports, request, sink));
    this.leave();
    return answer;
  }

  private async finish(run: () => Promise<unknown>): Promise<number> {
    let code = 0;
    try {
      await run();
    } catch (error) {
      code = statusOf(error);
    } finally {
      this.close();
    }
    return this.end(code);
  }
}
