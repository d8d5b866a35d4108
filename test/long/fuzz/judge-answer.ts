import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem } from '../../../src/contracts/api';
import { type Role } from '../../../src/contracts/callers';
import { contractOf } from '../../../src/contracts/routes';
import { type PlainAnswer } from './plain-call';
import { type RouteCase } from './route-cases';

const source = readFileSync(join(__dirname, '..', '..', '..', 'src', 'contracts', 'error-codes.ts'), 'utf8');
const CODES = new Set([...source.matchAll(/\| '(\w+)'/g)].map(([, code]) => code));
const CORRELATION_ID = /^[A-Za-z0-9-]{8,64}$/;
/** What would tell somebody how the app is made, or where it lies. */
const INSIDES =
  /node_modules|\bat [^"]{1,80}:\d+:\d+|\.[jt]s:\d+|\/(?:tmp|home|var|usr|work)\/|dist\/|AccountKey|SharedAccessSignature|[?&]sig=|ECONN|(?:Type|Range|Syntax|Reference|Rest|Zod)Error|PartitionKey eq|RequestId:/;
/** Statuses that a host gives by itself, with no body: no such route, a target or headers that it cannot take. */
const OF_THE_HOST = [400, 404, 405, 414, 431];

/** Throws what is wrong with an answer, whatever was asked. */
export function judgeAnswer(one: RouteCase, { status, headers, body }: PlainAnswer): void {
  const wrong = (what: string): Error =>
    new Error(`${what}: ${status} ${JSON.stringify(headers)} ${body.slice(0, 300)}`);
  if (status >= 500) throw wrong('An error of the server');
  if (INSIDES.test(body) || INSIDES.test(JSON.stringify(headers))) throw wrong('The answer shows insides');
  const correlationId = headers['x-correlation-id'];
  if (correlationId === undefined) {
    if (one.isRouted) throw wrong('The app did not answer');
    if (!OF_THE_HOST.includes(status) || body !== '') throw wrong('The host does not answer like that');
    return;
  }
  if (!CORRELATION_ID.test(correlationId)) throw wrong('No correlation id');
  const sent = one.headers['x-correlation-id'];
  if (sent !== undefined && CORRELATION_ID.test(sent) && sent !== correlationId) throw wrong('Another correlation id');
  if (headers['cache-control'] !== 'no-store') throw wrong('The answer may be cached');
  const read = JSON.parse(body) as Partial<Problem>;
  if (status >= 400) judgeProblem(read, status, headers, wrong);
  else if (!headers['content-type']?.startsWith('application/json')) throw wrong('Not JSON');
  if (one.isRouted) judgeRefusal(one, status, read, wrong);
}

function judgeProblem(
  problem: Partial<Problem>,
  status: number,
  headers: Record<string, string>,
  wrong: (what: string) => Error,
): void {
  if (headers['content-type'] !== 'application/problem+json') throw wrong('No problem of RFC 9457');
  if (!CODES.has(problem.code)) throw wrong('An unknown code');
  if (problem.type !== `urn:strongroom:problem:${problem.code}`) throw wrong('Another type than the code');
  if (problem.status !== status || problem.correlationId !== headers['x-correlation-id'])
    throw wrong('It contradicts itself');
  if (!problem.title || !problem.detail) throw wrong('It says nothing to a person');
}

/** Who may not call is refused first; what does not fit the contract is refused next; what fits is not called misshapen media or too large. */
function judgeRefusal(
  one: RouteCase,
  status: number,
  { code, roles }: Partial<Problem>,
  wrong: (what: string) => Error,
): void {
  const allowed = contractOf(one.route).roles;
  const mayCall = allowed === 'anonymous' || (allowed as readonly Role[]).includes(one.role);
  if (!mayCall) {
    if (code !== 'role_missing') throw wrong('Somebody without the role was let in');
    return;
  }
  // A route may ask for more than its row says, by what is asked of it; then it names the roles that would do.
  const wantsMore = code === 'role_missing' && roles !== undefined && !roles.includes(one.role);
  if ((status === 401 || status === 403) && !wantsMore) throw wrong('Somebody with the role was refused');
  if (wantsMore) return;
  if (one.fits === false && ![400, 413].includes(status)) throw wrong('What does not fit was taken');
  if (one.fits === true && status === 415) throw wrong('What fits was refused');
}
