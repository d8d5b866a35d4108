import {
  type StartedBackup,
  type ObjectList,
  type ObjectView,
  type Problem,
  type RunView,
  type SnapshotView,
} from '../../src/contracts/api';
import { type Role } from '../../src/contracts/callers';
import {
  API_AUDIENCE,
  APP_PRINCIPAL,
  GEOGRAPHY,
  OPERATOR,
  SOURCE_ACTIONS,
  SUBSCRIPTION_ID,
} from '../../local/stack/estate';
import { type HostModes, type Stack } from '../../local/stack/stack';
import { startStack } from '../../local/stack/start-stack';

/** What a vault holds at first: the vault service's seed route (local/vault-service/README.md). */
export type Seed = Record<string, unknown>;

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** A token of the stack's issuer; what is left out is as in the operator's own. */
export interface TokenWish {
  oid?: string;
  roles?: readonly string[];
  audience?: string;
  tenantId?: string;
  /** Seconds; below zero: expired already. */
  expiresIn?: number;
  /** Claims that replace those of the issuer; `null` takes one away. */
  claims?: Record<string, unknown>;
}

const ENDED = ['succeeded', 'partial', 'failed', 'cancelled'];

/** The compiled app on an ephemeral stack, and what tests do with it over HTTP, as any client would. */
export class AppOnStack {
  /** All answers of the API so far: headers and body, as text. */
  readonly heard: string[] = [];

  private constructor(
    readonly stack: Stack,
    private readonly token = stack.endpoints.token,
    private readonly otherApi?: string,
  ) {}

  /** Starts a stack whose protected vaults are exactly these, with a role of duty `protect` on each. */
  static async start(
    vaults: Record<string, Seed>,
    {
      settings = {},
      modes = {},
      hostJson,
    }: { settings?: Record<string, string>; modes?: HostModes; hostJson?: string } = {},
  ): Promise<AppOnStack> {
    const protectedVaults = Object.keys(vaults).map((name) => ({
      url: `https://${name}.vault.azure.net`,
      subscriptionId: SUBSCRIPTION_ID,
      geography: GEOGRAPHY,
    }));
    const stack = await startStack({
      ephemeral: true,
      estate: 'empty',
      settings: { PROTECTED_VAULTS: JSON.stringify(protectedVaults), ...settings },
      host: { modes, ...(hostJson !== undefined && { hostJson }) },
    });
    try {
      for (const [name, seed] of Object.entries(vaults)) {
        await stack.control.put(`/vault-service/vaults/${name}`, {
          subscriptionId: SUBSCRIPTION_ID,
          geography: GEOGRAPHY,
        });
        await stack.control.post(`/vault-service/vaults/${name}/seed`, seed);
        await stack.control.put('/vault-service/roles', {
          principal: APP_PRINCIPAL.oid,
          vault: name,
          actions: SOURCE_ACTIONS,
        });
      }
      return new AppOnStack(stack);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** The same app, called by somebody who has these roles alone. */
  async as(...roles: Role[]): Promise<AppOnStack> {
    return new AppOnStack(this.stack, await this.tokenFor({ roles }));
  }

  /** The same app on another host beside the stack's own. */
  at(api: string): AppOnStack {
    return new AppOnStack(this.stack, this.token, api);
  }

  /** Mints a token as the stack's issuer does. */
  async tokenFor({ oid = OPERATOR.oid, audience = API_AUDIENCE, ...rest }: TokenWish = {}): Promise<string> {
    const answer = await this.stack.control.post('/vault-service/token', { oid, aud: audience, ...rest });
    return (answer as { access_token: string }).access_token;
  }

  /** One call of the API with the token of all roles; `body` is sent as JSON, a string as it is. */
  async call<T>(
    method: string,
    path: string,
    { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.otherApi ?? this.stack.endpoints.api}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.heard.push(`${JSON.stringify([...response.headers])}\n${text}`);
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    };
  }

  async start(request: { vaults?: string[]; tier?: string } = {}): Promise<StartedBackup> {
    const { status, body } = await this.call<StartedBackup & Problem>('POST', '/backups', { body: request });
    if (status !== 202) throw new Error(`The backup was not started: ${status} ${body.code}`);
    return body;
  }

  async run(id: string): Promise<RunView> {
    return (await this.call<RunView>('GET', `/runs/${id}`)).body;
  }

  /** Looks at a run until `done` says so. Goes on through restarts of the host. */
  async waitFor(
    id: string,
    done: (run: RunView) => boolean = ({ status }) => ENDED.includes(status),
  ): Promise<RunView> {
    for (;;) {
      const run = await this.run(id).catch(() => undefined);
      if (run !== undefined && 'status' in run && typeof run.status === 'string' && done(run)) return run;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  /** Backs up one vault and waits; the run of that vault. */
  async backUp(vault: string, tier = 'daily'): Promise<RunView> {
    const { runId, runs } = await this.start({ vaults: [vault], tier });
    await this.waitFor(runId);
    return this.run(runs[0]?.runId ?? '');
  }

  async objects(runId: string): Promise<ObjectView[]> {
    const found: ObjectView[] = [];
    let continuation: string | null = null;
    do {
      const query: string = continuation === null ? '' : `&continuation=${encodeURIComponent(continuation)}`;
      const { body }: Answer<ObjectList> = await this.call<ObjectList>(
        'GET',
        `/runs/${runId}/objects?limit=200${query}`,
      );
      found.push(...body.objects);
      ({ continuation } = body);
    } while (continuation !== null);
    return found;
  }

  async snapshot(id: string): Promise<SnapshotView> {
    return (await this.call<SnapshotView>('GET', `/snapshots/${id}`)).body;
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }
}
