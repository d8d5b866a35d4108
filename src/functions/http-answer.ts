import { randomUUID } from 'node:crypto';
import { type HttpHandler, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { type z } from 'zod';
import { type Problem } from '../contracts/api';
import { type ErrorCode, StrongroomError } from '../errors';
import { type Log } from '../log';
import { contextLog, loggableError } from './context-log';

const MAX_BODY_BYTES = 64 * 1024;
const CORRELATION_ID = /^[A-Za-z0-9-]{8,64}$/;

/** What a route gets: the request, the id that binds answer, log and run together, and where to log. */
export interface Call {
  request: HttpRequest;
  context: InvocationContext;
  correlationId: string;
  log: Log;
}

export interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

/** Titles and HTTP statuses of the errors that a caller can meet; all others are a 500. */
const PROBLEMS: Partial<Record<ErrorCode, { status: number; title: string }>> = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unknown_vault: { status: 404, title: 'Unknown vault' },
  run_not_found: { status: 404, title: 'Unknown run' },
  snapshot_not_found: { status: 404, title: 'Unknown snapshot' },
  run_in_progress: { status: 409, title: 'A run is under way' },
  run_ended: { status: 409, title: 'The run has ended' },
  host_unavailable: { status: 503, title: 'The durable engine does not answer' },
  ledger_unreachable: { status: 503, title: 'The ledger cannot be reached' },
  ledger_unavailable: { status: 503, title: 'The ledger is not available' },
  ledger_forbidden: { status: 500, title: 'The app may not use the ledger' },
  ledger_table_missing: { status: 500, title: 'A table of the ledger is missing' },
};

/**
 * Makes a route of a function that answers or throws: every answer is JSON and carries `X-Correlation-Id` (the caller's, if it sent a usable one),
 * every error is `application/problem+json` with a stable code, and is logged.
 */
export function answering(route: (call: Call) => Promise<Answer>): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const sent = request.headers.get('x-correlation-id') ?? '';
    const correlationId = CORRELATION_ID.test(sent) ? sent : randomUUID();
    const log = contextLog(context);
    try {
      const { status, body, headers } = await route({ request, context, correlationId, log });
      log('info', 'http_answer', { correlationId, status });
      return {
        status,
        jsonBody: body,
        headers: { ...headers, 'x-correlation-id': correlationId, 'cache-control': 'no-store' },
      };
    } catch (error) {
      const problem = problemOf(error, correlationId);
      log(problem.status >= 500 ? 'error' : 'info', 'http_problem', {
        correlationId,
        status: problem.status,
        ...loggableError(error),
      });
      return {
        status: problem.status,
        body: JSON.stringify(problem),
        headers: {
          'content-type': 'application/problem+json',
          'x-correlation-id': correlationId,
          'cache-control': 'no-store',
        },
      };
    }
  };
}

/** The request's body as JSON that fits `schema`; no body counts as `{}`. Throws `invalid_request` that says where what is wrong. */
export async function readBody<T extends z.ZodType>(request: HttpRequest, schema: T): Promise<z.infer<T>> {
  const text = await request.text();
  if (Buffer.byteLength(text) > MAX_BODY_BYTES)
    throw invalid('The body is too large.', [{ path: '', message: `at most ${MAX_BODY_BYTES} bytes` }]);
  let body: unknown = {};
  try {
    if (text.trim() !== '') body = JSON.parse(text);
  } catch {
    throw invalid('The body is not JSON.', [{ path: '', message: 'is not JSON' }]);
  }
  return fitting(schema, body);
}

/** The query parameters, fitted to `schema`. Throws `invalid_request`. */
export function readQuery<T extends z.ZodType>(request: HttpRequest, schema: T): z.infer<T> {
  return fitting(schema, Object.fromEntries([...request.query.entries()].filter(([name]) => name !== 'code')));
}

function fitting<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(
    'Some fields are not valid.',
    parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
}

/** An `invalid_request` with the places that are wrong. */
class InvalidRequest extends StrongroomError {
  constructor(
    message: string,
    readonly errors: { path: string; message: string }[],
  ) {
    super('invalid_request', message);
  }
}

function invalid(message: string, errors: { path: string; message: string }[]): StrongroomError {
  return new InvalidRequest(message, errors);
}

function problemOf(error: unknown, correlationId: string): Problem {
  const known = error instanceof StrongroomError ? error : undefined;
  const code: ErrorCode = known?.code ?? 'internal_error';
  const { status, title } = PROBLEMS[code] ?? { status: 500, title: 'Strongroom could not answer' };
  const detail = known?.message ?? 'An unexpected fault. The log has more under this correlation id.';
  const runId = known?.details['runId'];
  return {
    type: `urn:strongroom:problem:${code}`,
    title,
    status,
    code,
    detail,
    correlationId,
    ...(typeof runId === 'string' ? { runId } : {}),
    ...(known instanceof InvalidRequest ? { errors: known.errors } : {}),
  };
}
