/**
 * wasi:http of WASI 0.3: `types`, `client` over the exchanges that 0.2 has, and requests for a component that exports
 * `handler`. Bodies are streams of the guest's with a future of trailers behind them.
 */
import { isError } from '../core/errno.js';
import type { Host } from '../core/host.js';
import { type BodySource, OutgoingBytes } from '../http/body.js';
import { Exchange, lengthOf, type RequestHead, type Timeouts } from '../http/exchange.js';
import { type Field, FieldList } from '../http/fields.js';
import { bodyOfExchange, CommonFields, fixed, RequestTarget, refuse } from '../http/messages.js';
import {
  type HandledRequest,
  headOf,
  incomingHead,
  NoAnswerError,
  type Sink,
  trailersOf,
} from '../http/serving.js';
import { type HttpCode, HttpError, internal } from '../http/values.js';
import { onDrop } from '../preview2/io.js';
import type { NetworkContext } from '../preview2/network-context.js';
import { CHUNK, drain, drop, type Outcome, type StreamReader, streamOf } from './streams.js';
import { change, eventually } from './waiting.js';

/** A failure as a value. */
const failure = (code: HttpCode): { tag: 'err'; val: HttpCode } => ({ tag: 'err', val: code });

/** The `error-code` of something that was thrown. */
function httpCode(error: unknown): HttpCode {
  if (error instanceof HttpError) return error.code;
  throw error;
}

/** `fields`. */
export class Fields extends CommonFields {
  static fromList(entries: readonly Field[]): Fields {
    return new Fields(FieldList.of(entries));
  }

  copyAll = (): readonly Field[] => this.list.all;
  clone = (): Fields => new Fields(new FieldList(this.list.all));

  getAndDelete(name: string): Uint8Array[] {
    const values = this.list.get(name);
    this.list.delete(name);
    return values;
  }
}

/** Trailers as the future gives them. */
type Trailers = { tag: 'ok'; val: Fields | undefined } | { tag: 'err'; val: HttpCode };

/** What a future of the guest's ends with; one that is dropped has ended well. */
async function settled(future: PromiseLike<unknown>): Promise<Trailers> {
  try {
    const value = (await future) as Trailers | Fields | undefined;
    if (value && typeof value === 'object' && 'tag' in value) return value;
    return { tag: 'ok', val: value };
  } catch (error) {
    const { payload } = (error ?? {}) as { payload?: HttpCode };
    return failure(payload ?? internal('the trailers have failed').code);
  }
}

/** The body of a message: of the guest's, or of the other side's. */
type Body =
  | { contents: StreamReader | undefined; trailers: Promise<Trailers> }
  | { source: BodySource };

/** What requests and responses have. */
abstract class Message {
  readonly list: FieldList;
  readonly body: Body;
  /** Settles the future of whether it has been sent. */
  settle: (outcome: Outcome<HttpCode>) => void = () => {};
  private taken = false;

  constructor(list: FieldList, body: Body) {
    this.list = list;
    this.body = body;
    onDrop(this, () => {
      if (!this.taken) this.giveUp();
    });
  }

  getHeaders = (): Fields => new Fields(this.list);

  /** Whoever takes the body does so once. */
  take(): Body {
    if (this.taken) throw new RangeError('the body has been taken already');
    this.taken = true;
    return this.body;
  }

  private giveUp(): void {
    if ('source' in this.body) this.body.source.close();
    else if (this.body.contents) drop(this.body.contents);
    this.settle(failure(internal('it was given up').code));
  }
}

/** A message of the guest's, and the future of whether it has been sent. */
function withOutcome<M extends Message>(message: M): [M, Promise<Outcome<HttpCode>>] {
  const sent = new Promise<Outcome<HttpCode>>((done) => {
    message.settle = done;
  });
  return [message, sent];
}

/**
 * The body as the guest reads it.
 * @param done the guest's future of how it has taken the body. Nothing depends on it, but who writes one waits until it is
 *   read, and dropping its writer is writing: a command would never end.
 */
