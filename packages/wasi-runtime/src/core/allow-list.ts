/**
 * What a guest may reach on the network: a list of addresses and ports. It gets rules as text and is asked about
 * addresses as bytes, never about names, so that what is checked is what is then used. Nothing is allowed that no
 * rule names.
 */
import {
  familyOf,
  isUnspecified,
  loopback,
  parseIp,
  type SocketAddress,
  unmapped,
} from './address.js';

/** What a guest may do on the network. Default: nothing. */
export interface NetworkOptions {
  /** TCP sockets, within `allow`. */
  tcp?: boolean | undefined;
  /** UDP sockets, within `allow`. */
  udp?: boolean | undefined;
  /**
   * What may be connected to, sent to, and bound to: `HOST:PORT`. HOST is an address (IPv6 in brackets), a block
   * (`10.0.0.0/8`, `[fd00::/8]`), `localhost` (127.0.0.1 and ::1), `*`, or a name, which is looked up once, now.
   * PORT is a number, a range `8000-8099`, or `*`; several are separated by commas.
   */
  allow?: readonly string[] | undefined;
  /** The guest may look up names. */
  lookup?: boolean | undefined;
}

/** Addresses that begin with the same bits. */
interface Block {
  ip: Uint8Array;
  bits: number;
}

/** Ports from `first` to `last`. */
interface Range {
  first: number;
  last: number;
}

/** One line of the list; no blocks stand for every address. */
interface Rule {
  blocks: Block[] | undefined;
  ports: Range[];
}

/** A rule of the list that cannot be understood, or whose name nobody knows. */
export class NetworkRuleError extends TypeError {
  /** As errors of the system have them, by which a command tells a setting that is wrong from a fault. */
  readonly code = 'EINVAL';
  readonly syscall = 'network';

  /** @param message which rule, and why */
  constructor(message: string) {
    super(message);
    Object.setPrototypeOf(this, NetworkRuleError.prototype);
    this.name = 'NetworkRuleError';
  }
}

const bad = (rule: string, why: string): never => {
  throw new NetworkRuleError(`network rule ${JSON.stringify(rule)}: ${why}`);
};

const LAST_PORT = 65535;

/** The ports of a rule. */
function parsePorts(rule: string, text: string): Range[] {
  return text.split(',').map((item) => {
    if (item === '*') return { first: 0, last: LAST_PORT };
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(item) ?? [];
    if (from === undefined) return bad(rule, `${JSON.stringify(item)} is no port, range or *`);
    const range = { first: Number(from), last: Number(to) };
    if (range.first > range.last || range.last > LAST_PORT) bad(rule, `there are no ports ${item}`);
    return range;
  });
}

/** A block in the form that addresses are compared in. */
function block(rule: string, ip: Uint8Array, bits = ip.length * 8): Block {
  if (bits > ip.length * 8) bad(rule, `an address has no ${bits} bits`);
  const plain = unmapped(ip);
  if (plain === ip) return { ip, bits };
  if (bits < 96) bad(rule, 'name IPv4 addresses as such');
  return { ip: plain, bits: bits - 96 };
}

/** Is this the text of a name (RFC 1123), and not one that some programs take for an address? */
const isName = (text: string): boolean =>
  /^(?:[\da-z_](?:[\da-z_-]{0,61}[\da-z_])?\.)*[a-z_](?:[\da-z_-]{0,61}[\da-z_])?\.?$/i.test(text);

/**
 * The addresses of a rule; undefined for all.
 * @param lookup gives the addresses of a name
 */
function parseHost(
  rule: string,
  text: string,
  lookup: (name: string) => Uint8Array[],
): Block[] | undefined {
  if (text === '*') return undefined;
  const [, inner, address, bits] = /^\[((.*?)(?:\/(\d{1,3}))?)\]$/.exec(text) ?? [];
  if (inner !== undefined) {
    const ip = parseIp(address!);
    if (ip?.length !== 16) return bad(rule, `${JSON.stringify(inner)} is no IPv6 address`);
    return [block(rule, ip, bits === undefined ? undefined : Number(bits))];
  }
  const [, four, length] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  if (four !== undefined) {
    const ip = parseIp(four);
    if (ip === undefined) return bad(rule, `${JSON.stringify(four)} is no IPv4 address`);
    return [block(rule, ip, length === undefined ? undefined : Number(length))];
  }
  if (text.toLowerCase() === 'localhost')
    return [block(rule, loopback(4)), block(rule, loopback(6))];
  if (!isName(text))
    return bad(rule, `${JSON.stringify(text)} is no host (IPv6 goes into brackets)`);
  const found = lookup(text);
  if (found.length === 0) return bad(rule, `nobody knows ${text}`);
  return found.map((ip) => block(rule, ip));
}

