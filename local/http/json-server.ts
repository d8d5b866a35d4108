import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { z } from 'zod';
import { StackStartError } from '../process/stack-process';

/** What a route of a control listener is given: decoded path parameters, the query, and the body as parsed JSON. */
export interface JsonRequest {
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

/** What a route answers. `body` is sent as JSON; without one the answer is empty. */
export interface JsonAnswer {
  status: number;
  body?: unknown;
}

/** One route of a control listener. `path` may hold parameters (`/containers/:name/policy`). */
export interface JsonRoute {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  handle(request: JsonRequest): JsonAnswer | Promise<JsonAnswer>;
}

/** Takes a request away from the routes, for example to forward it elsewhere. Answers whether it did. */
export type RequestTaker = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A refusal with a status and a stable code; the text is shown to the caller. */
export class JsonRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'JsonRefusal';
  }
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A running control listener. `close` also ends the connections that are still open. */
export interface JsonServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Listens on a port, loopback only; a port in use becomes a `StackStartError` that names it.
 * @returns the base address, with the port that was given or found.
 */
async function listenOnLoopback(server: Server, port: number, purpose: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portInUse(port, purpose) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The one text for a port that somebody else holds. */
export function portInUse(port: number, purpose: string): StackStartError {
  return new StackStartError(
    'port_in_use',
    `Port ${port} (${purpose}) is already in use. Stop what listens there, or choose another port.`,
  );
}

/**
 * Starts a control listener: JSON in, JSON out. A body that does not fit its schema is answered with 400 and the faulty
 * paths, a {@link JsonRefusal} with its status and code, anything else that is thrown with 500 and its message.
 */
export async function startJsonServer(
  port: number,
  purpose: string,
  routes: JsonRoute[],
  take: RequestTaker = () => false,
): Promise<JsonServer> {
  const server = createServer((request, response) => {
    if (take(request, response)) return;
    void answerFrom(routes, request).then((answer) => {
      send(response, answer);
    });
  });
  const url = await listenOnLoopback(server, port, purpose);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answerFrom(routes: JsonRoute[], request: IncomingMessage): Promise<JsonAnswer> {
  try {
    const url = new URL(request.url ?? '/', 'http://stack');
    const matches = routes.flatMap((route) => {
      const params = matchPath(route.path, url.pathname);
      return params ? [{ route, params }] : [];
    });
    if (matches.length === 0) throw new JsonRefusal(404, 'unknown_route', `There is no ${url.pathname} here.`);
    const match = matches.find(({ route }) => route.method === request.method);
    if (!match) throw new JsonRefusal(405, 'wrong_method', `${url.pathname} does not take ${request.method ?? ''}.`);
    const body = await readJson(request);
    return await match.route.handle({ params: match.params, query: url.searchParams, body });
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): JsonAnswer {
  const answer = (status: number, code: string, message: string): JsonAnswer => ({
    status,
    body: { error: { code, message } },
  });
  if (error instanceof JsonRefusal) return answer(error.status, error.code, error.message);
  if (error instanceof z.ZodError) return answer(400, 'invalid_body', z.prettifyError(error));
  return answer(500, 'failed', error instanceof Error ? error.message : String(error));
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new JsonRefusal(413, 'body_too_large', 'The body is larger than 64 MiB.');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new JsonRefusal(400, 'invalid_json', 'The body is not JSON.');
  }
}

function send(response: ServerResponse, answer: JsonAnswer): void {
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, text === '' ? {} : { 'content-type': 'application/json' });
  response.end(text);
}
