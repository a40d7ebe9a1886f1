/**
 * What answers requests. The server (server.ts) knows only this: it has read the request, bounded its body, and writes
 * whatever answer comes. A kind of program is a handler: wagi.ts is the one for WAGI, which has whole bodies;
 * http-component.ts the one for components of wasi:http, whose bodies come and go piece by piece.
 */

/** A request as it has come in, with its body read. */
export interface HandlerRequest {
  method: string;
  /** The request's target, undecoded: path and query. */
  target: string;
  /** `HTTP/1.1`. */
  protocol: string;
  /** Names and values in turn, as they came. */
  headers: readonly string[];
  body: Uint8Array<ArrayBuffer>;
  /** Which route it took, as it was written, and what of the path it has matched. */
  route: { pattern: string; base: string };
  /** The address of whoever asks, and the port that was asked. */
  remoteAddress: string;
  localPort: number;
}

/** An answer; `content-length` and what concerns the connection are the server's. */
export interface HandlerResponse {
  status: number;
  /** The text after the status; default: the usual one. */
  reason?: string | undefined;
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
  /** Why the program has given no answer of its own, if so, for metrics and log. */
  failure?: Failure | undefined;
}

/** What can become of a program: it trapped, took too long, said something that is no answer, or was in the way. */
export type Failure = 'trap' | 'timeout' | 'invalid' | 'ended';

/** A program that answers requests. */
export interface RequestHandler {
  /** Answers a request; never fails for what a program does. */
  handle(request: HandlerRequest): Promise<HandlerResponse>;
}

/** A body that is still coming. */
export interface ComingBody {
  /**
   * What has come since; `undefined` for nothing yet, `null` at the end. Fails with the code `TOO_LARGE`, or where the
   * client has gone.
   */
  next(): Uint8Array | null | undefined;
  /** Resolves when that may have changed. */
  later(): Promise<void>;
}

/** A request whose body is still coming. */
export interface StreamingRequest extends Omit<HandlerRequest, 'body'> {
  /** Undefined where there is none. */
  body: ComingBody | undefined;
  /** Names and values in turn, once the body is over. */
  trailers(): readonly string[];
}

/** Where an answer goes piece by piece. */
export interface ResponseStream {
  /** Status and header, which leave with the first piece. */
  head(status: number, headers: HandlerResponse['headers']): void;
  /** @param left is called when the bytes have left */
  write(bytes: Uint8Array, left: () => void): void;
  end(trailers: HandlerResponse['headers']): void;
  /** Nothing more is known now: what was written leaves, if it has not yet. */
  flush(): void;
  /** A whole answer, in place of what {@link head} was told; for as long as nothing has left. */
  whole(response: HandlerResponse): void;
  /** Breaks off. */
  abort(): void;
  /** Calls when the client has gone before the end. */
  onGone(call: () => void): void;
}

/** A program that answers requests piece by piece. */
export interface StreamingHandler {
  /** Answers a request; returns why the program has given no whole answer of its own, if so. */
  stream(request: StreamingRequest, response: ResponseStream): Promise<Failure | undefined>;
}

/** Headers that concern the connection (RFC 9110, 7.6.1), which is the server's. */
export const CONNECTION_HEADERS = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
] as const;

/** An answer that the server gives in place of a program, as plain text. */
export const plainResponse = (
  status: number,
  text: string,
  failure?: Failure,
  headers: HandlerResponse['headers'] = [],
): HandlerResponse => ({
  status,
  headers: [['content-type', 'text/plain; charset=utf-8'], ...headers],
  body: new TextEncoder().encode(`${text}\n`),
  failure,
});

/** What whoever asks is told of a program that has given no answer of its own. */
const TOLD: Readonly<Record<Failure, readonly [status: number, text: string]>> = {
  trap: [500, 'The program has failed.'],
  timeout: [504, 'The program took too long.'],
  invalid: [502, 'The program has given no answer.'],
  ended: [503, 'The program was ended.'],
};

/** The answer in place of one that a program has not given. */
export const failedResponse = (failure: Failure): HandlerResponse =>
  plainResponse(...TOLD[failure], failure);

/** The answer to a request whose body is larger than it may be. */
export const REQUEST_TOO_LARGE = plainResponse(413, 'The request is too large.');
