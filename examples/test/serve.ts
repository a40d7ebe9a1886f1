/** A static server of a folder, for tests in browsers. */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** A server that runs. */
export interface Serving {
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  close(): void;
}

/**
 * Serves a folder.
 * @param more by path, texts of files that are not there, or what answers with the text of a request
 */
export const serveFolder = async (
  folder: string,
  more: Record<string, string | ((body: string) => string | Promise<string>)> = {},
): Promise<Serving> => {
  const asked: string[] = [];
  const contentOf = async (
    path: string,
    body: AsyncIterable<Buffer>,
  ): Promise<string | Buffer | undefined> => {
    const made = more[path];
    if (typeof made === 'function') {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return made(Buffer.concat(chunks).toString());
    }
    if (made !== undefined) return made;
    try {
      const file = join(folder, path);
      return statSync(file).isFile() ? readFileSync(file) : undefined;
    } catch {
      return undefined;
    }
  };
  const server: Server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = decodeURIComponent(pathname).replace(/\/$/, '/index.html');
    asked.push(path);
    const content = await contentOf(path, request);
    response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
