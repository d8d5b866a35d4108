import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type JsonAnswer, tellUnexpected } from '../http/json-server';
import { matchPath, segmentsOf } from '../http/path-template';
import { DEFAULT_TENANT_ID } from '../identity/principals';
import { type TokenIssuer } from '../identity/token-issuer';
import { ArmError, invalidResourceType } from './arm-error';
import { type ArmOperation } from './arm-operation';
import { requireApiVersion } from './gate/api-versions';
import { armCallerOf } from './gate/arm-authentication';
import { type ArmFaults } from './gate/arm-faults';
import { type ArmRequestLog } from './gate/arm-request-log';
import { parseResourcePath, type ResourcePath } from './resource-path';
import { forbidden } from './resources/vaults';
import { type RoleBasedAccess } from './role-based-access';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What the front door is made of. */
interface ResourceManagerParts {
  issuer: TokenIssuer;
  access: RoleBasedAccess;
  faults: ArmFaults;
  log: ArmRequestLog;
  operations: readonly ArmOperation[];
}

/** How a request ends: with an answer, with one that is torn in the middle, or never. */
type Outcome = (JsonAnswer & { torn?: boolean }) | undefined;

/** Azure Resource Manager's front door, not listening yet: who calls, which operation, whether that is allowed, and what it answers. */
export function createResourceManager(parts: ResourceManagerParts): Server {
  return createServer((request, response) => {
    serve(parts, request, response).catch((error: unknown) => {
      tellUnexpected(error);
      response.destroy();
    });
  });
}

async function serve(parts: ResourceManagerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const facts = { operation: 'unknown', caller: '' };
  let outcome: Outcome;
  try {
    outcome = await outcomeOf(parts, request, facts);
  } catch (error) {
    if (!(error instanceof ArmError)) tellUnexpected(error);
    outcome = (
      error instanceof ArmError ? error : new ArmError(500, 'InternalServerError', 'An internal error occurred.')
    ).answer();
  }
  parts.log.add({
    ...facts,
    method: request.method ?? '',
    status: outcome?.torn === true ? 0 : (outcome?.status ?? 0),
  });
  if (outcome !== undefined) send(response, outcome);
}

async function outcomeOf(
  parts: ResourceManagerParts,
  request: IncomingMessage,
  facts: { operation: string; caller: string },
): Promise<Outcome> {
  const body = await readBody(request);
  if (parts.faults.latencyMs > 0) await wait(parts.faults.latencyMs, undefined, { ref: false });
  const caller = await armCallerOf(parts.issuer, DEFAULT_TENANT_ID, request.headers.authorization);
  facts.caller = caller.oid;
  const url = addressOf(request);
  const path = parseResourcePath(url.pathname);
  const { operation, params } = routeOf(parts.operations, request.method ?? '', path);
  facts.operation = operation.name;
  const fault = parts.faults.take(operation.name);
  if (fault?.kind === 'timeout') return undefined;
  if (fault?.kind === 'refuse') throw fault.error;
  requireApiVersion(operation.type, url.searchParams.get('api-version'));
  const { action } = operation;
  if (action !== undefined && !parts.access.allows(caller.oid, action, path.path)) {
    throw forbidden(caller.oid, action, path.path);
  }
  const ifMatch = request.headers['if-match'];
  const answer = await operation.run({
    path,
    params,
    query: url.searchParams,
    body: parseJson(body),
    ifMatch,
    caller,
    url,
  });
  return fault === undefined ? answer : { ...answer, torn: true };
}

/** On the host that the caller named: clients keep Azure's host and reach this server by a gateway. */
function addressOf(request: IncomingMessage): URL {
  const host = request.headers.host ?? '127.0.0.1';
  const scheme = /^(?:127\.0\.0\.1|localhost)(?::|$)/.test(host) ? 'http' : 'https';
  const address = `${scheme}://${host}${request.url ?? '/'}`;
  if (!URL.canParse(address)) throw new ArmError(400, 'InvalidRequestUri', 'The request URI is not valid.');
  return new URL(address);
}

function routeOf(operations: readonly ArmOperation[], method: string, path: ResourcePath) {
  const segments = path.namespace === '' ? segmentsOf(path.path) : [path.namespace, ...path.segments];
  const matches = operations.flatMap((operation) => {
    const params = matchPath(operation.path, segments);
    return params === undefined ? [] : [{ operation, params }];
  });
  const match = matches.find(({ operation }) => operation.method === method);
  if (match !== undefined) return match;
  throw matches.length === 0
    ? invalidResourceType(path.namespace, path.segments[0] ?? '')
    : new ArmError(405, 'MethodNotAllowed', `The request method '${method}' is not allowed here.`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ArmError(413, 'RequestContentTooLarge', 'The request content is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ArmError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.');
  }
}

function send(response: ServerResponse, { status, body, headers, torn }: JsonAnswer & { torn?: boolean }): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...(text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache',
    'x-ms-request-id': randomUUID(),
    ...headers,
  });
  if (torn === true) response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
  else response.end(text);
}
