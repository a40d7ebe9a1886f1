// HTTP servers that a test of wasi-testsuite asks for: gets their descriptions, gives the variables by which the guest
// finds them.
import { createServer } from 'node:http';

/** The body of a request, and its trailers by name. */
const receive = (request) =>
  new Promise((done) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => done({ body: Buffer.concat(chunks), trailers: request.trailers }));
    request.on('error', () => {});
  });

/** What is known of a request, as headers of an answer. */
const echoed = ({ method, url, rawHeaders }, trailers) => {
  const flat = ['x-request-method', method, 'x-request-path', url];
  for (let i = 0; i < rawHeaders.length; i += 2)
    flat.push(`x-echo-${rawHeaders[i].toLowerCase()}`, rawHeaders[i + 1]);
  for (const [name, value] of Object.entries(trailers)) flat.push(`x-trailer-${name}`, value);
  return flat;
};

const answer = async (endpoints, request, response) => {
  const { body, trailers } = await receive(request);
  const found = endpoints.find(
    ({ method, path }) => method === request.method && path === request.url,
  );
  const reply = (status, flat, text) => {
    response.writeHead(status, [
      ...flat,
      'Content-Length',
      String(text.length),
      'Connection',
      'close',
    ]);
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  if (found === undefined) return reply(404, [], Buffer.alloc(0));
  if (found.mode === 'echo-body') return reply(200, [], body);
  if (found.mode === 'echo-headers') return reply(200, echoed(request, trailers), Buffer.alloc(0));
  const { status, headers = {}, body: text = '', chunks, trailers: last } = found.response;
  const flat = Object.entries(headers).flat();
  if (chunks === undefined) return reply(status, flat, Buffer.from(text));
  if (last !== undefined) flat.push('Trailer', Object.keys(last).join(', '));
  response.writeHead(status, [...flat, 'Transfer-Encoding', 'chunked', 'Connection', 'close']);
  for (const chunk of chunks) response.write(chunk);
  if (last !== undefined) response.addTrailers(last);
  response.end();
};

const listen = (handler) =>
  new Promise((done) => {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1', () => done(server));
  });

/** Starts them. Returns variables of the environment, and a function that ends all. */
export const startServers = async (specifications = []) => {
  const env = {};
  const running = [];
  for (const { name, kind, endpoints = [] } of specifications) {
    const server = await listen((request, response) => void answer(endpoints, request, response));
    env[`HTTP_SERVER_${name.toUpperCase()}`] = `127.0.0.1:${server.address().port}`;
    if (kind === 'closed') await new Promise((done) => server.close(done));
    else running.push(server);
  }
  const stop = () => {
    for (const server of running) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { env, stop };
};
