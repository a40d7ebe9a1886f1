/** A static server of a folder, for tests in browsers. */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

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
 * @param more texts of files that are not there, by path
 */
export const serveFolder = async (
  folder: string,
  more: Record<string, string> = {},
): Promise<Serving> => {
  const asked: string[] = [];
  const server: Server = createServer(({ url = '/' }, response) => {
    const path = normalize(decodeURIComponent(url.replace(/[?#].*$/, ''))).replace(
      /\/$/,
      '/index.html',
    );
    asked.push(path);
    let content: string | Buffer | undefined = more[path];
    try {
      const file = join(folder, path);
      if (content === undefined && statSync(file).isFile()) content = readFileSync(file);
    } catch {
      // It is not there.
    }
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
