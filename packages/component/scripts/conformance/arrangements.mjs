// What jco's fixtures are given and what they have to do where that is more than to end well, by the names of their files.
// It is what jco's own tests, or those of wasmtime that the fixtures are of, have for them.

const BODY = 'And the mome raths outgrabe';
const ECHOED = { headers: { foo: 'bar' }, body: BODY, trailers: { fizz: 'buzz' } };
const UNICODE = 'asdf\u4e2d\u6587\u{1f004}\ufe0f\u23f0';

/** The answer to a request without a body. */
const answers = (body) => ({ response: { status: 200, body } });

/** A request that comes back as it went. */
const comesBack = (more = {}) => ({
  ...ECHOED,
  headers: { ...ECHOED.headers, ...more },
  response: { status: 200, ...ECHOED },
});

const adds = {
  use: ({ add }) => [add.add(1, 2), add.add(0xffffffff, 2)],
  gives: [3, 1],
};

/**
 * @param server the address of a server that sends bodies back
 * @returns by the name of a fixture all ways to run it. Each has of these what is not usual: `args`, the program's name
 *   first, `env`, `stdout`, how long `serve` lets it run, a `request` with its answer, or a function `use`, which is given
 *   the exports (and evaluated in another process), and what it gives
 */
export const arrangements = (server) => ({
  'p3-cli': [{ args: ['p3_cli.component', '.'] }],
  'p3-cli-much-stdout': [{ args: ['p3_cli_much_stdout.component', 'hello, world\n', '1'] }],
  'p3-cli-serve-hello-world': [{ request: answers('Hello, WASI!') }],
  // It sleeps for longer than any server waits.
  'p3-cli-serve-sleep': [{ timeLimit: 1, request: { response: { status: 504, body: undefined } } }],
  'p3-api-proxy': [{ request: answers('hello, world!') }],
  'p3-http-echo': [
    { request: comesBack() },
    { title: 'host to host', request: comesBack({ 'x-host-to-host': 'true' }) },
  ],
  'p3-http-proxy': [
    {
      request: {
        method: 'POST',
        path: '/post',
        headers: {
          ...ECHOED.headers,
          'content-length': String(BODY.length),
          url: `http://${server}/proxy`,
        },
        body: BODY,
        response: {
          status: 200,
          headers: { 'x-wasmtime-test-method': 'POST', 'x-wasmtime-test-uri': '/proxy' },
          body: BODY,
        },
      },
    },
  ],
  'dir.virt': [
    { args: ['dir.virt', '/foo'], stdout: 'Listing directory: /foo\n - .\n - ..\n - foo\n' },
  ],
  'utf8-utf16.composed': [{ args: ['utf8-utf16', UNICODE], stdout: `ret: ${UNICODE}${UNICODE}\n` }],
  'env-allow.composed': [{ use: ({ testGetEnv }) => testGetEnv(), gives: [['CUSTOM', 'VAL']] }],
  'stdio.composed': [
    { use: ({ testStdio }) => testStdio() ?? 'nothing', stdout: 'Hello world\n', gives: 'nothing' },
  ],
  'adder.component': [adds],
  'asmjs_bigint.component': [
    {
      use: ({ add }) => [add(1n, 2n), add(1n << 33n, -(1n << 42n))].map(String),
      gives: ['3', '-4389456576512'],
    },
  ],
  example_guest_export: [
    {
      use: ({ backend: { Scalars, scalarArg } }) => {
        const scalars = new Scalars();
        return [Scalars.getA(), scalars.getB(), scalarArg(scalars)];
      },
      gives: [5, 2, 7],
    },
  ],
  'resource_borrow_export.component': [
    { use: ({ test: { Thing, foo } }) => foo(new Thing(42)), gives: 45 },
  ],
  'resource_into_inner.component': [
    { use: ({ test: { test } }) => test() ?? 'nothing', gives: 'nothing' },
  ],
  'resource_alias.component': [
    {
      use: ({ e1, e2 }) => {
        const x = () => new e1.X(5);
        return [e1.a({ x: x() }).length, e2.a({ x: x() }, { x: x() }, x()).length];
      },
      gives: [1, 2],
    },
  ],
  'backpressure-sync/component': [
    {
      use: ({ incBackpressure, decBackpressure }) => [
        incBackpressure() ?? 'nothing',
        decBackpressure() ?? 'nothing',
      ],
      gives: ['nothing', 'nothing'],
    },
  ],
  // What a task has is gone with it.
  'context-sync/component': [
    { use: ({ pushContext, pullContext }) => [pushContext(33), pullContext()], gives: [33, 0] },
  ],
});