function consumed(
  message: Message,
  done: PromiseLike<unknown>,
  host: Host,
): [AsyncIterable<Uint8Array>, Promise<Trailers>] {
  const body = message.take();
  void settled(done);
  if ('source' in body) {
    const { source } = body;
    const [stream, outcome] = streamOf(() => pieceOf(source, host), httpCode);
    const trailers = outcome.then((how): Trailers => {
      if (how.tag === 'err') return how;
      const fields = source.trailers() ?? [];
      source.close();
      return { tag: 'ok', val: fields.length > 0 ? new Fields(fixed(fields)) : undefined };
    });
    return [stream, trailers];
  }
  const { contents, trailers } = body;
  const [stream] = streamOf(async () => {
    const result = (await contents?.read({ count: CHUNK })) as
      | { done: boolean; value: Uint8Array }
      | undefined;
    return result && !result.done ? result.value : undefined;
  }, httpCode);
  return [stream, trailers];
}

/** The next bytes of a body; undefined at its end. */
async function pieceOf(source: BodySource, host: Host): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(CHUNK);
  for (;;) {
    try {
      const count = source.read([buffer], true);
      return count === 0 ? undefined : buffer.slice(0, count);
    } catch (error) {
      if (!isError(error, 'AGAIN')) throw error;
    }
    await (source.later ? source.later() : change(host));
  }
}

/**
 * Hands a body to `write`, piece by piece; returns its trailers. Fails with an `HttpError` where it is not whole.
 * @param length that it has to have, if that is known
 */
async function delivered(
  body: Body,
  host: Host,
  write: (bytes: Uint8Array) => void | Promise<void>,
  length?: number,
): Promise<readonly Field[]> {
  if ('source' in body) {
    for (
      let piece = await pieceOf(body.source, host);
      piece;
      piece = await pieceOf(body.source, host)
    )
      await write(piece);
    return body.source.trailers() ?? [];
  }
  const { contents, trailers } = body;
  if (contents === undefined) return [];
  try {
    const size = await drain(contents, write, length);
    if (length !== undefined && size > length)
      throw new HttpError('HTTP-request-body-size', BigInt(size));
  } catch (error) {
    drop(contents);
    throw error;
  }
  const how = await trailers;
  if (how.tag === 'err') throw new HttpError(how.val.tag, how.val.val);
  return how.val?.list.all ?? [];
}

/** `handler`. */
export interface Handler {
  handle(request: object): Promise<unknown>;
}

