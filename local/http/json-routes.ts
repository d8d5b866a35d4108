import { type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { StackStartError } from '../process/stack-process';
import { JsonRefusal } from './json-refusal';
import { type JsonAnswer, type JsonHandler, tellUnexpected } from './json-server';
import { matchPath, type PathParameters, segmentsOf } from './path-template';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What a route is given: decoded path parameters, the query, and the body as parsed JSON (`{}` if there is none). */
export interface JsonRequest {
  params: PathParameters;
  query: URLSearchParams;
  body: unknown;
}

/** One route. `path` may hold parameters (`/containers/{name}/policy`). */
export interface JsonRoute {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  handle(request: JsonRequest): JsonAnswer | Promise<JsonAnswer>;
}

/** Words the refusal of a request that no route takes; `knowsPath` says whether one takes its path with another method. */
export type Unrouted = (method: string, path: string, knowsPath: boolean) => JsonRefusal;

/**
 * Answers by routes. A refusal is `{"error":{"code","message"}}`: a {@link JsonRefusal} with its status, 400 with the faulty
 * paths for a body that does not fit its schema, 500 with the message for anything else that is thrown.
 */
export function answersFrom(routes: readonly JsonRoute[], unrouted: Unrouted = refuseUnrouted): JsonHandler {
  return async (request, url) => {
    try {
      const { route, params } = routeOf(routes, request.method ?? '', url.pathname, unrouted);
      const body = await readJson(request);
      return await route.handle({ params, query: url.searchParams, body });
    } catch (error) {
      return refusalOf(error);
    }
  };
}

function routeOf(routes: readonly JsonRoute[], method: string, path: string, unrouted: Unrouted) {
  const segments = decodedSegments(path);
  const matches = routes.flatMap((route) => {
    const params = matchPath(route.path, segments);
    return params === undefined ? [] : [{ route, params }];
  });
  const match = matches.find(({ route }) => route.method === method);
  if (match === undefined) throw unrouted(method, path, matches.length > 0);
  return match;
}

function decodedSegments(path: string): string[] {
  try {
    return segmentsOf(path);
  } catch {
    throw new JsonRefusal(400, 'invalid_path', 'The path is not well encoded.');
  }
}

function refuseUnrouted(method: string, path: string, knowsPath: boolean): JsonRefusal {
  return knowsPath
    ? new JsonRefusal(405, 'wrong_method', `${path} does not take ${method}.`)
    : new JsonRefusal(404, 'unknown_route', `There is no ${path} here.`);
}

function refusalOf(error: unknown): JsonAnswer {
  const answer = (status: number, code: string, message: string): JsonAnswer => ({
    status,
    body: { error: { code, message } },
  });
  if (error instanceof JsonRefusal) return answer(error.status, error.code, error.message);
  if (error instanceof z.ZodError) return answer(400, 'invalid_body', z.prettifyError(error));
  // A failed start says all in its text, which the caller gets.
  if (!(error instanceof StackStartError)) tellUnexpected(error);
  return answer(500, 'failed', error instanceof Error ? error.message : String(error));
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
