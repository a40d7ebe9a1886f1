/** The command `serve`: an HTTP server whose answers come from programs, an instance for each request. */

import { lookup } from 'node:dns/promises';
import { setFlagsFromString } from 'node:v8';
import { type NetworkOptions, withoutNames } from '@wasm2js/wasi-runtime';
import { CliError, ExitCode, UsageError } from '../errors.js';
import type { Preopens } from '../options.js';
import type { Progress } from '../progress.js';
import { checkFolders } from '../run.js';
import { compiled } from './compiled.js';
import { componentHandler } from './http-component.js';
import { Crew } from './http-crew.js';
import { Metrics } from './metrics.js';
import { Pool } from './pool.js';
import type { ServedLimits } from './served.js';
import { HandlerServer, type Route } from './server.js';
import { wagiHandler } from './wagi.js';

/** A server and what it may take. */
export interface ServeOptions {
  /** Programs by the pattern of paths that they are for. */
  routes: Readonly<Record<string, string>>;
  address: string;
  port: number;
  /** Programs that run at a time. */
  concurrency: number;
  /** Requests that may wait for one of them to end. */
  queue: number;
  /** Requests that an instance of a component may answer, one after the other. */
  reuse: number;
  /** Milliseconds that a program may take. */
  timeLimit: number;
  /** Bytes of a request's body, and of an answer. */
  bodyLimit: number;
  answerLimit: number;
  /** Milliseconds that requests may go on once the server is to stop. */
  grace: number;
  metricsPath: string | undefined;
  accessLog: boolean;
  preopens: Preopens;
  env: Record<string, string>;
  network: NetworkOptions;
  progress: Progress;
}

/** A server that listens. */
export interface Serving {
  address: string;
  port: number;
  /** Lets requests come to their end for as long as they may, then ends what is left. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  kill(): Promise<void>;
}

/**
 * Has V8 make all objects where what is dead soon costs nothing. Left alone it finds that what an instance is made of
 * lives long, since one was alive when it looked, and makes that of all later ones where only a full collection goes.
 * Helpers of its collector would take turns with the threads of programs, of which there are enough for all processors.
 */
const forgetEarly = (): void => {
  const { v8, deno, bun } = process.versions;
  if (!v8 || deno || bun) return;
  for (const off of ['allocation-site-pretenuring', 'parallel-scavenge', 'concurrent-sweeping'])
    setFlagsFromString(`--no-${off}`);
};

/** What standard error may show of a program: whole lines, without what controls a terminal. */
const shown = (text: string): string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.replace(/[^\t\x20-\x7e\xa0-\uffff]/g, '\ufffd'));

/** What programs may reach, with names looked up once for all requests: what they may mean later was never allowed. */
const fixed = async (network: NetworkOptions): Promise<NetworkOptions> => {
  const find = async (name: string): Promise<string[]> => {
    const found = await lookup(name, { all: true }).catch(() => []);
    return found.map(({ address }) => address);
  };
  try {
    return { ...network, allow: await withoutNames(network.allow ?? [], find) };
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(`--allow-net: ${error.message}`) : error;
  }
};

/**
 * Compiles programs and starts to serve.
 * @throws UsageError for patterns of paths that are none, CliError for what is no program, or an address that cannot be
 *   listened on
 */
export const serve = async (options: ServeOptions): Promise<Serving> => {
  const { preopens, env, progress, concurrency } = options;
  await checkFolders(preopens);
  const network = await fixed(options.network);
  forgetEarly();
  const pool = new Pool(concurrency);
  const crew = new Crew(concurrency);
  const end = async (): Promise<void> => {
    await Promise.all([pool.close(), crew.close()]);
  };
  const limits: ServedLimits = {
    timeLimit: options.timeLimit,
    answerLimit: options.answerLimit,
    complain(name, text) {
      for (const line of shown(text)) process.stderr.write(`${name}: ${line}\n`);
    },
  };
  const routes: Route[] = [];
  for (const [pattern, path] of Object.entries(options.routes)) {
    if (!/^\/[^?#\0]*$/.test(pattern) && pattern !== '/...') {
      throw new UsageError(`--route takes /PATH=PROGRAM, not "${pattern}"`);
    }
    const { text, name, own, component } = await compiled(path, progress);
    const guest = { preopens, network, ...own, env: { ...own.env, ...env } };
    const program = { text, name, guest };
    const handler = component
      ? componentHandler({ ...limits, crew, program: { ...program, reuse: options.reuse } })
      : wagiHandler({ ...limits, pool, program: { ...program, id: routes.length } });
    routes.push({ pattern, handler });
  }
  progress.end();
  const metrics = new Metrics();
  const server = new HandlerServer({
    routes,
    admitted: concurrency + options.queue,
    bodyLimit: options.bodyLimit,
    metrics,
    metricsPath: options.metricsPath,
    gauges: () => ({
      running: pool.running + crew.running,
      waiting: pool.waiting + crew.waiting,
      replaced: pool.replaced + crew.replaced,
    }),
    log: options.accessLog ? (line) => process.stdout.write(`${line}\n`) : undefined,
  });
  const kill = async (): Promise<void> => {
    await end();
    server.abort();
  };
  try {
    const { address, port } = await server.listen(options.address, options.port);
    const stop = async (): Promise<void> => {
      const done = server.close();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(() => resolve(end()), options.grace);
      });
      await Promise.race([done, late]);
      clearTimeout(timer);
      await end();
      // Those that have been told that their program was ended have their answers soon.
      const patience = setTimeout(() => server.abort(), 1000);
      await done;
      clearTimeout(patience);
    };
    return { address, port, stop, kill };
  } catch (error) {
    await end();
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`cannot listen on ${options.address}:${options.port}: ${code}`);
  }
};

/** Serves until a signal comes; returns the exit code. */
export const runServe = async (options: ServeOptions): Promise<number> => {
  const serving = await serve(options);
  const { address, port, stop, kill } = serving;
  const host = address.includes(':') ? `[${address}]` : address;
  process.stderr.write(`wasm2js: serving on http://${host}:${port}/\n`);
  await new Promise<void>((done) => {
    let asked = false;
    const signal = (): void => {
      // Whoever asks twice does not want to wait.
      if (asked) void kill().then(done);
      else {
        asked = true;
        void stop().then(done);
      }
    };
    process.on('SIGINT', signal);
    process.on('SIGTERM', signal);
  });
  return ExitCode.ok;
};