/** The interfaces of wasi:http@0.3, and what serving takes. */
export function http(context: NetworkContext) {
  const { host } = context;

  /** `request-options`: durations in nanoseconds. */
  class RequestOptions {
    readonly timeouts: Timeouts;
    private readonly fixed: boolean;

    constructor(timeouts?: Timeouts, isFixed = false) {
      this.timeouts = { ...timeouts };
      this.fixed = isFixed;
    }

    getConnectTimeout = () => this.timeouts.connect;
    setConnectTimeout = (duration: bigint | undefined) => this.set('connect', duration);
    getFirstByteTimeout = () => this.timeouts.firstByte;
    setFirstByteTimeout = (duration: bigint | undefined) => this.set('firstByte', duration);
    getBetweenBytesTimeout = () => this.timeouts.betweenBytes;
    setBetweenBytesTimeout = (duration: bigint | undefined) => this.set('betweenBytes', duration);
    clone = (): RequestOptions => new RequestOptions(this.timeouts);

    private set(name: keyof Timeouts, duration: bigint | undefined): void {
      if (this.fixed) throw { tag: 'immutable' };
      this.timeouts[name] = duration;
    }
  }

  /** `request`. */
  class Request extends Message {
    readonly options: RequestOptions | undefined;
    readonly target = new RequestTarget();

    constructor(list: FieldList, body: Body, options?: RequestOptions) {
      super(list, body);
      this.options = options;
    }

    static new(
      headers: Fields,
      contents: StreamReader | undefined,
      trailers: PromiseLike<unknown>,
      options: RequestOptions | undefined,
    ) {
      const body = { contents, trailers: settled(trailers) };
      return withOutcome(new Request(fixed(headers.list.all), body, options));
    }

    /** One that has come. */
    static of(given: HandledRequest): Request {
      const head = incomingHead(given);
      const request = new Request(fixed(head.fields), { source: head.body });
      request.target.parts = head;
      return request;
    }

    getMethod = this.target.getMethod;
    setMethod = this.target.setMethod;
    getPathWithQuery = this.target.getPathWithQuery;
    setPathWithQuery = this.target.setPathWithQuery;
    getScheme = this.target.getScheme;
    setScheme = this.target.setScheme;
    getAuthority = this.target.getAuthority;
    setAuthority = this.target.setAuthority;

    getOptions = (): RequestOptions | undefined =>
      this.options && new RequestOptions(this.options.timeouts, true);

    static consumeBody(request: Request, done: PromiseLike<unknown>) {
      return consumed(request, done, host);
    }
  }

  /** `response`. */
  class Response extends Message {
    private code = 200;

    static new(
      headers: Fields,
      contents: StreamReader | undefined,
      trailers: PromiseLike<unknown>,
    ) {
      const body = { contents, trailers: settled(trailers) };
      return withOutcome(new Response(fixed(headers.list.all), body));
    }

    /** One that has come. */
    static of(code: number, fields: readonly Field[], source: BodySource): Response {
      const response = new Response(fixed(fields), { source });
      response.code = code;
      return response;
    }

    getStatusCode = (): number => this.code;
    setStatusCode(code: number): void {
      if (code < 100 || code > 599) refuse();
      this.code = code;
    }

    static consumeBody(response: Response, done: PromiseLike<unknown>) {
      return consumed(response, done, host);
    }
  }

  /** Passes the body of a request on, and tells whether it has left. */
  const transmit = async (
    request: Request,
    body: Body,
    bytes: OutgoingBytes | undefined,
    exchange: Exchange,
  ): Promise<void> => {
    try {
      const write = async (piece: Uint8Array): Promise<void> => {
        bytes!.push(piece);
        while (bytes!.room === 0 && !bytes!.isBroken) await change(host);
      };
      const trailers = await delivered(body, host, write, bytes?.length);
      bytes?.end(trailers);
      await eventually(
        host,
        () => exchange.isSent,
        (sent) => sent,
      );
      request.settle({ tag: 'ok', val: undefined });
    } catch (error) {
      const code = httpCode(error);
      bytes?.fail(error as HttpError);
      request.settle(failure(code));
    }
  };

  const send = async (request: Request): Promise<Response> => {
    const body = request.take();
    let head: RequestHead;
    try {
      head = request.target.head(request.list);
    } catch (code) {
      request.settle(failure(code as HttpCode));
      throw code;
    }
    const has = 'source' in body || body.contents !== undefined;
    const bytes = has ? new OutgoingBytes(lengthOf(request.list)) : undefined;
    const exchange = new Exchange(context, head, bytes, request.options?.timeouts);
    void transmit(request, body, bytes, exchange);
    try {
      const { status, fields } = await eventually(
        host,
        () => exchange.response,
        (response) => response !== undefined,
      ).then((response) => response!);
      return Response.of(status, fields, bodyOfExchange(exchange, host));
    } catch (error) {
      exchange.close();
      throw httpCode(error);
    }
  };

  return {
    interfaces: {
      'wasi:http/types@0.3': { Fields, Request, RequestOptions, Response },
      'wasi:http/client@0.3': { send },
    } as Record<string, Record<string, unknown>>,
    /** Hands a request to `handler`; the answer goes into the sink. Fails with a `NoAnswerError`, or traps. */
    async serve(handler: Handler, request: HandledRequest, sink: Sink): Promise<void> {
      let answer: unknown;
      try {
        answer = await handler.handle(Request.of(request));
      } catch (error) {
        const { payload } = error as { payload?: HttpCode };
        if (payload?.tag === undefined) throw error;
        throw new NoAnswerError(payload);
      }
      if (!(answer instanceof Response)) throw new NoAnswerError();
      sink.respond(headOf(answer.getStatusCode(), answer.list.all));
      try {
        const trailers = await delivered(answer.take(), host, (bytes) => sink.write(bytes));
        sink.end(trailersOf(trailers));
        answer.settle({ tag: 'ok', val: undefined });
      } catch (error) {
        const code = httpCode(error);
        answer.settle(failure(code));
        throw new NoAnswerError(code);
      }
    },
  };
}
