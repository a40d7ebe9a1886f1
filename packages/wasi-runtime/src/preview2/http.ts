/**
 * wasi:http of WASI 0.2: the resources of `types`, `outgoing-handler` over an `Exchange`, and what a component that
 * exports `incoming-handler` is called with. What waits waits within the call. A body that the guest gives up is never
 * taken for a whole one: the other side sees the connection end.
 */
import { fail, isError } from '../core/errno.js';
import type { Host } from '../core/host.js';
import { LONGEST_NAP } from '../core/waiting.js';
import { type BodySource, type IncomingHead, OutgoingBytes } from '../http/body.js';
import { Exchange, lengthOf, type Timeouts } from '../http/exchange.js';
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
import { type HttpCode, HttpError, internal, type Named } from '../http/values.js';
import { InputStream, IoError, type Output, OutputStream, onDrop, Pollable } from './io.js';
import type { NetworkContext } from './network-context.js';

/** `result` as a value. */
type Result<T, E> = { tag: 'ok'; val: T } | { tag: 'err'; val: E };

const FOREVER = Number.POSITIVE_INFINITY;
/** The error of a `result` without a value. */
const NOTHING = undefined;

/** `fields`. */
export class Fields extends CommonFields {
  static fromList(entries: readonly Field[]): Fields {
    return new Fields(FieldList.of(entries));
  }

  entries(): readonly Field[] {
    return this.list.all;
  }

  clone(): Fields {
    return new Fields(new FieldList(this.list.all));
  }
}

/** `incoming-body`. */
export class IncomingBody {
  private readonly source: BodySource;
  private readonly host: Host;
  private taken = false;

  constructor(source: BodySource, host: Host) {
    this.source = source;
    this.host = host;
    onDrop(this, () => source.close());
  }

  stream(): InputStream {
    if (this.taken) refuse();
    this.taken = true;
    return new InputStream(this.source, this.host);
  }

  /** What follows the body, which is read to its end for that. */
  static finish(body: IncomingBody): FutureTrailers {
    return new FutureTrailers(body.source, body.host);
  }
}

/** `future-trailers`. */
export class FutureTrailers {
  private readonly source: BodySource;
  private readonly host: Host;
  private told = false;
  private failure: HttpError | undefined;

  constructor(source: BodySource, host: Host) {
    this.source = source;
    this.host = host;
    onDrop(this, () => source.close());
  }

  subscribe(): Pollable {
    return new Pollable(this.host, () => (this.known ? 0 : FOREVER));
  }

  get(): Result<Result<Fields | undefined, HttpCode>, undefined> | undefined {
    if (!this.known) return undefined;
    if (this.told) return { tag: 'err', val: NOTHING };
    this.told = true;
    if (this.failure) return { tag: 'ok', val: { tag: 'err', val: this.failure.code } };
    const trailers = this.source.trailers()!;
    const fields = trailers.length > 0 ? new Fields(fixed(trailers)) : undefined;
    return { tag: 'ok', val: { tag: 'ok', val: fields } };
  }

  /** Reads what the guest has left. */
  private get known(): boolean {
    const buffer = new Uint8Array(4096);
    try {
      while (!this.source.trailers() && this.source.read([buffer], true) > 0);
      return true;
    } catch (error) {
      if (isError(error, 'AGAIN')) return false;
      if (!(error instanceof HttpError)) throw error;
      this.failure = error;
      return true;
    }
  }
}

/** `outgoing-body`. */
export class OutgoingBody {
  private readonly bytes: OutgoingBytes;
  private readonly host: Host;
  private taken = false;
  private finished = false;

  constructor(bytes: OutgoingBytes, host: Host) {
    this.bytes = bytes;
    this.host = host;
    // Without `finish` it is not whole.
    onDrop(this, () => {
      if (!this.finished) bytes.fail(internal('the body was given up'));
    });
  }

