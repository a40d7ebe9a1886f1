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

type SettingName = keyof typeof DEFAULTS;

/** Largest that is remembered; systems, too, take what is larger for their largest. */
const MOST: Partial<Record<SettingName, bigint>> = {
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
  private readonly values: Partial<Record<SettingName, bigint>> = {};
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
  get(name: SettingName): bigint {
    return this.values[name] ?? DEFAULTS[name];
  }

  /** Sets; `invalid-argument` for 0. */
  set(name: SettingName, value: bigint): void {
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

/**
 * Getters and setters as the resources of both versions have them, each under the names of its own.
 * @param coded gives what a call gives; throws the version's `error-code` where it fails
 */
export function accessors(settings: Settings, coded: <T>(call: () => T) => T) {
  const size = (name: SettingName) => ({
    get: (): bigint => settings.get(name),
    set: (value: bigint): void => coded(() => settings.set(name, value)),
  });
  const count = (name: SettingName) => ({
    get: (): number => Number(settings.get(name)),
    set: (value: number): void => coded(() => settings.set(name, BigInt(value))),
  });
  return {
    receiveBuffer: size('receiveBuffer'),
    sendBuffer: size('sendBuffer'),
    keepIdle: size('keepIdle'),
    keepInterval: size('keepInterval'),
    keepCount: count('keepCount'),
    hopLimit: count('hopLimit'),
    keepAlive: {
      get: (): boolean => settings.keepAlive,
      set: (value: boolean): void => {
        settings.keepAlive = value;
      },
    },
  };
}
