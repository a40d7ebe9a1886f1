/** Variables of the environment in the two forms that options have them in: gets either, gives strings or bytes. */
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** By name, where those that are `undefined` are left out; or `NAME=VALUE` as bytes, each ended by a NUL. */
export type Variables = Readonly<Record<string, string | undefined>> | Uint8Array;

/** Strings as NUL-terminated bytes. Throws a `TypeError` for one that holds a NUL. */
export function terminated(strings: readonly string[]): Uint8Array[] {
  return strings.map((string) => {
    if (string.includes('\0')) throw new TypeError('arguments and environment cannot hold NUL');
    return encodeUtf8(`${string}\0`);
  });
}

/** Each variable with its NUL, as a part of the bytes where those were given. */
export function variableBytes(variables: Variables): Uint8Array[] {
  if (!(variables instanceof Uint8Array))
    return terminated(variableEntries(variables).map(([name, value]) => `${name}=${value}`));
  const strings: Uint8Array[] = [];
  for (let at = 0, end = variables.indexOf(0); end >= 0; end = variables.indexOf(0, at)) {
    strings.push(variables.subarray(at, end + 1));
    at = end + 1;
  }
  return strings;
}

/** Names and values. */
export function variableEntries(variables: Variables): [string, string][] {
  if (!(variables instanceof Uint8Array))
    return Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
  return variableBytes(variables).map((bytes) => {
    const text = decodeUtf8(bytes.subarray(0, -1), true);
    const at = text.indexOf('=');
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  });
}
