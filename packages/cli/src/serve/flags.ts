/** Options of `serve`, and their values. */

import { availableParallelism } from 'node:os';
import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';
import { list, networkFlags, seenFlags } from '../flags.js';
import {
  LONGEST_TIME,
  type NetworkArguments,
  parseDirs,
  parseEnv,
  parseNetwork,
  parseNumber,
  parsePairs,
  parseSize,
} from '../options.js';
import type { Progress } from '../progress.js';
import type { ServeOptions } from './index.js';

/** The command's options. */
export const serveFlags = <T>(command: Argv<T>) =>
  networkFlags(seenFlags(command))
    .positional('input', {
      type: 'string',
      describe: 'The program for all paths that no --route names: a .wasm or .wat file or an image',
    })
    .option('route', {
      ...list,
      describe:
        'A program for a path: /PATH=PROGRAM, or /PATH/...=PROGRAM for all below; repeatable',
    })
    .option('addr', {
      type: 'string',
      requiresArg: true,
      default: '127.0.0.1',
      describe: 'Address to listen on',
    })
    .option('port', {
      type: 'string',
      requiresArg: true,
      default: '3000',
      describe: 'Port to listen on; 0 for any that is free',
    })
    .option('concurrency', {
      type: 'string',
      requiresArg: true,
      describe: 'Programs that run at a time [default: one for each processor]',
    })
    .option('queue', {
      type: 'string',
      requiresArg: true,
      default: '64',
      describe: 'Requests that may wait for them; more are answered 503',
    })
    .option('max-instance-reuse-count', {
      type: 'string',
      requiresArg: true,
      default: '1',
      describe:
        'Requests that an instance of a component may answer; from 2 on they see what earlier ones left in its memory',
    })
    .option('time-limit', {
      type: 'string',
      requiresArg: true,
      default: '30',
      describe: 'Seconds that a program may take',
    })
    .option('body-limit', {
      type: 'string',
      requiresArg: true,
      default: '8M',
      describe: 'Bytes of a request: NUMBER[K|M|G]',
    })
    .option('answer-limit', {
      type: 'string',
      requiresArg: true,
      default: '64M',
      describe: 'Bytes of an answer: NUMBER[K|M|G]',
    })
    .option('grace', {
      type: 'string',
      requiresArg: true,
      default: '10',
      describe: 'Seconds that requests may go on after SIGINT or SIGTERM',
    })
    .option('metrics', {
      type: 'string',
      requiresArg: true,
      describe: 'Path at which metrics are, in the format of Prometheus [default: none]',
    })
    .option('access-log', {
      type: 'boolean',
      default: true,
      describe: 'Write a line for each request to standard output (--no-access-log: do not)',
    });

/** The values. */
export interface ServeArguments extends NetworkArguments {
  input?: string;
  route: string[];
  addr: string;
  port: string;
  concurrency?: string;
  queue: string;
  'max-instance-reuse-count': string;
  'time-limit': string;
  'body-limit': string;
  'answer-limit': string;
  grace: string;
  metrics?: string;
  'access-log': boolean;
  dir: string[];
  env: string[];
}

/** What the command line says. */
export const serveOptions = (args: ServeArguments, progress: Progress): ServeOptions => {
  const routes = parsePairs('route', args.route);
  if (args.input !== undefined) {
    if (Object.hasOwn(routes, '/...')) throw new UsageError('--route /... is what IN is for');
    routes['/...'] = args.input;
  }
  if (Object.keys(routes).length === 0) throw new UsageError('an input or a --route is needed');
  const { metrics } = args;
  if (metrics !== undefined && !metrics.startsWith('/')) {
    throw new UsageError(`--metrics takes a path, not "${metrics}"`);
  }
  return {
    routes,
    address: args.addr,
    port: parseNumber('port', args.port, 0, 65535),
    concurrency: parseNumber(
      'concurrency',
      args.concurrency ?? String(Math.min(availableParallelism(), 512)),
      1,
      512,
    ),
    queue: parseNumber('queue', args.queue, 0, 1_000_000),
    reuse: parseNumber('max-instance-reuse-count', args['max-instance-reuse-count'], 1, 2 ** 31),
    timeLimit: 1000 * parseNumber('time-limit', args['time-limit'], 0.001, LONGEST_TIME, false),
    bodyLimit: parseSize('body-limit', args['body-limit']),
    answerLimit: parseSize('answer-limit', args['answer-limit']),
    grace: 1000 * parseNumber('grace', args.grace, 0, LONGEST_TIME, false),
    metricsPath: metrics,
    accessLog: args['access-log'],
    preopens: parseDirs(args.dir),
    env: parseEnv(args.env),
    network: parseNetwork(args),
    progress,
  };
};
