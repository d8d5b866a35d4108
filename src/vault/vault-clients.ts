import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { type TokenCredential } from '@azure/identity';
import { CertificateClient } from '@azure/keyvault-certificates';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { createGatewayHttpClient } from './gateway-http-client';
import { VaultLimiter } from './limiter';
import { createPacedHttpClient } from './paced-http-client';
import { machineTiming, type Timing } from './timing';

/** What the clients of all vaults have in common. */
export interface VaultClientOptions {
  credential: TokenCredential;
  /** Development only: where all vaults are served, such as `http://127.0.0.1:8200`. */
  gateway?: string | undefined;
  /** Part of each vault's budget that the app may use, above 0 and at most 1. */
  budgetShare: number;
  /** How many instances of the app may run at once. */
  maxInstances: number;
  /** Calls to one vault under way at once; 64 when absent. */
  concurrency?: number;
  /** How long one try of a call may take, in milliseconds; a minute when absent. */
  callTimeoutMs?: number;
  timing?: Timing;
}

/** A key's client holds the key's description; only so many are kept. */
const CRYPTOGRAPHY_CLIENTS = 64;

/**
 * The SDK clients of all vaults, one per vault or key, made when first asked for. They share connections, and one limiter per
 * vault; calls are limited and repeated below the SDK, whose own retries are off. The challenge of a vault is verified always.
 */
export class VaultClients {
  readonly #secrets = new Map<string, SecretClient>();
  readonly #keys = new Map<string, KeyClient>();
  readonly #certificates = new Map<string, CertificateClient>();
  readonly #cryptography = new Map<string, CryptographyClient>();
  readonly #limiters = new Map<string, VaultLimiter>();
  readonly #pipeline: { httpClient: HttpClient; retryOptions: { maxRetries: number } };

  constructor(private readonly options: VaultClientOptions) {
    const { gateway, timing = machineTiming, callTimeoutMs = 60_000 } = options;
    const direct = createDefaultHttpClient();
    const transport = gateway === undefined ? direct : createGatewayHttpClient(gateway, direct);
    const limiterOf = (host: string): VaultLimiter => this.#limiter(host, timing);
    const httpClient = createPacedHttpClient({ transport, limiterOf, timing, callTimeoutMs });
    this.#pipeline = { httpClient, retryOptions: { maxRetries: 0 } };
  }

  secrets(vaultUrl: string): SecretClient {
    return once(
      this.#secrets,
      origin(vaultUrl),
      (url) => new SecretClient(url, this.options.credential, this.#settings()),
    );
  }

  keys(vaultUrl: string): KeyClient {
    return once(this.#keys, origin(vaultUrl), (url) => new KeyClient(url, this.options.credential, this.#settings()));
  }

  certificates(vaultUrl: string): CertificateClient {
    return once(
      this.#certificates,
      origin(vaultUrl),
      (url) => new CertificateClient(url, this.options.credential, this.#settings()),
    );
  }

  /** Uses the key with this id, versioned or not. The client asks for the key once (`keys/read`) and does without if forbidden. */
  cryptography(keyId: string): CryptographyClient {
    const client = once(
      this.#cryptography,
      keyId,
      (id) => new CryptographyClient(id, this.options.credential, this.#settings()),
    );
    const [oldest] = this.#cryptography.keys();
    if (oldest !== undefined && this.#cryptography.size > CRYPTOGRAPHY_CLIENTS) this.#cryptography.delete(oldest);
    return client;
  }

  #limiter(host: string, timing: Timing): VaultLimiter {
    const { budgetShare: share, maxInstances: instances, concurrency = 64 } = this.options;
    return once(this.#limiters, host, () => new VaultLimiter({ share, instances, concurrency }, timing));
  }

  /** A copy for each client: the SDK writes into what it is given. */
  #settings(): { httpClient: HttpClient; retryOptions: { maxRetries: number } } {
    return { ...this.#pipeline };
  }
}

function origin(vaultUrl: string): string {
  return new URL(vaultUrl).origin;
}

function once<T>(made: Map<string, T>, key: string, make: (key: string) => T): T {
  const existing = made.get(key);
  if (existing !== undefined) return existing;
  const value = make(key);
  made.set(key, value);
  return value;
}
