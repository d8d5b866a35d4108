import { errors } from 'jose';
import { type TokenIssuer } from '../../identity/token-issuer';
import { type StackClock } from '../../clock/stack-clock';
import { KeyVaultError } from '../key-vault-error';
import { type Vault } from '../vaults';

/** The resource of Key Vault's data plane, which a token must be for. */
const VAULT_RESOURCE = 'https://vault.azure.net';

const MAX_CACHED = 1000;

/** Who sent a request. */
export interface Caller {
  oid: string;
  appId: string;
  issuer: string;
  /** Seconds since 1970. */
  expires: number;
}

function unauthorized(vault: Vault, message: string): KeyVaultError {
  const challenge = `Bearer authorization="https://login.microsoftonline.com/${vault.tenantId}", resource="${VAULT_RESOURCE}"`;
  return new KeyVaultError(401, 'Unauthorized', message, undefined, { 'www-authenticate': challenge });
}

function reasonOf(error: unknown, vault: Vault): string {
  if (error instanceof errors.JWTExpired) return '[TokenExpired] Error validating token: the token is expired.';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return `AKV10022: Invalid audience. Expected ${VAULT_RESOURCE}.`;
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') {
    return `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${vault.tenantId}/.`;
  }
  return 'Error validating token.';
}

const text = (claim: unknown): string => (typeof claim === 'string' ? claim : '');

/** Checks bearer tokens, and challenges whoever brings none that is good. */
export class Authentication {
  readonly #issuer: TokenIssuer;
  readonly #clock: StackClock;
  readonly #known = new Map<string, Caller>();

  constructor(issuer: TokenIssuer, clock: StackClock) {
    this.#issuer = issuer;
    this.#clock = clock;
  }

  /** Forgets which tokens were good, after the issuer's keys have changed. */
  forget(): void {
    this.#known.clear();
  }

  /** The caller by the Authorization header. Throws 401 with the vault's challenge. */
  async callerOf(vault: Vault, header: string | undefined): Promise<Caller> {
    const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
    if (token === undefined) throw unauthorized(vault, 'AKV10000: Request is missing a Bearer or PoP token.');
    const key = `${vault.tenantId} ${token}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.expires > this.#clock.now() / 1000) return known;
    try {
      const claims = await this.#issuer.verify(token, vault.tenantId, VAULT_RESOURCE);
      const caller = {
        oid: text(claims.oid),
        appId: text(claims.appid),
        issuer: text(claims.iss),
        expires: claims.exp ?? 0,
      };
      if (this.#known.size >= MAX_CACHED) this.#known.clear();
      this.#known.set(key, caller);
      return caller;
    } catch (error) {
      throw unauthorized(vault, reasonOf(error, vault));
    }
  }
}
