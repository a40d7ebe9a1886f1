// Sends three requests through the worker, and prints what comes back.
import worker from './worker.mjs';

for (const [path, headers] of [
  ['/open', { 'x-api-key': 'sesame' }],
  ['/closed', {}],
  ['/hang', {}],
]) {
  const response = await worker.fetch(new Request(`http://example.com${path}`, { headers }));
  const filtered = response.headers.get('x-filtered');
  console.log(`${response.status} ${filtered} ${(await response.text()).trim()}`);
}
