import {
  type CallerView,
  type DecisionList,
  type ObjectList,
  type RunList,
  type RunView,
  type SnapshotList,
  type SnapshotView,
  type StartedBackup,
  type StartedPrune,
} from '../contracts/api';
import { type AlertList, type AlertView } from '../contracts/alerts';
import { type AuditList } from '../contracts/audit';
import { type ArchiveView } from '../contracts/archive-policies';
import { type Tier } from '../contracts/objects';
import { type DeletedPlan, type Plan, type PlanList, type PlanView } from '../contracts/plans';
import {
  type RecipientList,
  type RecipientVersion,
  type SigningKeyIntroduction,
  type SigningKeyView,
} from '../contracts/trust';
import { isAlert, isAlertList, isAuditList } from './alert-answers';
import { explainForeignAnswer, explainRefusal, explainSilence, parseBody, type RawAnswer } from './answer-failures';
import {
  isArchive,
  isCaller,
  isDeletedPlan,
  isIntroduction,
  isDecisionList,
  isJsonObject,
  isObjectList,
  isPlan,
  isPlanList,
  isRecipient,
  isRecipientList,
  isRun,
  isRunList,
  isSigningKey,
  isSnapshot,
  isSnapshotList,
  isStartedBackup,
  isStartedPrune,
  type AnswerCheck,
} from './answers';
import { type ApiLocation } from './api-location';
import { CliFailure } from './cli-failure';
import { headersOf, type PlanChange, planPath } from './plan-requests';
import { exitCodes } from './exit-codes';

/** Parts of a query string; members that are `undefined` are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

export interface ApiClientOptions {
  location: ApiLocation;
  /** Gives a token where the location has none. */
  signIn: () => Promise<string>;
  /** Ends every request under way with the failure `interrupted`. */
  signal: AbortSignal;
  /** How long one answer may take, in milliseconds. */
  timeoutMs?: number;
}

// Starting a backup of a large estate writes a record per vault before it answers; Azure's front end gives up after 230 s anyway.
const DEFAULT_TIMEOUT_MS = 60_000;

interface ApiRequest<T> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  check: AnswerCheck<T>;
  /** For anybody: no token is sent, and nobody has to sign in. */
  anonymous?: true;
}

/**
 * Strongroom's HTTP API. Every method throws `CliFailure`. The token goes into one header and nowhere else, and redirections are
 * not followed, since they would carry it away.
 */
export class ApiClient {
  readonly #location: ApiLocation;
  readonly #signIn: () => Promise<string>;
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;

