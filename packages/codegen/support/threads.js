/*
 * WASI commands of several threads (wasi-threads). The thread that calls `run` has the WASI system and serves:
 * each thread of the guest, the first one included, is a worker with an instance of its own over the same memory,
 * and hands every WASI call over in a mailbox, a buffer that both share. So descriptors, offsets and files are
 * the same in all of them, whatever they are made of, and the serving thread can end a guest whose threads all
 * wait or run for ever. It never waits on behalf of one thread: a call that would is made again later.
 *
 * A mailbox: int32 words 0 state, 1 what is asked for (a function's index, or one of the requests below), 2 the answer,
 * 3 milliseconds before a call is to be made again, 4 which arguments are BigInts, 5 length of a text; then
 * 64-bit arguments from byte 32; UTF-16 text from byte 160.
 */

const _MAILBOX = 4096;
const _ARGUMENTS = 32;
const _TEXT = 160;

/** States of a mailbox. */
const _IDLE = 0;
const _ASKED = 1;
const _AGAIN = 2;
const _STARTING = 3;

/** Milliseconds in which a worker has to begin; one that the host could not start tells nothing to a thread that waits. */
const _START_LIMIT = 60_000;

/** What is asked for besides WASI's functions. */
const _SPAWN = -1;
const _RETURNED = -2;
const _FAILED = -3;
const _TRAPPED = -4;

/** Most threads at a time: each is one of the host's, with an engine's heap. */
const _MOST_THREADS = 512;

/** The largest number of a thread (wasi-threads, "thread-spawn"). */
const _LAST_THREAD = 536870911;

/** The views of a mailbox. */
function _mailbox(buffer) {
  return {
    buffer,
    words: new Int32Array(buffer),
    values: new BigInt64Array(buffer, _ARGUMENTS, (_TEXT - _ARGUMENTS) / 8),
    text: new Uint16Array(buffer, _TEXT),
  };
}

/**
 * Runs a command that imports its memory, which is shared, in a fresh instance; as `_run_command`.
 * @param guest see `_run_threads`; without `program` it cannot start threads
 */
function _run_shared_command(runtime, defaults, options, guest) {
  if (typeof SharedArrayBuffer !== 'function')
    throw new Error('this host shares no memory; a page has to be cross-origin isolated');
  const limit = options?.maxMemory ?? guest.maxMemory;
  if (limit !== undefined) guest.descriptor = _within(guest.descriptor, limit);
  const wasi = _new_wasi(runtime, defaults, options);
  if (guest.program !== undefined) return _run_threads(wasi, guest, options);
  const { instantiate, module, name, descriptor, data } = guest;
  const memory = new instantiate.Memory(descriptor);
  const imports = wasi.getImportObject();
  imports[module] = { ...imports[module], [name]: memory };
  return wasi.start({ exports: { ...instantiate(imports, { ...options, data: data() }), memory } });
}

/** A memory that ends its growth at so many bytes. */
function _within(descriptor, limit) {
  _room_for(limit, descriptor.initial * 65536);
  return { ...descriptor, maximum: Math.min(descriptor.maximum, Math.floor(limit / 65536)) };
}

/**
 * Runs a command of several threads.
 * @param wasi the WASI system
 * @param guest what the emitter knows: `program` (a function whose text is the module's), `instantiate`,
 *   `module` and `name` of the imported memory, its `descriptor`, `data()`, the data file's bytes, and `fuel` where it is metered
 * @param options of `run`
 * Returns the exit code; where the host cannot start threads while this one waits (browsers), a promise of
 * it. Traps in any thread, and what else ends one, are thrown.
 */
function _run_threads(wasi, guest, options) {
  const server = new _ThreadServer(wasi, guest, options);
  const start = _node_worker(server);
  server.start = start ?? _web_worker(server);
  try {
    server.spawn(0);
    if (start === undefined) return server.later();
    while (server.outcome === undefined) {
      const seen = Atomics.load(server.signal, 0);
      server.serve();
      if (server.outcome === undefined) Atomics.wait(server.signal, 0, seen, server.patience());
    }
  } catch (error) {
    server.outcome = { error };
  }
  return server.finish();
}

