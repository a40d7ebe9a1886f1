// A worker at the edge (workerd, Cloudflare): what it answers goes through the filter. Node: see run.mjs.
import { instantiate } from './filter.mjs';
import { Filter } from './host.mjs';

/** What stands behind the proxy: says what it was sent. */
const upstream = (request) =>
  new Response(
    `${request.method} ${new URL(request.url).pathname}, key: ${request.headers.get('x-api-key')}\n`,
  );

const log = (level, text) => console.log(`${level}: ${text}`);
let filter;

export default {
  fetch(request) {
    filter ??= new Filter(instantiate, { configuration: 'sesame', log, fuel: 100_000 });
    return filter.handle(request, upstream);
  },
};
