import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** What a handler answers. Without a body, only the status is sent. */
export interface JsonAnswer {
  status: number;
  body?: unknown;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<JsonAnswer>;

/** Starts listening on loopback and resolves to the base URL. Port 0 takes a free one. Rejects if the port is in use. */
export async function listenOnLoopback(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Closes a server and every connection that it still holds. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

async function answerOf(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<JsonAnswer> {
  const address = `http://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`;
  if (!URL.canParse(address)) return { status: 400, body: { error: 'invalid_address' } };
  return handler(request, response, new URL(address));
}

/** A small JSON service on loopback. A handler that throws is answered with 500 and told on stderr. */
export class JsonServer {
  readonly #server: Server;

  constructor(handler: Handler) {
    this.#server = createServer((request, response) => {
      answerOf(handler, request, response)
        .catch((error: unknown) => {
          process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
          return { status: 500, body: { error: 'internal_error' } };
        })
        .then(({ status, body }: JsonAnswer) => {
          response.writeHead(status, {
            'content-type': 'application/json; charset=utf-8',
            'cache-control': 'no-store',
          });
          response.end(body === undefined ? undefined : JSON.stringify(body));
        })
        .catch(() => response.destroy());
    });
  }

  /** Starts; see {@link listenOnLoopback}. */
  listen(port: number): Promise<string> {
    return listenOnLoopback(this.#server, port);
  }

  /** Stops at once. */
  close(): Promise<void> {
    return closeServer(this.#server);
  }
}