/** Splits a rule; throws a {@link NetworkRuleError}. */
function splitRule(rule: string): [host: string, ports: string] {
  const at = rule.lastIndexOf(':');
  if (at <= 0 || at === rule.length - 1) return bad(rule, 'HOST:PORT is wanted');
  return [rule.slice(0, at), rule.slice(at + 1)];
}

/** Checks a rule without looking up its name; throws a {@link NetworkRuleError}. @returns whether it has one */
function checkRule(rule: string): boolean {
  const [host, ports] = splitRule(rule);
  let isNamed = false;
  parsePorts(rule, ports);
  parseHost(rule, host, () => {
    isNamed = true;
    return [loopback(4)];
  });
  return isNamed;
}

/** Checks rules without looking up names; throws a {@link NetworkRuleError} for the first that is wrong. */
export function checkRules(rules: readonly string[]): void {
  for (const rule of rules) checkRule(rule);
}

/**
 * Rules with addresses in place of names, for whoever makes many lists of them: what is looked up again may have become
 * another address meanwhile, one that nobody meant.
 * @param lookup gives the addresses of a name as text, none where nobody knows it
 * Throws a {@link NetworkRuleError} for a rule that is wrong, or whose name nobody knows.
 */
export async function withoutNames(
  rules: readonly string[],
  lookup: (name: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const isNamed = rules.map(checkRule);
  const fixed = rules.map(async (rule, i) => {
    if (!isNamed[i]) return [rule];
    const [host, ports] = splitRule(rule);
    const found = await lookup(host);
    if (found.length === 0) return bad(rule, `nobody knows ${host}`);
    return found.map((ip) => `${ip.includes(':') ? `[${ip.replace(/%.*/, '')}]` : ip}:${ports}`);
  });
  return (await Promise.all(fixed)).flat();
}

/** Does an address lie in a block? */
function contains({ ip: start, bits }: Block, ip: Uint8Array): boolean {
  if (start.length !== ip.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (start[i] !== ip[i]) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return mask === 0 || (start[whole]! & mask) === (ip[whole]! & mask);
}

/** The list of one guest. */
export class AllowList {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly lookup: boolean;
  private readonly rules: Rule[];

  /**
   * @param options what is allowed
   * @param lookup gives the addresses of a name in a rule; is called for such rules only
   * Throws {@link NetworkRuleError}.
   */
  constructor(options: NetworkOptions, lookup: (name: string) => Uint8Array[]) {
    this.tcp = options.tcp ?? false;
    this.udp = options.udp ?? false;
    this.lookup = options.lookup ?? false;
    this.rules = (options.allow ?? []).map((rule) => {
      const [host, ports] = splitRule(rule);
      return { ports: parsePorts(rule, ports), blocks: parseHost(rule, host, lookup) };
    });
  }

  /** May this address and port be bound? */
  names({ ip, port }: SocketAddress): boolean {
    const plain = unmapped(ip);
    return this.rules.some(
      ({ blocks, ports }) =>
        ports.some(({ first, last }) => port >= first && port <= last) &&
        (blocks === undefined || blocks.some((one) => contains(one, plain))),
    );
  }

  /** May something be sent there? What goes to "any address" goes to the host itself, and is judged as that. */
  reaches(address: SocketAddress): boolean {
    return this.names(destination(address));
  }
}

/** Where what is sent to an address goes: systems take 0.0.0.0 and :: for the host itself. */
export function destination({ ip, port }: SocketAddress): SocketAddress {
  return { ip: isUnspecified(ip) ? loopback(familyOf(unmapped(ip))) : ip, port };
}
