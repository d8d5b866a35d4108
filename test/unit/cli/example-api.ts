import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { CORRELATION_ID } from './example-views';
import { type Problem } from '../../../src/contracts/api';

/** A request as it came. */
interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  token: string | undefined;
  body: unknown;
}

/** What a route does: answers, or does something to the connection. */
export type Answer =
  | { status: number; json: unknown }
  | { status: number; text: string; headers?: Record<string, string> }
  | { torn: true }
  | { silent: true };

export type Route = (request: SeenRequest) => Answer;

/** A server on loopback that answers by the API's contract, one function per `METHOD /path`. */
export interface ExampleApi {
  url: string;
  requests: SeenRequest[];
  close(): Promise<void>;
}

/** Starts the server on a free port. What no route answers is Strongroom's 404. */
export async function startExampleApi(routes: Record<string, Route>): Promise<ExampleApi> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, routes, requests);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => close(server),
  };
}

/** Answers in turn; the last one stays. */
export function inTurn(...answers: readonly Answer[]): Route {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)]!;
}

export const ok = (json: unknown): Answer => ({ status: 200, json });
export const refusal = (problem: Problem): Answer => ({ status: problem.status, json: problem });

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Record<string, Route>,
  requests: SeenRequest[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url!, 'http://api');
  const seen: SeenRequest = {
    method: request.method!,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    token: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1],
    body: text === '' ? undefined : JSON.parse(text),
  };
  requests.push(seen);
  const route = routes[`${seen.method} ${seen.path}`];
  const found: Answer = route?.(seen) ?? { status: 404, text: '' };
  if ('silent' in found) return;
  if ('torn' in found) {
    response.destroy();
    return;
  }
  const type = found.status < 400 ? 'application/json' : 'application/problem+json';
  const headers =
    'json' in found ? { 'content-type': type, 'x-correlation-id': CORRELATION_ID } : (found.headers ?? {});
  response.writeHead(found.status, headers);
  response.end('json' in found ? JSON.stringify(found.json) : found.text);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
    server.closeAllConnections();
  });
}
