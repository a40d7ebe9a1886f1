/**
 * A progress bar on standard error: only on a terminal, only once the work has taken a second, and
 * gone without a trace when it ends.
 */

import { visible } from './text.js';

const barWidth = 24;
const patience = 1000;
const interval = 80;

/** Receives how far a build is. */
export interface Progress {
  /** Names the step that begins. */
  phase(name: string): void;
  /** Says that `done` of `total` units of this step are finished. */
  update(done: number, total: number): void;
  /** Removes the bar. */
  end(): void;
}

/** Says nothing. */
export const silent: Progress = { phase() {}, update() {}, end() {} };

/** A stream that may be a terminal. */
export interface Terminal {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

/** A progress bar on `stream`, or silence if that is no terminal; `now` is a clock in ms. */
export const createProgress = (
  title: string,
  stream: Terminal = process.stderr,
  now: () => number = () => performance.now(),
): Progress => {
  if (!stream.isTTY || process.env['TERM'] === 'dumb') return silent;
  const start = now();
  let step = '';
  let shown = false;
  let last = 0;

  const draw = (share: number | undefined): void => {
    const time = now();
    if (time - start < patience || time - last < interval) return;
    last = time;
    const seconds = `${((time - start) / 1000).toFixed(0)}s`;
    let bar = '';
    if (share !== undefined) {
      const full = Math.round(share * barWidth);
      bar = ` [${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${Math.floor(share * 100)}%`;
    }
    const line = `${title}: ${step}${bar} ${seconds}`;
    stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`);
    shown = true;
  };
  // Steps that run in another process or read a stream leave the event loop free.
  const timer = setInterval(() => draw(undefined), 250);
  timer.unref();

  return {
    phase(name) {
      step = name;
      last = 0;
      draw(undefined);
    },
    update(done, total) {
      draw(total > 0 ? Math.min(done / total, 1) : undefined);
    },
    end() {
      clearInterval(timer);
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
};

/** Tells on standard error what a build has noticed: a line each. */
export const printNotes = (notes: readonly string[]): void => {
  for (const note of notes) process.stderr.write(`wasm2js: note: ${visible(note)}\n`);
};
