import { generateKeyPair, randomUUID } from 'node:crypto';
import { type DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { type StackClock } from '../clock/stack-clock';

const generate = promisify(generateKeyPair);

/** What a token is about. */
export interface TokenRequest {
  oid: string;
  clientId: string;
  tenantId: string;
  audience: string;
  roles: readonly string[];
  /** Seconds until it expires; zero or less makes one that has expired already. */
  expiresIn: number;
  /** Claims that replace those of the issuer; `null` takes one away. For tokens that no issuer should make. */
  claims?: Readonly<Record<string, unknown>>;
}

/** A signed token and when it expires, in seconds since 1970 by the stack's clock. */
export interface IssuedToken {
  token: string;
  expiresOn: number;
}

interface SigningKey {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

/** Azure's own resources take tokens of version 1, registered APIs those of version 2. The issuer differs. */
function isAzureResource(audience: string): boolean {
  return /^https:\/\/(?:[a-z0-9-]+\.)*(?:azure\.(?:net|com)|windows\.net)\/?$/i.test(audience);
}

/** The issuer that Entra ID writes into tokens for `audience`. */
function issuerOf(tenantId: string, audience: string): string {
  return isAzureResource(audience)
    ? `https://sts.windows.net/${tenantId}/`
    : `https://login.microsoftonline.com/${tenantId}/v2.0`;
}

/** Signs and checks tokens as Entra ID does: RS256, keys by `kid`, issuer by tenant and kind of resource. */
export class TokenIssuer {
  readonly #database: DatabaseSync;
  readonly #clock: StackClock;
  #keys: SigningKey[];

  private constructor(database: DatabaseSync, clock: StackClock, keys: SigningKey[]) {
    this.#database = database;
    this.#clock = clock;
    this.#keys = keys;
  }

  /** Loads the signing keys, and makes the first one at the first start. */
  static async open(database: DatabaseSync, clock: StackClock): Promise<TokenIssuer> {
    const rows = database.prepare('SELECT key FROM signing_keys ORDER BY ordinal').all() as { key: string }[];
    const issuer = new TokenIssuer(
      database,
      clock,
      rows.map((row) => JSON.parse(row.key) as SigningKey),
    );
    if (rows.length === 0) await issuer.rotate(false);
    return issuer;
  }

  /** Signs with a new key from now on. Without `retire`, tokens of the older keys stay valid. Returns the new key id. */
  async rotate(retire: boolean): Promise<string> {
    const pair = await generate('rsa', { modulusLength: 2048 });
    const publicJwk = pair.publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(publicJwk);
    const key = { kid, publicJwk, privateJwk: pair.privateKey.export({ format: 'jwk' }) as JWK };
    if (retire) this.#database.exec('DELETE FROM signing_keys');
    this.#database.prepare('INSERT INTO signing_keys (key) VALUES (?)').run(JSON.stringify(key));
    this.#keys = retire ? [key] : [...this.#keys, key];
    return kid;
  }

  /** The published keys, the same for all tenants. */
  jwks(): JSONWebKeySet {
    return { keys: this.#keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig', alg: 'RS256' })) };
  }

  /** Mints a token. */
  async mint(request: TokenRequest): Promise<IssuedToken> {
    const key = this.#keys.at(-1);
    if (key === undefined) throw new Error('The issuer has no signing key.');
    const now = Math.floor(this.#clock.now() / 1000);
    const expiresOn = now + request.expiresIn;
    const version1 = isAzureResource(request.audience);
    const claims: JWTPayload = {
      oid: request.oid,
      tid: request.tenantId,
      idtyp: 'app',
      ver: version1 ? '1.0' : '2.0',
      ...(version1 ? { appid: request.clientId, appidacr: '2' } : { azp: request.clientId, azpacr: '2' }),
      ...(request.roles.length === 0 ? {} : { roles: [...request.roles] }),
      iss: issuerOf(request.tenantId, request.audience),
      sub: request.oid,
      aud: request.audience,
      iat: now,
      nbf: Math.min(now, expiresOn),
      exp: expiresOn,
      jti: randomUUID(),
      ...request.claims,
    };
    const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
    const token = await new SignJWT(kept)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid })
      .sign(await importJWK(key.privateJwk, 'RS256'));
    return { token, expiresOn };
  }

  /** The claims of a token that is ours, for `audience` in `tenantId`, and valid now. Throws a `JOSEError` otherwise. */
  async verify(token: string, tenantId: string, audience: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, createLocalJWKSet(this.jwks()), {
      algorithms: ['RS256'],
      audience: [audience, `${audience}/`],
      issuer: issuerOf(tenantId, audience),
      currentDate: new Date(this.#clock.now()),
      requiredClaims: ['oid', 'exp'],
    });
    return payload;
  }
}
