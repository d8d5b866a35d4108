import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What is answered. `body` is sent as JSON; without one the answer is empty. */
export interface JsonAnswer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Answers a request. Undefined: the handler has taken the response over, for example to forward the request elsewhere. */
export type JsonHandler = (
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
) => JsonAnswer | undefined | Promise<JsonAnswer | undefined>;

/** The answer 200. */
export function ok(body: unknown): JsonAnswer {
  return { status: 200, body };
}

/** Writes an error that nobody expected to stderr, where the part's log is made from. */
export function tellUnexpected(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

/** A server that answers JSON, not listening yet. A handler that throws is answered with 500 and told on stderr. */
export function createJsonServer(handler: JsonHandler): Server {
  return createServer((request, response) => {
    serve(handler, request, response).catch((error: unknown) => {
      tellUnexpected(error);
      response.destroy();
    });
  });
}

async function serve(handler: JsonHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerOf(handler, request, response);
  if (answer === undefined) return;
  const { status, body, headers } = answer;
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answerOf(
  handler: JsonHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<JsonAnswer | undefined> {
  const address = `http://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`;
  if (!URL.canParse(address)) return { status: 400, body: { error: 'invalid_address' } };
  try {
    return await handler(request, new URL(address), response);
  } catch (error) {
    tellUnexpected(error);
    return { status: 500, body: { error: 'internal_error' } };
  }
}
