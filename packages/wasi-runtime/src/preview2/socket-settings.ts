/**
 * Settings of a socket of wasi:sockets, the same for TCP and UDP, for 0.2 and 0.3. The system is told what it can be
 * told; the rest is remembered and told back. A value of 0 is refused for all of them.
 */
import type { SystemOption } from '../core/host.js';
import type { SocketOptions } from '../core/network.js';
import { refuse } from './socket-values.js';

const SECOND = BigInt(1000000000);

/** What is told before anything was set: sizes in bytes, times in nanoseconds. */
const DEFAULTS = {
  hopLimit: BigInt(64),
  receiveBuffer: BigInt(1 << 18),
  sendBuffer: BigInt(1 << 18),
  keepIdle: BigInt(7200) * SECOND,
  keepInterval: BigInt(75) * SECOND,
  keepCount: BigInt(9),
};

/** Largest that is remembered; systems, too, take what is larger for their largest. */
const MOST: Partial<Record<keyof typeof DEFAULTS, bigint>> = {
  keepIdle: BigInt(32767) * SECOND,
  keepInterval: BigInt(32767) * SECOND,
  keepCount: BigInt(127),
};

/** What settings reach. */
interface Target {
  readonly options: SocketOptions;
  set(option: SystemOption, value: number): void;
}

/** The settings of one socket. */
export class Settings {
  private readonly values: Partial<Record<keyof typeof DEFAULTS, bigint>> = {};
  private alive = false;
  private readonly target: Target | undefined;

  /** @param target what the system is told by @param from the settings of a listener that it comes from */
  constructor(target: Target | undefined, from?: Settings) {
    this.target = target;
    if (!from) return;
    Object.assign(this.values, from.values);
    this.alive = from.alive;
  }

  /** What is set. */
  get(name: keyof typeof DEFAULTS): bigint {
    return this.values[name] ?? DEFAULTS[name];
  }

  /** Sets; `invalid-argument` for 0. */
  set(name: keyof typeof DEFAULTS, value: bigint): void {
    if (value <= 0) refuse('invalid-argument');
    const most = MOST[name];
    this.values[name] = most !== undefined && value > most ? most : value;
    if (name === 'hopLimit') this.tell('ttl', Number(value));
  }

  /** Is the other side asked now and then whether it is there? */
  get keepAlive(): boolean {
    return this.alive;
  }

  set keepAlive(value: boolean) {
    this.alive = value;
    this.tell('keepAlive', Number(value));
  }

  private tell(option: SystemOption, value: number): void {
    this.target?.options.set(option, value);
    this.target?.set(option, value);
  }
}
