/**
 * Status and header of an answer that a component gives piece by piece: what of them is no answer, and what they say of
 * its length. Whoever passed on a length that is not the body's would have the next answer on the connection taken for a
 * part of this one, or the other way round (RFC 9112, 6.3).
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { HandlerResponse } from './handler.js';

type Fields = HandlerResponse['headers'];

/** Is this the field that tells how long the body is? */
export const isLength = ([name]: Fields[number]): boolean =>
  name.toLowerCase() === 'content-length';

/** The values of all fields that tell a length; a list in one of them counts as several (RFC 9110, 8.6). */
const lengthsIn = (headers: Fields): Set<string> =>
  new Set(
    headers.filter(isLength).flatMap(([, value]) => value.split(',').map((one) => one.trim())),
  );

/** The length that a header tells, which {@link headFault} has looked at. */
export const lengthOf = (headers: Fields): number | undefined => {
  const field = headers.find(isLength);
  return field && Number.parseInt(field[1], 10);
};

/** Has an answer of this status to a request of this method no body, whatever its header tells? */
export const isBodiless = (status: number, method: string | undefined): boolean =>
  method === 'HEAD' || status === 204 || status === 304;

/** Why a status and a header are no answer; undefined where they are one. */
export const headFault = (status: number, headers: Fields): string | undefined => {
  // What comes before an answer is the server's (RFC 9110, 15.2).
  if (!Number.isInteger(status) || status < 200 || status > 599) return `the status ${status}`;
  const lengths = [...lengthsIn(headers)];
  if (lengths.length > 1 || lengths.some((one) => !/^\d{1,15}$/.test(one)))
    return `the length ${JSON.stringify(lengths.join(', '))}`;
  try {
    for (const [name, value] of headers) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};