  write(): OutputStream {
    if (this.taken) refuse();
    this.taken = true;
    const { bytes, host } = this;
    const output: Output = {
      write(data) {
        if (bytes.isBroken) fail('PIPE');
        // It was copied out of the guest's memory.
        bytes.push(data);
        // Nobody sends before the request has been handed over; what is written until then is kept.
        while (bytes.hasSender && bytes.room === 0 && !bytes.isBroken) host.sleep(LONGEST_NAP);
      },
      room: () => (bytes.isBroken ? 1 : bytes.room),
    };
    return new OutputStream(output, host);
  }

  /** It is whole. */
  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    body.finished = true;
    try {
      body.bytes.end(trailers?.list.all ?? []);
    } catch (error) {
      if (error instanceof HttpError) throw error.code;
      throw error;
    }
  }
}

/** A length that the header tells; a body has it, or what is sent of it is not whole. */
const bodyFor = (fields: FieldList): OutgoingBytes => new OutgoingBytes(lengthOf(fields));

/** The interfaces of wasi:http, and what serving takes. */
export function http(context: NetworkContext) {
  const { host } = context;

  /** `incoming-request`. */
  class IncomingRequest {
    private readonly head: IncomingHead;
    private readonly list: FieldList;
    private consumed = false;

    constructor(head: IncomingHead) {
      this.head = head;
      this.list = fixed(head.fields);
    }

    method = (): Named => this.head.method;
    pathWithQuery = (): string | undefined => this.head.path;
    scheme = (): Named | undefined => this.head.scheme;
    authority = (): string | undefined => this.head.authority;
    headers = (): Fields => new Fields(this.list);

    consume(): IncomingBody {
      if (this.consumed) refuse();
      this.consumed = true;
      return new IncomingBody(this.head.body, host);
    }
  }

  /** `outgoing-request`. */
  class OutgoingRequest {
    readonly list: FieldList;
    content: OutgoingBytes | undefined;
    readonly target = new RequestTarget();

    constructor(headers: Fields) {
      this.list = fixed(headers.list.all);
    }

    body(): OutgoingBody {
      if (this.content) refuse();
      this.content = bodyFor(this.list);
      return new OutgoingBody(this.content, host);
    }

    method = this.target.getMethod;
    setMethod = this.target.setMethod;
    pathWithQuery = this.target.getPathWithQuery;
    setPathWithQuery = this.target.setPathWithQuery;
    scheme = this.target.getScheme;
    setScheme = this.target.setScheme;
    authority = this.target.getAuthority;
    setAuthority = this.target.setAuthority;
    headers = (): Fields => new Fields(this.list);
  }

  /** `request-options`: durations in nanoseconds. */
  class RequestOptions {
    readonly timeouts: Timeouts = {};

    connectTimeout = () => this.timeouts.connect;
    setConnectTimeout(duration: bigint | undefined): void {
      this.timeouts.connect = duration;
    }

    firstByteTimeout = () => this.timeouts.firstByte;
    setFirstByteTimeout(duration: bigint | undefined): void {
      this.timeouts.firstByte = duration;
    }

    betweenBytesTimeout = () => this.timeouts.betweenBytes;
    setBetweenBytesTimeout(duration: bigint | undefined): void {
      this.timeouts.betweenBytes = duration;
    }
  }

  /** `incoming-response`. */
  class IncomingResponse {
    private readonly exchange: Exchange;
    private readonly list: FieldList;
    private readonly code: number;
    private consumed = false;

    constructor(exchange: Exchange, code: number, fields: readonly Field[]) {
      this.exchange = exchange;
      this.code = code;
      this.list = fixed(fields);
      onDrop(this, () => {
        if (!this.consumed) exchange.close();
      });
    }

    status = (): number => this.code;
    headers = (): Fields => new Fields(this.list);

    consume(): IncomingBody {
      if (this.consumed) refuse();
      this.consumed = true;
      return new IncomingBody(bodyOfExchange(this.exchange, host), host);
    }
  }

  /** `future-incoming-response`. */
  class FutureIncomingResponse {
    private readonly exchange: Exchange;
    private told = false;

    constructor(exchange: Exchange) {
      this.exchange = exchange;
      onDrop(this, () => {
        if (!this.told) exchange.close();
      });
    }

    subscribe(): Pollable {
      return new Pollable(host, () => {
        try {
          return this.exchange.response ? 0 : FOREVER;
        } catch {
          return 0;
        }
      });
    }

    get(): Result<Result<IncomingResponse, HttpCode>, undefined> | undefined {
      if (this.told) return { tag: 'err', val: NOTHING };
      try {
        const { response } = this.exchange;
        if (!response) return undefined;
        const made = new IncomingResponse(this.exchange, response.status, response.fields);
        this.told = true;
        return { tag: 'ok', val: { tag: 'ok', val: made } };
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        this.told = true;
        return { tag: 'ok', val: { tag: 'err', val: error.code } };
      }
    }
  }

  /** `outgoing-response`. */
  class OutgoingResponse {
    readonly list: FieldList;
    content: OutgoingBytes | undefined;
    private code = 200;

    constructor(headers: Fields) {
      this.list = fixed(headers.list.all);
    }

    statusCode = (): number => this.code;
    setStatusCode(code: number): void {
      if (code < 100 || code > 599) refuse();
      this.code = code;
    }

    headers = (): Fields => new Fields(this.list);

    body(): OutgoingBody {
      if (this.content) refuse();
      this.content = bodyFor(this.list);
      return new OutgoingBody(this.content, host);
    }
  }

  /** `response-outparam`: where the answer goes, once. */
  class ResponseOutparam {
    private take: ((answer: Answer) => void) | undefined;

    constructor(take: (answer: Answer) => void) {
      this.take = take;
    }

    private answer(): ((answer: Answer) => void) | undefined {
      const { take } = this;
      this.take = undefined;
      return take;
    }

    static set(param: ResponseOutparam, response: Result<OutgoingResponse, HttpCode>): void {
      const take = param.answer();
      if (response.tag === 'err') {
        take?.({ error: response.val });
        return;
      }
      const { list, content } = response.val;
      take?.({ status: response.val.statusCode(), fields: list.all, body: content });
    }
  }

  const handle = (
    request: OutgoingRequest,
    options: RequestOptions | undefined,
  ): FutureIncomingResponse => {
    const head = request.target.head(request.list);
    const exchange = new Exchange(context, head, request.content, options?.timeouts);
    return new FutureIncomingResponse(exchange);
  };

  return {
    interfaces: {
      'wasi:http/types': {
        Fields,
        IncomingRequest,
        OutgoingRequest,
        RequestOptions,
        ResponseOutparam,
        IncomingResponse,
        IncomingBody,
        FutureTrailers,
        FutureIncomingResponse,
        OutgoingResponse,
        OutgoingBody,
        httpErrorCode: (error: unknown): HttpCode | undefined =>
          error instanceof IoError && error.cause instanceof HttpError
            ? error.cause.code
            : undefined,
      },
      'wasi:http/outgoing-handler': { handle },
    } as Record<string, Record<string, unknown>>,
    /** Hands a request to `incoming-handler`; the answer goes into the sink. Fails with a `NoAnswerError`, or traps. */
    serve(handler: IncomingHandler, request: HandledRequest, sink: Sink): void {
      let answered = false;
      let over = false;
      const take = (answer: Answer): void => {
        answered = true;
        if ('error' in answer) throw new NoAnswerError(answer.error);
        const { status, fields, body } = answer;
        sink.respond(headOf(status, fields));
        const pump = (): void => {
          for (let piece = body?.take(); piece; piece = body?.take()) void sink.write(piece);
          const ending = body ? body.ending : { trailers: [] };
          if (!ending || over) return;
          over = true;
          sink.end(trailersOf(ending.trailers));
        };
        if (body) body.pump = pump;
        pump();
      };
      handler.handle(new IncomingRequest(incomingHead(request)), new ResponseOutparam(take));
      if (!answered || !over) throw new NoAnswerError();
    },
  };
}

/** `wasi:http/incoming-handler`. */
export interface IncomingHandler {
  handle(request: object, out: object): void;
}

/** What the guest has answered. */
type Answer =
  | { status: number; fields: readonly Field[]; body: OutgoingBytes | undefined }
  | { error: HttpCode };