/** What serves the threads of one run. */
const _ThreadServer = class {
  constructor(wasi, guest, options) {
    this.wasi = wasi;
    this.guest = guest;
    /** What meters the threads, all of them together. */
    this.meter = guest.fuel === undefined ? undefined : _thread_meter(guest, options);
    /** Raised with every request. */
    this.signal = new Int32Array(new SharedArrayBuffer(4));
    this.threads = new Set();
    this.last = 0;
    /** `{ code }` or `{ error }`, once the guest has come to its end. */
    this.outcome = undefined;
    const { instantiate, descriptor } = guest;
    this.memory = new instantiate.Memory(descriptor);
    wasi.finalizeBindings({ exports: { memory: this.memory } });
    this.functions = [];
    for (const [module, functions] of Object.entries(wasi.threadImports()))
      for (const name of Object.keys(functions)) this.functions.push([module, name]);
  }

  /** Starts a thread; returns its number. */
  spawn(argument) {
    if (this.threads.size >= _MOST_THREADS || this.last >= _LAST_THREAD) return -1;
    const { wasi, guest, functions, signal } = this;
    const imports = wasi.threadImports();
    const thread = {
      calls: functions.map(([module, name]) => imports[module][name]),
      mailbox: _mailbox(new SharedArrayBuffer(_MAILBOX)),
      worker: undefined,
      limit: Date.now() + _START_LIMIT,
    };
    thread.mailbox.words[0] = _STARTING;
    // The program's own thread has no number.
    const id = this.threads.size === 0 ? 0 : this.last + 1;
    const { module, name, descriptor } = guest;
    const shared = guest.instantiate.shareMemory(this.memory);
    // This thread looks at the memory while another waits for an answer: the program's first one has it for itself.
    if (id === 0) shared.escaped = false;
    thread.worker = this.start({
      id,
      argument,
      functions,
      signal,
      mailbox: thread.mailbox.buffer,
      memory: { module, name, descriptor: { ...descriptor, ...shared } },
      data: guest.data(),
      wasm: guest.wasm,
      meter: this.meter,
    });
    this.last = id;
    this.threads.add(thread);
    return id;
  }

  /** Does what threads have asked for. */
  serve() {
    for (const thread of this.threads) {
      const { words } = thread.mailbox;
      if (Atomics.load(words, 0) !== _ASKED) continue;
      this.answer(thread, words[1]);
      if (this.outcome !== undefined) return;
    }
  }

  /** Milliseconds to wait for a request; Infinity once all workers have begun. Throws when one has not in time. */
  patience() {
    let first = Infinity;
    for (const { mailbox, limit } of this.threads)
      if (Atomics.load(mailbox.words, 0) === _STARTING) first = Math.min(first, limit - Date.now());
    if (first < 0) throw new Error('a thread has not started in time');
    return first;
  }

  /** Does what one thread has asked for. */
  answer(thread, request) {
    const { words, values, text } = thread.mailbox;
    let state = _IDLE;
    if (request === _RETURNED) {
      if (words[4] === 0) this.outcome = { code: 0 };
      this.threads.delete(thread);
      thread.worker.terminate();
      return;
    }
    if (request === _FAILED || request === _TRAPPED) {
      const message = String.fromCharCode(...text.subarray(0, words[5]));
      const Kind = request === _TRAPPED ? this.guest.instantiate.RuntimeError : Error;
      this.outcome = { error: new Kind(message) };
      return;
    }
    try {
      if (request === _SPAWN) words[2] = this.trySpawn(words[4]);
      else {
        const call = thread.calls[request];
        const args = Array.from(values.subarray(0, words[5]), (value, i) =>
          (words[4] >> i) & 1 ? value : Number(value),
        );
        words[2] = call(...args);
      }
    } catch (error) {
      if (typeof error?.wait === 'number') {
        words[3] = Math.ceil(error.wait);
        state = _AGAIN;
      } else {
        this.outcome = typeof error?.code === 'number' ? { code: error.code } : { error };
        return;
      }
    }
    Atomics.store(words, 0, state);
    Atomics.notify(words, 0);
  }

  /** As `spawn`; a thread that the host has no room for is -1, which a program can go on from. */
  trySpawn(argument) {
    try {
      return this.spawn(argument);
    } catch {
      return -1;
    }
  }

  /** Waits for the end without blocking this thread. */
  later() {
    return new Promise((resolve, reject) => {
      this.wake = () => {
        if (this.ended) return;
        try {
          this.serve();
        } catch (error) {
          this.outcome = { error };
        }
        if (this.outcome === undefined) return;
        this.ended = true;
        try {
          resolve(this.finish());
        } catch (error) {
          reject(error);
        }
      };
    });
  }

  /** Ends all threads; returns the exit code or throws. */
  finish() {
    for (const { worker } of this.threads) worker?.terminate();
    this.wasi.close();
    const { code, error } = this.outcome;
    if (code === undefined) throw error;
    return code;
  }
};

/** Fuel of a run, and who may interrupt it, as threads are sent it. */
function _thread_meter({ instantiate, fuel }, options) {
  const given = options?.fuel ?? fuel;
  return {
    pool: instantiate.Fuel.pool(given?.left ?? given),
    interrupt: options?.interrupt ?? given?.interrupt ?? null,
  };
}

