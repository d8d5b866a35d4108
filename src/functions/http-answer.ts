import { randomUUID } from 'node:crypto';
import { type HttpHandler, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { type TokenVerifier } from '../access/port';
import { type Problem } from '../contracts/api';
import {
  type BodyOf,
  type CallerOf,
  contractOf,
  type PathParameters,
  type QueryOf,
  type RouteName,
} from '../contracts/routes';
import { type ErrorCode, StrongroomError } from '../errors';
import { type Log } from '../log';
import { contextLog, loggableError } from './context-log';
import { admit, challengeOf, RoleMissing } from './http-access';
import { InvalidRequest, readBody, readParameters, readQuery } from './http-request';

const CORRELATION_ID = /^[A-Za-z0-9-]{8,64}$/;

/** What the handler of a route gets. The caller has one of the route's roles, and everything fits the route's schemas. */
interface Call<N extends RouteName = RouteName> {
  caller: CallerOf<N>;
  params: PathParameters<N>;
  query: QueryOf<N>;
  body: BodyOf<N>;
  /** For headers; all else is above. */
  request: HttpRequest;
  context: InvocationContext;
  /** Binds answer, log and run together. */
  correlationId: string;
  log: Log;
}

/** Answers a route's calls, or throws `StrongroomError`. */
export type RouteHandler<N extends RouteName> = (call: Call<N>) => Promise<Answer>;

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

/** Who looks after the door. */
export interface Gate {
  tokens: TokenVerifier;
  /** Writes down that somebody without the role asked for a change. Never throws. */
  noteRefusal: (refusal: { route: RouteName; actor: string; correlationId: string }, log: Log) => Promise<void>;
}

/** Titles and HTTP statuses of the errors that a caller can meet; all others are a 500. */
const PROBLEMS: Partial<Record<ErrorCode, { status: number; title: string }>> = {
  unauthenticated: { status: 401, title: 'Not signed in' },
  role_missing: { status: 403, title: 'A role is missing' },
  identity_unavailable: { status: 503, title: 'Tokens cannot be checked' },
  invalid_request: { status: 400, title: 'The request is not valid' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is not JSON' },
  unknown_vault: { status: 404, title: 'Unknown vault' },
  run_not_found: { status: 404, title: 'Unknown run' },
  rows_expired: { status: 410, title: 'The rows are gone' },
  snapshot_not_found: { status: 404, title: 'Unknown snapshot' },
  alert_not_found: { status: 404, title: 'Unknown alert' },
  audit_unavailable: { status: 503, title: 'The audit trail cannot be written' },
  plan_not_found: { status: 404, title: 'Unknown plan' },
  plan_disabled: { status: 409, title: 'The plan is disabled' },
  tier_not_planned: { status: 409, title: 'The plan has no such tier' },
  precondition_required: { status: 428, title: 'The expected state is missing' },
  precondition_failed: { status: 412, title: 'The state is another than expected' },
  run_in_progress: { status: 409, title: 'A run is under way' },
  run_ended: { status: 409, title: 'The run has ended' },
  recipient_not_found: { status: 404, title: 'Unknown recipient' },
  recipient_unusable: { status: 409, title: 'The key cannot be used' },
  approved_by_settings: { status: 409, title: 'The settings approve it' },
  signing_key_unusable: { status: 409, title: 'The signing key cannot be used' },
  signing_refused: { status: 409, title: 'The signing key does not sign' },
  host_unavailable: { status: 503, title: 'The durable engine does not answer' },
  ledger_unreachable: { status: 503, title: 'The ledger cannot be reached' },
  ledger_unavailable: { status: 503, title: 'The ledger is not available' },
  ledger_forbidden: { status: 500, title: 'The app may not use the ledger' },
  ledger_table_missing: { status: 500, title: 'A table of the ledger is missing' },
};

/**
 * Makes a function's handler of a route's: who calls is checked before anything else of the request is looked at, then path, query and body
 * against the route's schemas. Every answer is JSON and carries `X-Correlation-Id` (the caller's, if it sent a usable one), every error is
 * `application/problem+json` with a stable code, and is logged.
 */
export function answering<N extends RouteName>(
  name: N,
  handle: RouteHandler<N>,
  { tokens, noteRefusal }: Gate,
): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const sent = request.headers.get('x-correlation-id') ?? '';
    const correlationId = CORRELATION_ID.test(sent) ? sent : randomUUID();
    const log = contextLog(context);
    const always = { 'x-correlation-id': correlationId, 'cache-control': 'no-store' };
    try {
      const caller = await admit(name, request, tokens);
      const params = readParameters(request);
      const query = readQuery(name, request);
      const body = await readBody(name, request);
      // The table gives the types and the checks alike, which the compiler cannot see.
      const given = { caller, params, query, body } as Pick<Call<N>, 'caller' | 'params' | 'query' | 'body'>;
      const answer = await handle({ ...given, request, context, correlationId, log });
      const by = caller === undefined ? {} : { caller: caller.objectId };
      log('info', 'http_answer', { correlationId, route: name, status: answer.status, ...by });
      return { status: answer.status, jsonBody: answer.body, headers: { ...answer.headers, ...always } };
    } catch (error) {
      if (error instanceof RoleMissing && contractOf(name).method !== 'GET')
        await noteRefusal({ route: name, actor: error.caller.objectId, correlationId }, log);
      const problem = problemOf(error, correlationId);
      const { status } = problem;
      const facts = { correlationId, route: name, status, ...loggableError(error) };
      log(status >= 500 ? 'error' : 'info', 'http_problem', facts);
      return { status, body: JSON.stringify(problem), headers: { ...problemHeaders(error), ...always } };
    }
  };
}

function problemHeaders(error: unknown): Record<string, string> {
  const challenge = error instanceof StrongroomError ? challengeOf(error) : undefined;
  return {
    'content-type': 'application/problem+json',
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  };
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
    ...(known instanceof RoleMissing ? { roles: known.roles } : {}),
    ...(known instanceof InvalidRequest ? { errors: known.errors } : {}),
  };
}
