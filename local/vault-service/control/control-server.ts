import { type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { type z } from 'zod';
import { type JsonAnswer, JsonServer } from '../../identity/json-server';
import { KeyVaultError } from '../key-vault-error';
import { matchPath, type PathParameters, segmentsOf } from '../path-template';

/** A refusal of the control API: `{"error":{"code","message"}}`. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ControlError';
  }
}

/** A request to the control API. `parse` reads the body, or throws 400 with the paths that are wrong. */
export interface ControlRequest {
  parameters: PathParameters;
  query: URLSearchParams;
  parse: <Schema extends z.ZodType>(schema: Schema) => z.output<Schema>;
}

/** One route of the control API. What it returns is the body of a 200. */
export interface ControlRoute {
  method: string;
  path: string;
  handle: (request: ControlRequest) => object | Promise<object>;
}

/** A handler that answers `{}` once `act` is done. */
export function doing(act: (request: ControlRequest) => void): ControlRoute['handle'] {
  return (request) => {
    act(request);
    return {};
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'DELETE' || request.headers['content-length'] === '0') return {};
  try {
    return await json(request);
  } catch {
    throw new ControlError(400, 'invalid_request', 'The body is not JSON.');
  }
}

const refusal = (status: number, code: string, message: string): JsonAnswer => ({
  status,
  body: { error: { code, message } },
});

async function answer(routes: readonly ControlRoute[], request: IncomingMessage, url: URL): Promise<JsonAnswer> {
  const segments = segmentsOf(url.pathname);
  for (const route of routes) {
    const parameters = route.method === request.method ? matchPath(route.path, segments) : undefined;
    if (parameters === undefined) continue;
    const body = await bodyOf(request);
    const parse = <Schema extends z.ZodType>(schema: Schema): z.output<Schema> => {
      const result = schema.safeParse(body);
      if (result.success) return result.data;
      const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
      throw new ControlError(400, 'invalid_request', faults.join('; '));
    };
    return { status: 200, body: await route.handle({ parameters, query: url.searchParams, parse }) };
  }
  return refusal(
    404,
    'no_such_route',
    `There is no ${request.method ?? ''} ${url.pathname}; see local/vault-service/README.md.`,
  );
}

/** The control listener, for tests, demo and rehearsals. It has no counterpart in Azure, and asks for no token: loopback only. */
export function createControlServer(routes: readonly ControlRoute[]): JsonServer {
  return new JsonServer(async (request, _response, url) => {
    try {
      return await answer(routes, request, url);
    } catch (error) {
      if (error instanceof ControlError) return refusal(error.status, error.code, error.message);
      if (error instanceof KeyVaultError) return refusal(error.status, error.code, error.message);
      throw error;
    }
  });
}
