import { type HttpRequest } from '@azure/functions';
import { type Expected, type Plans } from '../operations/plans';
import { askerOf } from './asker';
import { type RouteHandler } from './http-answer';
import { InvalidRequest } from './http-request';

const LONGEST_REASON = 500;
const ETAG = /^"([0-9A-Za-z-]{1,64})"$/;

/** `GET /api/plans`: every protected vault with its plan, or the defaults if only the settings name it. */
export function listPlans(plans: Plans): RouteHandler<'listPlans'> {
  return async () => ({ status: 200, body: await plans.list() });
}

/** `GET /api/plans/{vault}`, with `ETag` if there is a plan. */
export function getPlan(plans: Plans): RouteHandler<'getPlan'> {
  return async ({ params }) => {
    const view = await plans.get(params.vault);
    return { status: 200, body: view, headers: view.etag === null ? {} : { etag: view.etag } };
  };
}

/** `PUT /api/plans/{vault}`: 201 if it was made, 200 if it was changed, or was so already. */
export function putPlan(plans: Plans): RouteHandler<'putPlan'> {
  return async (call) => {
    const { params, body, request } = call;
    const { view, created } = await plans.put(askerOf(call), {
      vault: params.vault,
      plan: body,
      expected: expectedBy(request),
      reason: reasonOf(request),
    });
    return { status: created ? 201 : 200, body: view, headers: view.etag === null ? {} : { etag: view.etag } };
  };
}

/** `DELETE /api/plans/{vault}`. */
export function deletePlan(plans: Plans): RouteHandler<'deletePlan'> {
  return async (call) => {
    const { params, request } = call;
    const change = { vault: params.vault, expected: expectedBy(request), reason: reasonOf(request) };
    return { status: 200, body: await plans.remove(askerOf(call), change) };
  };
}

/** `If-Match` (a list of ETags, or `*`) and `If-None-Match: *`. A weak ETag is none of ours, and matches nothing. Throws `invalid_request`. */
function expectedBy(request: HttpRequest): Expected {
  const noneMatch = request.headers.get('if-none-match');
  if (noneMatch !== null && noneMatch.trim() !== '*') throw invalidHeader('If-None-Match', 'only takes *');
  const match = request.headers.get('if-match');
  if (match === null) return { noneMatch: noneMatch !== null };
  const tags = match.split(',').map((tag) => tag.trim());
  return {
    noneMatch: noneMatch !== null,
    match: tags.includes('*') ? 'any' : tags.flatMap((tag) => ETAG.exec(tag)?.[1] ?? []),
  };
}

/** `X-Reason`: percent-encoded UTF-8, since a header takes no other letters than those of Latin-1. */
function reasonOf(request: HttpRequest): string | undefined {
  const sent = request.headers.get('x-reason');
  if (sent === null || sent.trim() === '') return undefined;
  const reason = decoded(sent.trim());
  if (reason === undefined) throw invalidHeader('X-Reason', 'must be percent-encoded UTF-8');
  if (reason.length > LONGEST_REASON) throw invalidHeader('X-Reason', `at most ${LONGEST_REASON} characters`);
  if (/\p{Cc}/u.test(reason)) throw invalidHeader('X-Reason', 'has control characters');
  return reason;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function invalidHeader(name: string, message: string): InvalidRequest {
  return new InvalidRequest(`The header ${name} is not valid.`, [{ path: name, message }]);
}
