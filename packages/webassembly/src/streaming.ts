/**
 * The streaming functions (Web API of WebAssembly): from a `Response` or a promise of one, whose MIME type is checked.
 * They are there where the host has `Response`.
 */

interface ResponseLike {
  ok: boolean;
  status: number;
  headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * The bytes of a potential response.
 * @param source a response or a promise of one
 * @throws TypeError for anything else, a response of another type than `application/wasm` or without success
 */
export async function responseBytes(source: unknown): Promise<Uint8Array> {
  const response = (await source) as ResponseLike;
  const { Response } = globalThis as { Response?: abstract new () => object };
  if (Response === undefined || !(response instanceof Response))
    throw new TypeError('the first argument must be a Response or a promise of one');
  const type = response.headers.get('content-type') ?? '';
  if (type.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '').toLowerCase() !== 'application/wasm')
    throw new TypeError(
      `the response has the MIME type ${JSON.stringify(type)}, expected application/wasm`,
    );
  if (!response.ok) throw new TypeError(`the response has the status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
