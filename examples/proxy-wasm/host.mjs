/**
 * A host for filters of the proxy-wasm ABI (0.2.1), over the requests and responses of the web: for Node, workers at the
 * edge, and whatever else has them. A filter is a compiled module; it has headers, configuration, log, time and local
 * responses, and so much fuel and memory for each request. Bodies pass by it.
 */

const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
/** Types of header maps and of buffers. */
const REQUEST_HEADERS = 0;
const RESPONSE_HEADERS = 2;
const PLUGIN_CONFIGURATION = 7;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A filter, and all requests that go through it. */
export class Filter {
  #exports;
  #fuel;
  #options;
  #contexts = 1;
  /** Header maps of the call that is under way, by their types; the response that the filter made itself. */
  #maps = [];
  #local;

  /**
   * @param instantiate of the module that wasm2js has built with `--fuel`
   * @param options `configuration`: a text; `log(level, text)`; `fuel` for each call; `maxMemory` in bytes
   * Throws an Error where the filter does not take its configuration.
   */
  constructor(instantiate, options = {}) {
    this.#options = { configuration: '', log() {}, fuel: 1e6, maxMemory: 2 ** 24, ...options };
    this.#fuel = new instantiate.Fuel();
    const { maxMemory } = this.#options;
    this.#fuel.left = this.#options.fuel;
    this.#exports = instantiate({ env: this.#imports() }, { fuel: this.#fuel, maxMemory });
    this.#call('_initialize');
    const { length } = encoder.encode(this.#options.configuration);
    this.#call('proxy_on_context_create', 1, 0);
    if (
      this.#call('proxy_on_vm_start', 1, 0) === 0 ||
      this.#call('proxy_on_configure', 1, length) === 0
    )
      throw new Error('the filter does not take its configuration');
  }

  /**
   * Lets the filter look at a request, hands it on, and lets it look at the response.
   * @param next gets the request as the filter has left it, gives a response or a promise of one
   * @returns the response; 503 where the filter traps, as nothing that it guards may pass then
   */
  async handle(request, next) {
    const context = ++this.#contexts;
    const url = new URL(request.url);
    const headers = new Map(request.headers);
    headers.set(':method', request.method).set(':path', url.pathname + url.search);
    headers.set(':scheme', url.protocol.slice(0, -1)).set(':authority', url.host);
    try {
      this.#with({ [REQUEST_HEADERS]: headers }, () =>
        this.#call('proxy_on_context_create', context, 1),
      );
      const stopped = this.#step(
        'proxy_on_request_headers',
        context,
        { [REQUEST_HEADERS]: headers },
        request.body === null,
      );
      if (stopped !== undefined) return stopped;
      const target = new URL(headers.get(':path'), url);
      const passed = new Request(target, {
        method: headers.get(':method'),
        headers: [...headers].filter(([name]) => name[0] !== ':'),
        body: request.body,
        ...(request.body === null ? {} : { duplex: 'half' }),
      });
      const response = await next(passed);
      const answered = new Map(response.headers).set(':status', String(response.status));
      const maps = { [REQUEST_HEADERS]: headers, [RESPONSE_HEADERS]: answered };
      const replaced = this.#step(
        'proxy_on_response_headers',
        context,
        maps,
        response.body === null,
      );
      if (replaced !== undefined) return replaced;
      this.#with(maps, () => {
        for (const name of ['proxy_on_done', 'proxy_on_log', 'proxy_on_delete'])
          this.#call(name, context);
      });
      const status = Number(answered.get(':status'));
      return new Response(response.body, {
        status,
        headers: [...answered].filter(([name]) => name[0] !== ':'),
      });
    } catch (error) {
      this.#options.log('critical', String(error.message));
      return new Response('the filter failed\n', { status: 503 });
    }
  }

  /** Calls the filter about headers; returns the response that it made itself, if any. */
  #step(name, context, maps, end) {
    const count = Object.values(maps).at(-1).size;
    this.#local = undefined;
    const action = this.#with(maps, () => this.#call(name, context, count, end ? 1 : 0));
    if (this.#local !== undefined) return this.#local;
    if (action === 1) throw new Error('the filter waits for what this host does not bring');
    return undefined;
  }

  /** Makes header maps known for as long as a call lasts. */
  #with(maps, call) {
    this.#maps = maps;
    try {
      return call();
    } finally {
      this.#maps = {};
    }
  }

  /** Calls an export, if it is there, with fuel for one call. */
  #call(name, ...args) {
    this.#fuel.left = this.#options.fuel;
    return this.#exports[name]?.(...args);
  }

  #bytes(pointer, size) {
    return new Uint8Array(this.#exports.memory.buffer, pointer >>> 0, size >>> 0);
  }

  #text(pointer, size) {
    return decoder.decode(this.#bytes(pointer, size));
  }

  /** Puts a text where the filter wants it: into memory of its own making. */
  #give(text, pointer, size) {
    const bytes = encoder.encode(text);
    const { malloc, proxy_on_memory_allocate: allocate = malloc, memory } = this.#exports;
    const at = bytes.length === 0 ? 0 : allocate(bytes.length);
    this.#bytes(at, bytes.length).set(bytes);
    const view = new DataView(memory.buffer);
    view.setUint32(pointer >>> 0, at, true);
    view.setUint32(size >>> 0, bytes.length, true);
    return OK;
  }

  /** The functions of the ABI that filters of headers need. */
  #imports() {
    const map = (type) => this.#maps[type];
    const change = (type, call) => {
      if (map(type) === undefined) return BAD_ARGUMENT;
      call(map(type));
      return OK;
    };
    return {
      proxy_log: (level, text, size) => {
        this.#options.log(LEVELS[level] ?? 'info', this.#text(text, size));
        return OK;
      },
      proxy_get_current_time_nanoseconds: (out) => {
        new DataView(this.#exports.memory.buffer).setBigUint64(
          out >>> 0,
          BigInt(Date.now()) * 1000000n,
          true,
        );
        return OK;
      },
      proxy_get_buffer_bytes: (type, start, most, pointer, size) => {
        if (type !== PLUGIN_CONFIGURATION) return NOT_FOUND;
        return this.#give(this.#options.configuration.slice(start, start + most), pointer, size);
      },
      proxy_get_header_map_value: (type, key, keySize, pointer, size) => {
        const value = map(type)?.get(this.#text(key, keySize).toLowerCase());
        return value === undefined ? NOT_FOUND : this.#give(value, pointer, size);
      },
      proxy_replace_header_map_value: (type, key, keySize, value, size) =>
        change(type, (headers) =>
          headers.set(this.#text(key, keySize).toLowerCase(), this.#text(value, size)),
        ),
      proxy_add_header_map_value: (type, key, keySize, value, size) =>
        change(type, (headers) => {
          const name = this.#text(key, keySize).toLowerCase();
          const before = headers.get(name);
          headers.set(
            name,
            before === undefined
              ? this.#text(value, size)
              : `${before}, ${this.#text(value, size)}`,
          );
        }),
      proxy_remove_header_map_value: (type, key, keySize) =>
        change(type, (headers) => headers.delete(this.#text(key, keySize).toLowerCase())),
      proxy_send_local_response: (status, _details, _detailsSize, body, size) => {
        this.#local = new Response(this.#text(body, size), { status });
        return OK;
      },
      proxy_set_tick_period_milliseconds: () => OK,
      proxy_done: () => OK,
    };
  }
}
