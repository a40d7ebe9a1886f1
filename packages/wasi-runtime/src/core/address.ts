/**
 * Addresses of the internet as bytes: read from text, written as text. Only what is written in full is read
 * (four decimal numbers, or RFC 4291's forms): a shorter or octal form means different hosts to different programs.
 */

/** An address and a port. */
export interface SocketAddress {
  /** 4 bytes (IPv4) or 16 (IPv6), in network order. */
  ip: Uint8Array;
  port: number;
}

/** Version of the protocol that an address belongs to. */
export type Family = 4 | 6;

/** The family of an address. */
export function familyOf(ip: Uint8Array): Family {
  return ip.length === 4 ? 4 : 6;
}

/** The address that stands for all of the host's own (0.0.0.0 or ::). */
export function unspecified(family: Family): Uint8Array {
  return new Uint8Array(family === 4 ? 4 : 16);
}

/** Any port of any address of the host: what a socket has that binds none. */
export function anything(family: Family): SocketAddress {
  return { ip: unspecified(family), port: 0 };
}

/** Is it that? */
export function isAnything({ ip, port }: SocketAddress): boolean {
  return port === 0 && isUnspecified(ip);
}

/** The address of the host itself (127.0.0.1 or ::1). */
export function loopback(family: Family): Uint8Array {
  return family === 4
    ? Uint8Array.of(127, 0, 0, 1)
    : Uint8Array.from({ length: 16 }, (_, i) => +(i === 15));
}

/** Is this 0.0.0.0 or ::, also as an IPv4 address within IPv6? */
export function isUnspecified(ip: Uint8Array): boolean {
  return unmapped(ip).every((byte) => byte === 0);
}

/** The IPv4 address that an IPv6 one stands for (`::ffff:a.b.c.d`, RFC 4291, 2.5.5.2), else the address itself. */
export function unmapped(ip: Uint8Array): Uint8Array {
  if (ip.length !== 16) return ip;
  const mapped = ip.subarray(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  return mapped ? ip.subarray(12) : ip;
}

/** Reads `a.b.c.d`; undefined for anything else. */
function parseIPv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part)))
    return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** Bytes of groups of IPv6, separated by colons; the last may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const four = i === groups.length - 1 ? parseIPv4(group) : undefined;
    if (four) bytes.push(...four);
    else if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

/** Reads an address (RFC 4291, 2.2, without zones); undefined for what is none. */
export function parseIp(text: string): Uint8Array | undefined {
  const four = parseIPv4(text);
  if (four) return Uint8Array.from(four);
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  // An IPv4 address can only be what ends it.
  if (halves.length === 2 && halves[0]!.includes('.')) return undefined;
  const [front, back] = halves.map(parseGroups);
  if (front === undefined || (halves.length === 2 && back === undefined)) return undefined;
  const missing = 16 - front.length - (back?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...front, ...new Array<number>(missing).fill(0), ...(back ?? [])]);
}

/** Writes an address in a form that every host reads. */
export function formatIp(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((ip[2 * i]! << 8) | ip[2 * i + 1]!).toString(16),
  );
  return groups.join(':');
}

/** Are two addresses one, whatever form they are in? */
export function sameAddress(a: SocketAddress, b: SocketAddress): boolean {
  const [one, other] = [unmapped(a.ip), unmapped(b.ip)];
  return (
    a.port === b.port && one.length === other.length && one.every((byte, i) => byte === other[i])
  );
}
