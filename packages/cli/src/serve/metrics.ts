/** What the server counts, in the text format of Prometheus (version 0.0.4). */

import type { Failure } from './handler.js';

/** Upper bounds of the histogram's buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Histogram {
  counts: number[];
  sum: number;
  total: number;
}

/** What is read when metrics are asked for. */
export interface Gauges {
  running: number;
  waiting: number;
  replaced: number;
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Counts requests by route and status; routes are those of the command line, so there are never many. */
export class Metrics {
  private readonly requests = new Map<string, number>();
  private readonly failures = new Map<string, number>();
  private readonly durations = new Map<string, Histogram>();
  private received = 0;
  private sent = 0;

  /** A request has been answered. */
  count(
    route: string,
    status: number,
    seconds: number,
    bytes: { received: number; sent: number },
    failure: Failure | undefined,
  ): void {
    const label = `route="${escapeLabel(route)}"`;
    const add = (map: Map<string, number>, key: string): unknown =>
      map.set(key, (map.get(key) ?? 0) + 1);
    add(this.requests, `${label},code="${status}"`);
    if (failure) add(this.failures, `${label},kind="${failure}"`);
    const histogram = this.durations.get(label) ?? {
      counts: BUCKETS.map(() => 0),
      sum: 0,
      total: 0,
    };
    this.durations.set(label, histogram);
    BUCKETS.forEach((bound, i) => {
      if (seconds <= bound) histogram.counts[i]!++;
    });
    histogram.sum += seconds;
    histogram.total++;
    this.received += bytes.received;
    this.sent += bytes.sent;
  }

  /** The text. */
  text({ running, waiting, replaced }: Gauges): string {
    const lines: string[] = [];
    const family = (name: string, type: string, help: string): string => {
      const full = `wasm2js_${name}`;
      lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`);
      return full;
    };
    const single = (name: string, type: string, help: string, value: number): void => {
      lines.push(`${family(name, type, help)} ${value}`);
    };
    const labelled = (name: string, help: string, map: Map<string, number>): void => {
      const full = family(name, 'counter', help);
      for (const [labels, value] of map) lines.push(`${full}{${labels}} ${value}`);
    };
    labelled('requests_total', 'Requests answered.', this.requests);
    labelled('failures_total', 'Requests whose program gave no answer.', this.failures);
    const duration = family(
      'request_duration_seconds',
      'histogram',
      'Time until the answer is ready.',
    );
    for (const [label, { counts, sum, total }] of this.durations) {
      BUCKETS.forEach((bound, i) => {
        lines.push(`${duration}_bucket{${label},le="${bound}"} ${counts[i]}`);
      });
      lines.push(`${duration}_bucket{${label},le="+Inf"} ${total}`);
      lines.push(`${duration}_sum{${label}} ${sum}`, `${duration}_count{${label}} ${total}`);
    }
    single('received_bytes_total', 'counter', 'Bytes of bodies of requests.', this.received);
    single('sent_bytes_total', 'counter', 'Bytes of bodies of answers.', this.sent);
    single('running', 'gauge', 'Programs that run.', running);
    single('waiting', 'gauge', 'Requests that wait for a thread.', waiting);
    single(
      'threads_replaced_total',
      'counter',
      'Threads that were ended with their program.',
      replaced,
    );
    single('process_resident_bytes', 'gauge', 'Memory of the process.', process.memoryUsage.rss());
    return `${lines.join('\n')}\n`;
  }
}