/** A function that starts a thread of Node, Deno or Bun; undefined on other hosts. */
function _node_worker({ guest }) {
  const { process } = globalThis;
  if (process?.versions?.node === undefined) return undefined;
  const load = process.getBuiltinModule ?? (typeof require === 'function' ? require : undefined);
  if (load === undefined) throw new Error('threads need Node 20.16 or later, or CommonJS');
  const { Worker, resourceLimits } = load.call(process, 'node:worker_threads');
  // Stacks as large as that of the serving thread, where that is a worker.
  const stackSizeMb = resourceLimits?.stackSizeMb;
  const text = `const{workerData}=require('node:worker_threads');${_thread_text(guest)}(workerData)`;
  return (data) => {
    const worker = new Worker(text, {
      eval: true,
      workerData: data,
      stdin: false,
      ...(stackSizeMb === undefined ? undefined : { resourceLimits: { stackSizeMb } }),
    });
    // Their errors come through the mailbox; one that is ended has no say any more.
    worker.on('error', () => {});
    worker.unref();
    return worker;
  };
}

/** A function that starts a worker of a browser. */
function _web_worker(server) {
  const { Worker, Blob, URL } = globalThis;
  if (typeof Worker !== 'function' || typeof Blob !== 'function')
    throw new Error('this host has no threads');
  const text = `onmessage=({data})=>${_thread_text(server.guest)}(data,()=>postMessage(0))`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return (data) => {
    const worker = new Worker(url);
    worker.onmessage = () => server.wake();
    worker.onerror = (event) => {
      server.outcome ??= { error: new Error(`a thread cannot start: ${event.message}`) };
      server.wake();
    };
    worker.postMessage(data);
    return worker;
  };
}

/** What a worker evaluates: the module's program, as an expression. */
function _thread_text({ program }) {
  const text = Function.prototype.toString.call(program);
  if (/\[native code\]\s*\}$/.test(text) || text === '')
    throw new Error('this host does not tell the text of functions, of which threads are made');
  // Some bundlers call this to keep the names of functions.
  return `((__name)=>(${text}))((f)=>f)`;
}

/**
 * Runs a thread of the guest, in its worker.
 * @param data what `spawn` has sent
 * @param post wakes the serving thread where it does not wait for the signal
 */
function _guest_thread(instantiate, data, post) {
  const { words, values, text } = _mailbox(data.mailbox);
  const { signal } = data;
  Atomics.store(words, 0, _IDLE);
  const ask = (request) => {
    words[1] = request;
    for (;;) {
      Atomics.store(words, 0, _ASKED);
      Atomics.add(signal, 0, 1);
      Atomics.notify(signal, 0);
      post?.();
      // A wait can end before the answer: by the late waking for the answer before, which this thread had seen already.
      while (Atomics.load(words, 0) === _ASKED) Atomics.wait(words, 0, _ASKED);
      if (Atomics.load(words, 0) !== _AGAIN) return words[2];
      Atomics.wait(words, 0, _AGAIN, words[3]);
    }
  };
  const imports = Object.create(null);
  imports.wasi = Object.create(null);
  data.functions.forEach(([module, name], index) => {
    imports[module] ??= Object.create(null);
    imports[module][name] = (...args) => {
      words[4] = args.reduce((bits, arg, i) => bits | ((typeof arg === 'bigint') << i), 0);
      words[5] = args.length;
      args.forEach((arg, i) => {
        values[i] = BigInt(arg);
      });
      return ask(index);
    };
  });
  const { module, name, descriptor } = data.memory;
  let memory;
  imports.wasi['thread-spawn'] = (argument) => {
    instantiate.shareMemory(memory);
    words[4] = argument;
    return ask(_SPAWN);
  };
  // The last request of a thread is not answered.
  const leave = (request) => {
    words[1] = request;
    Atomics.store(words, 0, _ASKED);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
    post?.();
  };
  try {
    memory = new instantiate.Memory(descriptor);
    imports[module] ??= Object.create(null);
    imports[module][name] = memory;
    const { meter } = data;
    const fuel = meter && new instantiate.Fuel(0, meter.interrupt, meter.pool);
    const exports = instantiate(imports, { data: data.data, fuel });
    if (data.id === 0) exports._start();
    else exports.wasi_thread_start(data.id, data.argument);
    fuel?.close();
    words[4] = data.id;
    leave(_RETURNED);
  } catch (error) {
    const trapped = error instanceof instantiate.RuntimeError;
    const full = !trapped && _is_full_stack(error);
    const message = full
      ? _STACK_EXHAUSTED
      : String(trapped ? error.message : (error?.stack ?? error));
    const length = Math.min(message.length, text.length);
    for (let i = 0; i < length; i++) text[i] = message.charCodeAt(i);
    words[5] = length;
    leave(trapped || full ? _TRAPPED : _FAILED);
  }
}
