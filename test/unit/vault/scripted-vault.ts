import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type TokenCredential } from '@azure/identity';
import { VaultClients, type VaultClientOptions } from '../../../src/vault/vault-clients';
import { hurriedTiming } from './manual-timing';

export const VAULT_URL = 'https://contoso.vault.azure.net';

/** A request as the vault received it. */
export interface ReceivedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

/** How the vault answers one authorised request: a status with a body, or with the socket itself. */
export type Answer =
  | { status?: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | ((response: ServerResponse) => void);

export type Script = (request: ReceivedRequest, nth: number) => Answer;

/** An answer that breaks off after half of what it announced. */
export const tornAnswer: Answer = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
  response.write('{"value":[');
  setImmediate(() => response.destroy());
};

/** A server that speaks just enough of Key Vault's protocol to be asked by the SDKs, and answers as its script says. */
export class ScriptedVault {
  /** Authorised requests only. */
  readonly requests: ReceivedRequest[] = [];
  readonly credential: TokenCredential = {
    getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  challenges = 0;
  resource = 'https://vault.azure.net';
  script: Script = () => ({ json: { value: [] } });
  gateway = '';
  readonly #seen = new Map<string, number>();
  readonly #server = createServer((request, response) => {
    void this.#receive(request, response);
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.gateway = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  clients(options: Partial<VaultClientOptions> = {}): VaultClients {
    return new VaultClients({
      credential: this.credential,
      gateway: this.gateway,
      budgetShare: 1,
      maxInstances: 1,
      timing: hurriedTiming,
      ...options,
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url!, VAULT_URL);
    const received = {
      method: request.method!,
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    if (request.headers.authorization !== 'Bearer a-token') {
      this.challenges++;
      const challenge = `Bearer authorization="https://login.microsoftonline.com/t", resource="${this.resource}"`;
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
      return;
    }
    this.requests.push(received);
    const nth = (this.#seen.get(request.url!) ?? 0) + 1;
    this.#seen.set(request.url!, nth);
    const answer = this.script(received, nth);
    if (typeof answer === 'function') {
      answer(response);
      return;
    }
    const { status = 200, json, text = json === undefined ? '' : JSON.stringify(json), headers = {} } = answer;
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers }).end(text);
  }
}

/** An error answer as Key Vault words it. */
export function refusal(status: number, code: string, inner?: string): Answer {
  const message = 'Foreign text: Caller appid=1; secret s3cr3t-value; Bearer abc';
  return {
    status,
    json: { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } },
  };
}

/** The 429 of Key Vault, without Retry-After. */
export const throttledAnswer: Answer = refusal(429, 'Throttled');

/** A listing of `count` secrets in pages of 25, as Key Vault gives it. */
export function secretPages(request: ReceivedRequest, count: number): Answer {
  const from = Number(request.query.get('$skiptoken') ?? 0);
  const value = Array.from({ length: Math.min(25, count - from) }, (_, index) => ({
    id: `${VAULT_URL}/secrets/secret-${from + index}`,
    attributes: { enabled: true, created: 1_700_000_000, updated: 1_700_000_001, recoveryLevel: 'Recoverable' },
  }));
  const next = `${VAULT_URL}/secrets?api-version=7.6&$skiptoken=${from + 25}&maxresults=25`;
  return { json: { value, nextLink: from + 25 < count ? next : null } };
}
