import { createServer } from 'node:http';
import { Client, request } from 'undici';
import { show, text } from '../sample.mjs';

// undici's own parser of HTTP (llhttp), with SIMD where it is.
const server = createServer((message, response) => {
  response.setHeader('x-path', message.url);
  if (message.url === '/chunks') {
    for (let i = 0; i < 20; i++) response.write(text(30, i));
    response.end();
  } else {
    message.pipe(response);
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const { statusCode, headers, body } = await request(`${origin}/chunks`);
show('chunks', [statusCode, headers['x-path'], headers['transfer-encoding']]);
show('body', await body.text());
const client = new Client(origin, { pipelining: 3 });
const answers = await Promise.all(
  [1, 2, 3].map(async (i) =>
    (await client.request({ path: `/${i}`, method: 'POST', body: text(i * 50) })).body.text(),
  ),
);
show('echo', answers);
await client.close();
server.closeAllConnections();
server.close();
process.exit();
