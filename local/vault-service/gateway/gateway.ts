import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type StackClock } from '../../clock/stack-clock';
import { type Faults } from '../disturbances/faults';
import { type Latency } from '../disturbances/latency';
import { type RequestFacts } from '../disturbances/request-facts';
import { type RequestLog } from '../disturbances/request-log';
import { type Tripwires } from '../disturbances/tripwires';
import { badParameter, KeyVaultError } from '../key-vault-error';
import { type Call, type Operation, type Reply } from '../kinds/operation';
import { type RoleAssignments } from '../role-assignments';
import { type ObjectStore } from '../store/object-store';
import { type Vault, vaultNameOf, type VaultRegistry } from '../vaults';
import { type Authentication } from './authentication';
import { requireAction } from './authorization';
import { type Route, routeOf } from './routing';
import { type Throttle } from './throttle';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What the gateway is made of. */
export interface GatewayParts {
  clock: StackClock;
  vaults: VaultRegistry;
  store: ObjectStore;
  roles: RoleAssignments;
  authentication: Authentication;
  throttle: Throttle;
  faults: Faults;
  tripwires: Tripwires;
  latency: Latency;
  log: RequestLog;
  /** What ends by itself: certificates that are being issued. */
  pending: { issueDue(): Promise<void>; lookAgain(): void };
  operations: readonly Operation[];
}

/** How a request ends: with an answer, with one that is torn in the middle, or never. */
type Outcome =
  | { kind: 'answer' | 'torn'; status: number; body: Reply; headers?: Readonly<Record<string, string>> }
  | { kind: 'silence' };

interface Exchange {
  request: IncomingMessage;
  url: URL;
  vault: Vault;
  facts: RequestFacts;
  caller: string;
}

/**
 * Key Vault's data plane for all vaults, told apart by the Host header. A host that is no vault of ours has its connection
 * closed: in Azure, such a name does not resolve.
 */
export class Gateway {
  /** The server, not listening yet. */
  readonly server: Server;
  readonly #parts: GatewayParts;
  #nextPurge = 0;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    // After the clock has moved, what is overdue must go at the next request.
    parts.clock.onMoved(() => {
      this.#nextPurge = 0;
      parts.pending.lookAgain();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const vault = this.#parts.vaults.get(vaultNameOf(request.headers.host) ?? '');
    if (vault === undefined) {
      response.destroy();
      return;
    }
    // Not resolved against the vault's address: some SDKs write `//secrets/…`, which would name another host.
    const url = new URL(`${vault.url}${request.url ?? '/'}`);
    const facts = { vault: vault.name, operation: 'unknown', object: '' };
    const exchange: Exchange = { request, url, vault, facts, caller: '' };
    const outcome = await this.#outcome(exchange).catch((error: unknown) => refusal(error));
    this.#parts.log.add({
      ...exchange.facts,
      time: new Date(this.#parts.clock.now()).toISOString(),
      method: request.method ?? '',
      caller: exchange.caller,
      status: outcome.kind === 'answer' ? outcome.status : 0,
    });
    if (outcome.kind === 'silence') return;
    send(exchange, response, outcome);
  }

  async #outcome(exchange: Exchange): Promise<Outcome> {
    const { request, vault, url } = exchange;
    const body = await readBody(request);
    await this.#parts.latency.pass(vault.name);
    const caller = await this.#parts.authentication.callerOf(vault, request.headers.authorization);
    exchange.caller = caller.oid;
    const route = routeOf(this.#parts.operations, request.method ?? '', url);
    const { operation, parameters } = route;
    exchange.facts = { vault: vault.name, operation: operation.name, object: parameters.name ?? '' };
    const fault = this.#parts.faults.take(exchange.facts);
    if (fault?.kind === 'timeout') return { kind: 'silence' };
    if (fault?.kind === 'refuse') throw fault.error;
    const call = callOf(exchange, route, body);
    this.#purgeOverdue();
    await this.#parts.pending.issueDue();
    this.#parts.throttle.take(vault, operation.cost(call));
    requireAction(this.#parts.roles, caller, call, kindOf(operation), operation.action);
    if (this.#parts.tripwires.trips(exchange.facts, 'before')) return { kind: 'silence' };
    const answer = await operation.run(call);
    if (this.#parts.tripwires.trips(exchange.facts, 'after')) return { kind: 'silence' };
    const status = answer === undefined ? 204 : (operation.status ?? 200);
    return { kind: fault === undefined ? 'answer' : 'torn', status, body: answer };
  }

  #purgeOverdue(): void {
    const now = this.#parts.clock.now();
    // Looked at every second at least, since a deletion in between may bring the next moment forward.
    if (now < this.#nextPurge) return;
    this.#nextPurge = Math.min(this.#parts.store.purgeOverdue(now), now + 1000);
  }
}

/** The kind of objects an operation is about, deleted or not. */
function kindOf(operation: Operation): string {
  return (operation.path.split('/')[0] ?? '').replace(/^deleted/, '');
}

function refusal(error: unknown): Outcome {
  if (error instanceof KeyVaultError) {
    return { kind: 'answer', status: error.status, body: error.body(), headers: error.headers };
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  const unexpected = new KeyVaultError(500, 'InternalServerError', 'An internal error occurred.');
  return { kind: 'answer', status: 500, body: unexpected.body() };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new KeyVaultError(413, 'RequestEntityTooLarge', 'The request body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function callOf({ vault, url }: Exchange, { parameters }: Route, body: Buffer): Call {
  const name = parameters.name ?? '';
  return { vault, name, version: parameters.version, query: url.searchParams, body: parseJson(body) };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw badParameter('The request body is not JSON.');
  }
}

function send(exchange: Exchange, response: ServerResponse, outcome: Exclude<Outcome, { kind: 'silence' }>): void {
  if (outcome.kind === 'torn' && outcome.body === undefined) {
    response.destroy();
    return;
  }
  const text = outcome.body === undefined ? '' : JSON.stringify(outcome.body);
  const clientRequestId = exchange.request.headers['x-ms-client-request-id'];
  response.writeHead(outcome.status, {
    ...(text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(typeof clientRequestId === 'string' ? { 'x-ms-client-request-id': clientRequestId } : {}),
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache',
    'x-ms-request-id': randomUUID(),
    'x-ms-keyvault-region': exchange.vault.region,
    'x-ms-keyvault-service-version': '1.9.3019.1',
    ...outcome.headers,
  });
  if (outcome.kind === 'answer') {
    response.end(text);
    return;
  }
  response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
}
