import { type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { type Clock } from '../clock';
import { type Caller, type Role, roles } from '../contracts/callers';
import { StrongroomError } from '../errors';
import { type AuthorityHost, issuersOf, signingKeysUrl } from './authorities';
import { type TokenVerifier } from './port';
import { createSigningKeys } from './signing-keys';

/** Larger ones are not even looked at. Entra ID's own with many roles and groups stay below, and so do all headers together in Node. */
const MAX_TOKEN_CHARACTERS = 12 * 1024;
/** By how much our clock and the issuer's may differ, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** What is wrong with a token, for the log alone: who sent it is not told. */
type Reason =
  | 'too_long'
  | 'malformed'
  | 'algorithm'
  | 'unknown_key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'tenant'
  | 'expired'
  | 'not_yet_valid'
  | 'claims';

/** By `code` of jose's errors. */
const REASONS: Readonly<Record<string, Reason>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JWKS_NO_MATCHING_KEY: 'unknown_key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWT_EXPIRED: 'expired',
};
/** By the claim that did not fit. */
const CLAIM_REASONS: Readonly<Record<string, Reason>> = { iss: 'issuer', aud: 'audience', nbf: 'not_yet_valid' };

/**
 * `azp` (version 2) or `appid` (version 1) is in every access token and in no ID token, which has the app's client id as audience as well
 * (learn.microsoft.com `entra/identity-platform/access-token-claims-reference`). Without assigned roles there is no `roles`.
 */
const claimsSchema = z
  .object({
    oid: z.guid(),
    tid: z.guid(),
    azp: z.guid().optional(),
    appid: z.guid().optional(),
    iat: z.number(),
    name: z.string().optional(),
    roles: z.array(z.string()).default([]),
  })
  .transform(({ azp, appid, ...claims }, context) => {
    const client = azp ?? appid;
    if (client !== undefined) return { ...claims, client };
    context.addIssue({ code: 'custom', message: 'is no access token' });
    return z.NEVER;
  });

export interface TokenVerifierOptions {
  /** The tenant whose tokens count. A GUID. */
  tenantId: string;
  /** Client id and App ID URI of the app registration: one of them must be the token's audience. */
  audiences: readonly string[];
  authorityHost: AuthorityHost;
  /** Base URL of a local issuer to fetch the signing keys from; what tokens must say stays the same. Development only. */
  gateway?: string | undefined;
  clock: Clock;
}

/**
 * Verifies access tokens of Entra ID: RS256 by a key of the tenant, issuer, audience, tenant, times, and who it was issued to. Keeps the keys
 * ({@link createSigningKeys}) and nothing else.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { gateway, authorityHost, clock } = options;
  const tenantId = options.tenantId.toLowerCase();
  const keys = createSigningKeys({ url: signingKeysUrl(gateway ?? authorityHost, tenantId), clock });
  const issuers = issuersOf(authorityHost, tenantId);
  return {
    verify: async (token) => {
      if (token.length > MAX_TOKEN_CHARACTERS) throw refused('too_long');
      const now = clock.now();
      const payload = await verified(token, keys, {
        algorithms: ['RS256'],
        issuer: issuers,
        audience: [...options.audiences],
        currentDate: now,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'nbf', 'iat', 'oid', 'tid'],
      });
      return callerOf(payload, tenantId, now);
    },
  };
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  rules: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, rules)).payload;
  } catch (error) {
    if (error instanceof StrongroomError) throw error;
    throw refused(reasonOf(error));
  }
}

function reasonOf(error: unknown): Reason {
  const { code, claim } = (error ?? {}) as { code?: unknown; claim?: unknown };
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') return CLAIM_REASONS[String(claim)] ?? 'claims';
  return REASONS[String(code)] ?? 'malformed';
}

function callerOf(payload: JWTPayload, tenantId: string, now: Date): Caller {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) throw refused('claims');
  const { oid, tid, client, iat, name, roles: given } = parsed.data;
  if (tid.toLowerCase() !== tenantId) throw refused('tenant');
  if (iat > now.getTime() / 1000 + CLOCK_TOLERANCE_SECONDS) throw refused('not_yet_valid');
  return {
    objectId: oid.toLowerCase(),
    name: name?.slice(0, 200) ?? null,
    appId: client.toLowerCase(),
    tenantId,
    roles: roles.filter((role: Role) => given.includes(role)),
  };
}

function refused(reason: Reason): StrongroomError {
  return new StrongroomError('unauthenticated', 'The bearer token is not valid for this app. Get a new one.', {
    details: { reason },
  });
}
