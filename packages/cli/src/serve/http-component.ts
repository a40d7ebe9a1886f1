/**
 * A component that exports `wasi:http/incoming-handler` (or `handler` of 0.3) answers a request: its body is passed on as
 * it comes, the answer as it is written, within limits of time and size.
 */

import { MessageChannel } from 'node:worker_threads';
import {
  type Failure,
  failedResponse,
  type HandlerResponse,
  plainResponse,
  REQUEST_TOO_LARGE,
  type StreamingHandler,
} from './handler.js';
import type { Crew } from './http-crew.js';
import {
  type FromThread,
  type HttpProgram,
  type HttpQuestion,
  MOST_ON_THEIR_WAY,
  ON_THEIR_WAY,
  RAISED,
  type ToThread,
} from './http-messages.js';
import type { ServedLimits } from './served.js';

/** What a component is run with. */
export interface ComponentOptions extends ServedLimits {
  crew: Crew;
  program: HttpProgram;
}

const latin = (value: Uint8Array): string => Buffer.from(value).toString('latin1');

/** Header fields in Node's form, as one that components have. */
const fieldsOf = (raw: readonly string[]): [string, Uint8Array][] => {
  const fields: [string, Uint8Array][] = [];
  for (let i = 0; i < raw.length; i += 2)
    fields.push([raw[i]!, new Uint8Array(Buffer.from(raw[i + 1]!, 'latin1'))]);
  return fields;
};

/** A handler that runs a component. */
export const componentHandler = (options: ComponentOptions): StreamingHandler => {
  const { crew, program, timeLimit, answerLimit, complain } = options;
  const { name } = program;
  return {
    async stream(request, response): Promise<Failure | undefined> {
      const host = request.headers.find((_, i, all) => i % 2 === 1 && /^host$/i.test(all[i - 1]!));
      const question: HttpQuestion = {
        method: request.method,
        path: request.target,
        authority: host ?? `localhost:${request.localPort}`,
        headers: fieldsOf(request.headers),
      };
      const { port1: port, port2 } = new MessageChannel();
      const control = new Int32Array(new SharedArrayBuffer(8));
      const tell = (message: ToThread, transfer: ArrayBuffer[] = []): void => {
        port.postMessage(message, transfer);
        Atomics.add(control, RAISED, 1);
        Atomics.notify(control, RAISED);
      };
      const hired = await crew.hire(program, { question, port: port2, control });
      if (!hired) {
        response.whole(failedResponse('ended'));
        return 'ended';
      }
      let failure: Failure | undefined;
      let status: number | undefined;
      let begun = false;
      let finished = false;
      let size = 0;
      let coming = 0;
      let resume = (): void => {};
      /** It fails: the answer is another one where nothing of its own has left, else it breaks off. */
      const failWith = (why: Failure, answer: HandlerResponse = failedResponse(why)): void => {
        if (finished || failure) return;
        failure = why;
        if (begun) response.abort();
        else response.whole(answer);
        begun = true;
      };
      const pump = async (): Promise<void> => {
        try {
          for await (const piece of request.body) {
            coming += piece.length;
            const data = new Uint8Array(piece);
            tell({ data }, [data.buffer]);
            while (coming > MOST_ON_THEIR_WAY && !finished && !failure)
              await new Promise<void>((done) => {
                resume = done;
              });
          }
          tell({ end: fieldsOf(request.trailers()) });
        } catch (error) {
          tell({ gone: true });
          if ((error as { code?: string }).code === 'TOO_LARGE')
            failWith('invalid', REQUEST_TOO_LARGE);
        }
      };
      port.on('message', (message: FromThread) => {
        if (failure) return;
        if ('status' in message) {
          ({ status } = message);
          response.head(
            status,
            message.headers.map(([field, value]) => [field, latin(value)]),
          );
        } else if ('data' in message) {
          const { data } = message;
          size += data.length;
          if (size > answerLimit) {
            complain(name, `the answer is larger than ${answerLimit} bytes`);
            failWith('invalid', plainResponse(502, 'The answer is too large.'));
            hired.fire();
            return;
          }
          begun = true;
          response.write(data, () => {
            Atomics.sub(control, ON_THEIR_WAY, data.length);
            Atomics.notify(control, ON_THEIR_WAY);
          });
        } else if ('taken' in message) {
          coming -= message.taken;
          resume();
        } else if ('said' in message) {
          complain(name, message.said);
        } else if ('end' in message) {
          finished = true;
          response.end(message.end.map(([field, value]) => [field, latin(value)]));
        } else if ('trap' in message) {
          complain(name, `trap: ${message.trap}`);
          failWith('trap');
        } else {
          complain(name, `no answer: ${message.invalid}`);
          failWith('invalid');
        }
      });
      const timer = setTimeout(() => {
        complain(name, `ended after ${timeLimit / 1000} s`);
        failWith('timeout');
        hired.fire();
      }, timeLimit);
      // Who has gone needs no answer.
      response.onGone(() => hired.fire());
      void pump();
      const how = await hired.done;
      clearTimeout(timer);
      // What the thread has told before its end is on its way before this.
      await new Promise((done) => setImmediate(done));
      failWith(how === 'ended' ? 'ended' : 'invalid');
      resume();
      port.close();
      return failure;
    },
  };
};
