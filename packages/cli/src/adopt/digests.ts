/**
 * Digests of files that other files name: `integrity` of scripts, tables of bundlers and service workers, hashes of a
 * policy. Gets the texts before and after a change, puts the new digests where the old ones stand, until none is left.
 */
import { createHash } from 'node:crypto';

/** A file, or a script in a page, before and after. */
export interface Changed {
  before: string | Uint8Array;
  after: string | Uint8Array;
}

const ALGORITHMS: [name: string, encoding: 'base64' | 'hex'][] = [
  ['sha256', 'base64'],
  ['sha384', 'base64'],
  ['sha512', 'base64'],
  ['sha256', 'hex'],
  ['sha1', 'hex'],
  ['md5', 'hex'],
];

/** Base64 of the three algorithms, and hexadecimal digits of MD5, SHA-1 and SHA-256. */
const DIGESTS =
  /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])|(?<![0-9a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![0-9a-f])/g;

const digest = (content: string | Uint8Array, [name, encoding]: (typeof ALGORITHMS)[number]) =>
  createHash(name).update(content).digest(encoding);

/** The digest by which a policy and `integrity` name a file. */
export const integrityOf = (content: string | Uint8Array): string =>
  `sha384-${digest(content, ['sha384', 'base64'])}`;

/** From the digests that were to those that are. */
export function renewedDigests(changed: Iterable<Changed>): Map<string, string> {
  const renewed = new Map<string, string>();
  for (const { before, after } of changed) {
    if (before === after) continue;
    for (const kind of ALGORITHMS) renewed.set(digest(before, kind), digest(after, kind));
  }
  return renewed;
}

/** A text with old digests replaced. */
export const renewed = (text: string, digests: ReadonlyMap<string, string>): string =>
  digests.size === 0 ? text : text.replace(DIGESTS, (found) => digests.get(found) ?? found);