  constructor(options: ApiClientOptions) {
    this.#location = options.location;
    this.#signIn = options.signIn;
    this.#signal = options.signal;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** Base address of the API. */
  get base(): string {
    return this.#location.base;
  }

  health(): Promise<Record<string, unknown>> {
    return this.#ask({ method: 'GET', path: '/api/health', check: isJsonObject, anonymous: true });
  }

  /** Who we are to the app. */
  caller(): Promise<CallerView> {
    return this.#ask({ method: 'GET', path: '/api/me', check: isCaller });
  }

  /** Starts runs. Not to be sent twice: a second one is refused with `run_in_progress`, or starts another backup when the first has ended. */
  startBackup(body: { vaults?: readonly string[]; tier?: Tier; select?: readonly string[] }): Promise<StartedBackup> {
    return this.#ask({ method: 'POST', path: '/api/backups', body, check: isStartedBackup });
  }

  /** Starts a prune. To be sent twice is no harm. */
  startPrune(body: { dryRun: boolean }): Promise<StartedPrune> {
    return this.#ask({ method: 'POST', path: '/api/prune', body, check: isStartedPrune });
  }

  decisions(runId: string, query: Query): Promise<DecisionList> {
    const path = `/api/runs/${encodeURIComponent(runId)}/decisions`;
    return this.#ask({ method: 'GET', path, query, check: isDecisionList });
  }

  run(id: string): Promise<RunView> {
    return this.#ask({ method: 'GET', path: `/api/runs/${encodeURIComponent(id)}`, check: isRun });
  }

  runs(query: Query): Promise<RunList> {
    return this.#ask({ method: 'GET', path: '/api/runs', query, check: isRunList });
  }

  objects(runId: string, query: Query): Promise<ObjectList> {
    const path = `/api/runs/${encodeURIComponent(runId)}/objects`;
    return this.#ask({ method: 'GET', path, query, check: isObjectList });
  }

  /** Asks a run to end. May be sent twice. What the answer's body says is not looked at. */
  async cancel(id: string): Promise<void> {
    await this.#send({ method: 'POST', path: `/api/runs/${encodeURIComponent(id)}/cancel`, body: {} });
  }

  snapshots(query: Query): Promise<SnapshotList> {
    return this.#ask({ method: 'GET', path: '/api/snapshots', query, check: isSnapshotList });
  }

  /** Sets a snapshot aside, or takes that back. May be sent twice. */
  decideSnapshot(id: string, decision: 'exclude' | 'include', reason: string): Promise<SnapshotView> {
    const path = `/api/snapshots/${encodeURIComponent(id)}/${decision}`;
    return this.#ask({ method: 'POST', path, body: { reason }, check: isSnapshot });
  }

  snapshot(id: string): Promise<SnapshotView> {
    return this.#ask({ method: 'GET', path: `/api/snapshots/${encodeURIComponent(id)}`, check: isSnapshot });
  }

  recipients(): Promise<RecipientList> {
    return this.#ask({ method: 'GET', path: '/api/recipients', check: isRecipientList });
  }

  /** May be sent twice. */
  decideRecipient(thumbprint: string, decision: 'approval' | 'revocation', reason: string): Promise<RecipientVersion> {
    const path = `/api/recipients/${encodeURIComponent(thumbprint)}/${decision}`;
    return this.#ask({ method: 'POST', path, body: { reason }, check: isRecipient });
  }

  signingKey(): Promise<SigningKeyView> {
    return this.#ask({ method: 'GET', path: '/api/signing-key', check: isSigningKey });
  }

  /** May be sent twice. */
  introduceSigningKey(body: { keyId?: string; reason: string }): Promise<SigningKeyIntroduction> {
    return this.#ask({ method: 'POST', path: '/api/signing-key/introduction', body, check: isIntroduction });
  }

  alerts(query: Query): Promise<AlertList> {
    return this.#ask({ method: 'GET', path: '/api/alerts', query, check: isAlertList });
  }

  alert(id: string): Promise<AlertView> {
    return this.#ask({ method: 'GET', path: `/api/alerts/${encodeURIComponent(id)}`, check: isAlert });
  }

  /** May be sent twice: who resolved it first stays. */
  resolveAlert(id: string, reason: string | undefined): Promise<AlertView> {
    const path = `/api/alerts/${encodeURIComponent(id)}/resolve`;
    return this.#ask({ method: 'POST', path, body: reason === undefined ? {} : { reason }, check: isAlert });
  }

  /** Each one that arrives sends another message. */
  testAlerts(): Promise<AlertView> {
    return this.#ask({ method: 'POST', path: '/api/alerts/test', body: {}, check: isAlert });
  }

  audit(query: Query): Promise<AuditList> {
    return this.#ask({ method: 'GET', path: '/api/audit', query, check: isAuditList });
  }

  plans(): Promise<PlanList> {
    return this.#ask({ method: 'GET', path: '/api/plans', check: isPlanList });
  }

  plan(vault: string): Promise<PlanView> {
    return this.#ask({ method: 'GET', path: planPath(vault), check: isPlan });
  }

  /** Makes the plan if `etag` is `null`, else changes the one in that state. May be sent twice: the second time it is refused, or changes nothing. */
  putPlan(vault: string, plan: Plan, change: PlanChange): Promise<PlanView> {
    return this.#ask({ method: 'PUT', path: planPath(vault), body: plan, headers: headersOf(change), check: isPlan });
  }

  /** Deletes the plan in that state. */
  deletePlan(vault: string, change: PlanChange): Promise<DeletedPlan> {
    return this.#ask({ method: 'DELETE', path: planPath(vault), headers: headersOf(change), check: isDeletedPlan });
  }

  archive(): Promise<ArchiveView> {
    return this.#ask({ method: 'GET', path: '/api/archive', check: isArchive });
  }

  /** Has the app look at the archive's policies. May be sent twice. */
  auditArchive(): Promise<ArchiveView> {
    return this.#ask({ method: 'POST', path: '/api/archive/audit', body: {}, check: isArchive });
  }

  async #ask<T>(request: ApiRequest<T>): Promise<T> {
    const answer = await this.#send(request);
    const body = parseBody(answer);
    if (!request.check(body)) throw explainForeignAnswer(answer, this.#location);
    return body;
  }

  async #send(request: Omit<ApiRequest<unknown>, 'check'>): Promise<RawAnswer> {
    const answer = await this.#fetch(request);
    if (answer.status < 200 || answer.status > 299) throw explainRefusal(answer, this.#location);
    return answer;
  }

  async #authorization(): Promise<{ authorization: string }> {
    try {
      return { authorization: `Bearer ${this.#location.token?.value ?? (await this.#signIn())}` };
    } catch (error) {
      if (this.#signal.aborted) throw interrupted();
      throw error;
    }
  }

  async #fetch(request: Omit<ApiRequest<unknown>, 'check'>): Promise<RawAnswer> {
    const authorization = request.anonymous === true ? {} : await this.#authorization();
    try {
      const response = await fetch(`${this.base}${request.path}${queryString(request.query ?? {})}`, {
        method: request.method,
        redirect: 'manual',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)]),
        headers: {
          accept: 'application/json, application/problem+json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
          ...authorization,
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      return {
        status: response.status,
        body: await response.text(),
        correlationId: response.headers.get('x-correlation-id') ?? undefined,
        redirectedTo: response.headers.get('location') ?? undefined,
      };
    } catch (error) {
      if (this.#signal.aborted) throw interrupted();
      throw explainSilence(error, this.#location, this.#timeoutMs);
    }
  }
}

/** The failure of a command that was stopped by Ctrl-C. */
export function interrupted(): CliFailure {
  return new CliFailure('interrupted', 'stopped by Ctrl-C', { exit: exitCodes.interrupted });
}

function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
