import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDefaultHttpClient, createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import { CertificateClient } from '@azure/keyvault-certificates';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { StackClock } from '../../../local/clock/stack-clock';
import { type RunningPart } from '../../../local/process/stack-process';
import { startVaultService, type VaultServiceConfig } from '../../../local/vault-service/vault-service';

const OWNER = '11111111-1111-4111-8111-111111111111';
export const TENANT = '7a8d5c1e-2f64-4b0b-9d3a-51c0ffee0001';

/** A vault as tests want it: no waiting between states. */
export const QUICK_VAULT = {
  subscriptionId: 'aaaaaaaa-0000-4000-8000-000000000001',
  geography: 'Europe',
  transitions: { deletedMs: 0, recoveredMs: 0, purgedMs: 0, issuedMs: 0 },
};

/** Sends requests for real vault addresses to the gateway; the Host header stays that of the vault. */
export function gatewayClient(gateway: string): HttpClient {
  const client = createDefaultHttpClient();
  return {
    sendRequest: (request) => {
      const url = new URL(request.url);
      const headers = createHttpHeaders(request.headers.toJSON({ preserveCase: true }));
      headers.set('host', url.host);
      // A copy: the SDK checks the challenge against the address of its own request afterwards.
      const rerouted = {
        ...request,
        url: request.url.replace(url.origin, gateway),
        headers,
        allowInsecureConnection: true,
      };
      return client.sendRequest(rerouted);
    },
  };
}

const NO_RETRIES = { retryOptions: { maxRetries: 0 } };

export interface PlainAnswer {
  status: number;
  headers: Headers;
  body: AnswerBody;
}

/** What tests read of a data plane answer. */
interface AnswerBody {
  value: unknown;
  nextLink: string | null;
  kid: string;
  error: { code: string; message: string; innererror?: { code: string } };
}

/** What tests read of a control answer, whichever route gave it. */
interface ControlAnswer {
  access_token: string;
  faults: object[];
  tripwires: object[];
  requests: object[];
  counters: Record<string, object>;
  next: number;
  tenantId: string;
}

/** A running vault service, and clients for it. */
export class LocalVaults {
  readonly clock = new StackClock();
  dataDir = '';
  endpoints: Record<string, string> = {};
  #part: RunningPart | undefined;

  static async start(ports: Partial<VaultServiceConfig['ports']> = {}): Promise<LocalVaults> {
    const vaults = new LocalVaults();
    vaults.dataDir = await mkdtemp(join(tmpdir(), 'strongroom-vaults-'));
    await vaults.open(ports);
    await vaults.control('PUT', 'roles', { principal: OWNER, actions: ['*'] });
    return vaults;
  }

  async open(ports: Partial<VaultServiceConfig['ports']> = {}): Promise<void> {
    const config = { dataDir: this.dataDir, ports: { vaults: 0, identity: 0, control: 0, ...ports }, seed: 7 };
    this.#part = await startVaultService(config, this.clock);
    this.endpoints = this.#part.endpoints;
  }

  async close(): Promise<void> {
    await this.#part?.stop();
  }

  async stop(): Promise<void> {
    await this.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async control(method: string, path: string, body?: object): Promise<ControlAnswer> {
    const response = await fetch(`${this.endpoints.control}/${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = (await response.json()) as ControlAnswer & { error?: { message: string } };
    if (!response.ok) throw new Error(answer.error?.message);
    return answer;
  }

  vault(name: string, settings: object = {}): Promise<ControlAnswer> {
    return this.control('PUT', `vaults/${name}`, { ...QUICK_VAULT, ...settings });
  }

  seed(name: string, request: object): Promise<ControlAnswer> {
    return this.control('POST', `vaults/${name}/seed`, request);
  }

  async token(request: object = {}): Promise<string> {
    const { access_token: token } = await this.control('POST', 'token', {
      oid: OWNER,
      aud: 'https://vault.azure.net',
      ...request,
    });
    return token;
  }

  credential(oid = OWNER) {
    return {
      getToken: async () => ({ token: await this.token({ oid }), expiresOnTimestamp: Date.now() + 3_600_000 }),
    };
  }

  secrets(name: string, oid = OWNER, options: object = NO_RETRIES): SecretClient {
    const httpClient = gatewayClient(this.endpoints.vaultGateway!);
    return new SecretClient(`https://${name}.vault.azure.net`, this.credential(oid), { httpClient, ...options });
  }

  keys(name: string, oid = OWNER, options: object = NO_RETRIES): KeyClient {
    const httpClient = gatewayClient(this.endpoints.vaultGateway!);
    return new KeyClient(`https://${name}.vault.azure.net`, this.credential(oid), { httpClient, ...options });
  }

  certificates(name: string, oid = OWNER, options: object = NO_RETRIES): CertificateClient {
    const httpClient = gatewayClient(this.endpoints.vaultGateway!);
    return new CertificateClient(`https://${name}.vault.azure.net`, this.credential(oid), { httpClient, ...options });
  }

  cryptography(keyId: string, oid = OWNER): CryptographyClient {
    const httpClient = gatewayClient(this.endpoints.vaultGateway!);
    return new CryptographyClient(keyId, this.credential(oid), { httpClient, ...NO_RETRIES });
  }

  /** A request without an SDK in between; `authorization` null sends no token. */
  async plain(
    name: string,
    method: string,
    path: string,
    options: { body?: unknown; authorization?: string | null } = {},
  ): Promise<PlainAnswer> {
    const { body, authorization } = options;
    const { request } = await import('node:http');
    const token = authorization === undefined ? `Bearer ${await this.token()}` : authorization;
    const url = `${this.endpoints.vaultGateway}${path}${path.includes('?') ? '&' : '?'}api-version=7.6`;
    return new Promise((resolve, reject) => {
      const headers = { host: `${name}.vault.azure.net`, ...(token === null ? {} : { authorization: token }) };
      const outgoing = request(url, { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const parsed = (text === '' ? {} : JSON.parse(text)) as AnswerBody;
          const all = new Headers(response.headers as Record<string, string>);
          resolve({ status: response.statusCode ?? 0, headers: all, body: parsed });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

interface SdkError {
  statusCode: number;
  code: string;
  message: string;
  details?: { error?: { innerError?: { code: string } } };
}

/** What an SDK call was refused with. */
export async function refusalOf(
  work: Promise<unknown>,
): Promise<{ status: number; code: string; inner: string | undefined; message: string }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as SdkError,
  );
  if (error === undefined) throw new Error('The call was not refused.');
  return {
    status: error.statusCode,
    code: error.code,
    inner: error.details?.error?.innerError?.code,
    message: error.message,
  };
}

export async function collect<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}
