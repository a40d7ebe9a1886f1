/**
 * A component that exports `wasi:http/incoming-handler` (or `handler` of 0.3) answers a request: its body is passed on as
 * it comes, the answer as it is written, within limits of time and size.
 */

import { headFault } from './answer-head.js';
import {
  type Failure,
  failedResponse,
  type HandlerResponse,
  plainResponse,
  REQUEST_TOO_LARGE,
  type ResponseStream,
  type StreamingHandler,
  type StreamingRequest,
} from './handler.js';
import type { Crew, Hired, Hirer } from './http-crew.js';
import {
  ASK,
  contentOf,
  DATA,
  dataOf,
  END,
  FREE,
  GONE,
  HEAD,
  type HttpFields,
  type HttpProgram,
  type HttpQuestion,
  messagesOf,
  Pieces,
  type Put,
  SAID,
  TRAP,
} from './http-messages.js';
import type { Message } from './ring.js';
import type { ServedLimits } from './served.js';

/** Bytes that may be waiting for a client to take them. */
const MOST_ON_THEIR_WAY = 1 << 18;

/** What a component is run with. */
export interface ComponentOptions extends ServedLimits {
  crew: Crew;
  program: HttpProgram;
}

/** Header fields in Node's form, as pairs. */
const fieldsOf = (raw: readonly string[]): HttpFields => {
  const fields: HttpFields = [];
  for (let i = 0; i < raw.length; i += 2) fields.push([raw[i]!, raw[i + 1]!]);
  return fields;
};

/** One request and its answer. */
class Exchange implements Hirer {
  failure: Failure | undefined;
  private readonly options: ComponentOptions;
  private readonly request: StreamingRequest;
  private readonly response: ResponseStream;
  private readonly pieces = new Pieces();
  private hired: Hired | undefined;
  /** Has something of the answer left, is it whole, and does nobody answer any more? */
  private begun = false;
  private finished = false;
  private over = false;
  /** Bytes of the answer, and those that the client has not taken yet. */
  private size = 0;
  private waiting = 0;
  private settle: () => void = () => {};
  private readonly settled = new Promise<void>((done) => {
    this.settle = done;
  });

  constructor(options: ComponentOptions, request: StreamingRequest, response: ResponseStream) {
    this.options = options;
    this.request = request;
    this.response = response;
  }

  /** Has a thread answer; returns why it has given no whole answer, if so. */
  async run(): Promise<Failure | undefined> {
    const { crew, program, timeLimit, complain } = this.options;
    const hired = await crew.hire(program, this);
    if (!hired) {
      this.fail('ended');
      return this.failure;
    }
    this.hired = hired;
    const timer = setTimeout(() => {
      complain(program.name, `ended after ${timeLimit / 1000} s`);
      this.fail('timeout');
      hired.fire();
    }, timeLimit);
    // Who has gone needs no answer.
    this.response.onGone(() => {
      if (!this.over) hired.fire();
    });
    void this.pass(hired);
    await this.settled;
    clearTimeout(timer);
    return this.failure;
  }

  /** Takes what the thread has told, for as long as the client takes the answer. */
  receive(): void {
    const { hired } = this;
    while (hired && !this.over && this.waiting < MOST_ON_THEIR_WAY) {
      const piece = hired.from.take(DATA);
      if (!piece) break;
      const message = this.pieces.whole(piece);
      if (message?.kind === FREE) {
        hired.free();
        this.end('invalid');
      } else if (message && !this.failure) this.take(message);
    }
    this.response.flush();
  }

  ended(): void {
    this.end('ended');
  }

  /** Nobody answers any more. */
  private end(why: Failure): void {
    if (this.over) return;
    this.over = true;
    this.fail(why);
    this.settle();
  }

  /** It fails: the answer is another one where nothing of its own has left, else it breaks off. */
  private fail(why: Failure, answer: HandlerResponse = failedResponse(why)): void {
    if (this.finished || this.failure) return;
    this.failure = why;
    if (this.begun) this.response.abort();
    else this.response.whole(answer);
    this.begun = true;
  }

  /** Takes a message about the answer. */
  private take(message: Message): void {
    const { response } = this;
    const { program, complain } = this.options;
    const { kind, bytes } = message;
    if (kind === DATA) this.write(bytes);
    else if (kind === HEAD) {
      const { status, headers } = contentOf<{ status: number; headers: HttpFields }>(message);
      const fault = headFault(status, headers);
      if (fault === undefined) response.head(status, headers);
      else {
        complain(program.name, `no answer: ${fault}`);
        this.fail('invalid');
      }
    } else if (kind === END) {
      this.finished = true;
      response.end(contentOf<HttpFields>(message));
    } else {
      const text = contentOf<string>(message);
      const what = kind === TRAP ? 'trap: ' : 'no answer: ';
      complain(program.name, kind === SAID ? text : what + text);
      if (kind !== SAID) this.fail(kind === TRAP ? 'trap' : 'invalid');
    }
  }

  private write(bytes: Buffer): void {
    const { answerLimit, complain, program } = this.options;
    this.size += bytes.length;
    if (this.size > answerLimit) {
      complain(program.name, `the answer is larger than ${answerLimit} bytes`);
      this.fail('invalid', plainResponse(502, 'The answer is too large.'));
      this.hired!.fire();
      return;
    }
    this.begun = true;
    this.waiting += bytes.length;
    this.response.write(bytes, () => {
      const full = this.waiting >= MOST_ON_THEIR_WAY;
      this.waiting -= bytes.length;
      if (full) this.receive();
    });
  }

  /** Passes the request on, with its body as it comes. */
  private async pass(hired: Hired): Promise<void> {
    const { request } = this;
    const host = request.headers.find((_, i, all) => i % 2 === 1 && /^host$/i.test(all[i - 1]!));
    const question: HttpQuestion = {
      method: request.method,
      path: request.target,
      authority: host ?? `localhost:${request.localPort}`,
      headers: fieldsOf(request.headers),
    };
    const { body } = request;
    let messages = messagesOf(ASK, question);
    if (!body) messages.push(...messagesOf(END, []));
    try {
      for (let open = body; ; ) {
        while (open) {
          const piece = open.next();
          if (piece === undefined) break;
          if (piece) messages.push(...dataOf(piece));
          else {
            messages.push(...messagesOf(END, fieldsOf(request.trailers())));
            open = undefined;
          }
        }
        const sent = this.send(hired, messages);
        if (sent) await sent;
        if (!open || this.over) return;
        messages = [];
        await open.later();
      }
    } catch (error) {
      if ((error as { code?: string }).code === 'TOO_LARGE')
        this.fail('invalid', REQUEST_TOO_LARGE);
      await this.send(hired, [...messages, [GONE, Buffer.alloc(0)]]);
    }
  }

  /** Sends messages; a promise where they have to wait for room. Nothing is sent once nobody answers. */
  private send({ to }: Hired, messages: readonly Put[]): Promise<void> | undefined {
    let at = 0;
    const put = (): boolean => {
      while (at < messages.length && !this.over && to.put(...messages[at]!)) at++;
      to.told();
      return at === messages.length || this.over;
    };
    if (put()) return undefined;
    return (async () => {
      for (let { read } = to; !put(); read = to.read) await to.moreRoom(read);
    })();
  }
}

/** A handler that runs a component. */
export const componentHandler = (options: ComponentOptions): StreamingHandler => ({
  stream: (request, response) => new Exchange(options, request, response).run(),
});
