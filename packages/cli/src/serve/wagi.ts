/** WAGI: a program is run for each request, which it finds in its environment and standard input (see cgi.ts). */

import { argumentsOf, environmentOf, parseAnswer } from './cgi.js';
import { failedResponse, type HandlerResponse, type RequestHandler } from './handler.js';
import type { WagiProgram } from './mailbox.js';
import type { Pool } from './pool.js';
import type { ServedLimits } from './served.js';

/** What a program of this kind is run with. */
export interface WagiOptions extends ServedLimits {
  pool: Pool;
  program: WagiProgram;
}

/** The variables as a process has them: those of a request, and before them those of all that are not among them. */
const variablesOf = (
  all: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): string => {
  let text = '';
  for (const name in all) if (!Object.hasOwn(own, name)) text += `${name}=${all[name]}\0`;
  for (const name in own) text += `${name}=${own[name]}\0`;
  return text;
};

/** A handler that runs a program. */
export const wagiHandler = (options: WagiOptions): RequestHandler => {
  const { pool, program, timeLimit, answerLimit, complain } = options;
  return {
    async handle(request): Promise<HandlerResponse> {
      const seen = {
        args: argumentsOf(request),
        env: variablesOf(program.guest.env, environmentOf(request)),
        input: request.body,
        most: answerLimit,
      };
      const result = await pool.run(program, seen, timeLimit);
      if (result === 'timeout') {
        complain(program.name, `ended after ${timeLimit / 1000} s`);
        return failedResponse(result);
      }
      if (result === 'ended') return failedResponse(result);
      if (result.errors !== '') complain(program.name, result.errors);
      if (result.trap !== undefined) {
        complain(program.name, `trap: ${result.trap}`);
        return failedResponse('trap');
      }
      const answer = parseAnswer(result.output);
      if (typeof answer !== 'string') return answer;
      complain(program.name, `no answer: ${answer} (exit code ${result.code})`);
      return failedResponse('invalid');
    },
  };
};
