/** Worker threads get what their parent has, also those that are started with options of their own. */
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

type Options = NonNullable<ConstructorParameters<typeof threads.Worker>[1]>;

/**
 * From now on, threads that this one starts load an entry first.
 * @param url the entry's address
 */
export function inheritInWorkers(url: string): void {
  const { Worker } = threads;
  const flag = `--import=${url}`;
  class InheritingWorker extends Worker {
    constructor(filename: string | URL, options: Options = {}) {
      const { execArgv = process.execArgv } = options;
      super(
        filename,
        execArgv.includes(flag) ? options : { ...options, execArgv: [...execArgv, flag] },
      );
    }
  }
  Object.defineProperty(InheritingWorker, 'name', { value: 'Worker' });
  threads.Worker = InheritingWorker;
  syncBuiltinESMExports();
}
