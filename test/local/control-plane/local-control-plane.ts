import { LocalVaults, QUICK_VAULT } from '../vault-service/local-vaults';

export const SUBSCRIPTION = QUICK_VAULT.subscriptionId;
export const READER = '22222222-2222-4222-8222-222222222222';
const ARM = 'https://management.azure.com';
const KEY_VAULT_VERSION = '2026-02-01';

interface ArmDocument {
  id: string;
  name: string;
  type: string;
  location: string;
  tags: Record<string, string>;
  properties: Record<string, unknown>;
}

export interface ArmAnswer {
  status: number;
  headers: Headers;
  body: Partial<ArmDocument> & { value?: ArmDocument[]; nextLink?: string; error?: { code: string; message: string } };
}

/** The resource id of a vault in the group that vaults are in by default. */
export function vaultId(name: string): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/strongroom/providers/Microsoft.KeyVault/vaults/${name}`;
}

/** A running control plane, in the vault service that it shows. */
export class LocalControlPlane {
  private constructor(readonly vaults: LocalVaults) {}

  static async start(): Promise<LocalControlPlane> {
    return new LocalControlPlane(await LocalVaults.start());
  }

  /** An order by the control routes. */
  order(method: string, path: string, body?: object) {
    return this.vaults.control(method, `control-plane/${path}`, body);
  }

  /** Gives a role; at the subscription unless said otherwise. */
  async allow(role: string, { scope = `/subscriptions/${SUBSCRIPTION}`, principal = READER } = {}): Promise<void> {
    await this.order('PUT', 'role-assignments', { principal, scope, role });
  }

  token(request: object = {}): Promise<string> {
    return this.vaults.token({ oid: READER, aud: ARM, ...request });
  }

  /** One request without an SDK in between; `authorization` null sends no token. */
  async ask(
    path: string,
    { method = 'GET', version = KEY_VAULT_VERSION, authorization, body, headers = {} }: AskOptions = {},
  ): Promise<ArmAnswer> {
    const base = this.vaults.endpoints.controlPlane ?? '';
    const address = new URL(path.startsWith('http') ? path : `${base}${path}`);
    if (version !== null && !address.searchParams.has('api-version')) address.searchParams.set('api-version', version);
    const credentials = authorization === undefined ? `Bearer ${await this.token()}` : authorization;
    const response = await fetch(address, {
      method,
      redirect: 'manual',
      headers: { ...(credentials === null ? {} : { authorization: credentials }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as ArmAnswer['body'],
    };
  }

  /** Follows a listing to its end: the names, and how many pages they took. */
  async list(path: string, version?: string): Promise<{ names: string[]; pages: number }> {
    const names: string[] = [];
    let pages = 0;
    for (let next: string | undefined = path; next !== undefined; pages += 1) {
      const { status, body }: ArmAnswer = await this.ask(next, version === undefined ? {} : { version });
      if (status !== 200) throw new Error(`${status} ${body.error?.code ?? ''}`);
      names.push(...(body.value ?? []).map(({ name }) => name));
      next = body.nextLink;
    }
    return { names, pages };
  }

  stop(): Promise<void> {
    return this.vaults.stop();
  }
}

interface AskOptions {
  method?: string;
  version?: string | null;
  authorization?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}
