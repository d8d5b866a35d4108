import {
  createLocalJWKSet,
  createRemoteJWKSet,
  type ExportedJWKSCache,
  type JWKSCacheInput,
  jwksCache,
  type JWTVerifyGetKey,
} from 'jose';
import { type Clock } from '../clock';
import { StrongroomError } from '../errors';

/** Entra ID may replace a key at any time; so a key that is withdrawn is believed no longer than this, in milliseconds. */
const FRESH_MS = 10 * 60_000;
/** A token of an unknown key makes us look again, but not more often than this: anybody can send such tokens. */
const UNKNOWN_KEY_PAUSE_MS = 30_000;
/** After a failure nobody asks again for so long; requests must not pile up behind time-outs. */
const FAILURE_PAUSE_MS = 5_000;
const TIMEOUT_MS = 5_000;
/** How old keys may be that serve while none can be fetched. */
const STALE_MS = 24 * 3_600_000;

const NO_MATCHING_KEY = 'ERR_JWKS_NO_MATCHING_KEY';

/**
 * The public keys at `url` (a JSON Web Key Set), fetched when first needed, kept, and fetched again when they are old or a token names one that is not
 * among them: a rotation needs no restart. While they cannot be fetched, those of the last day serve; without any, or without the one
 * that is asked for, it throws `identity_unavailable`. Needs no Azure permission: the keys are public.
 */
export function createSigningKeys({ url, clock }: { url: URL; clock: Clock }): JWTVerifyGetKey {
  const cache: Partial<ExportedJWKSCache> = {};
  const remote = createRemoteJWKSet(url, {
    cacheMaxAge: FRESH_MS,
    cooldownDuration: UNKNOWN_KEY_PAUSE_MS,
    timeoutDuration: TIMEOUT_MS,
    [jwksCache]: cache as JWKSCacheInput,
  });
  const now = (): number => clock.now().getTime();
  let failedAt = Number.NEGATIVE_INFINITY;

  const known: JWTVerifyGetKey = async (header, token) => {
    const { jwks, uat } = cache;
    if (jwks === undefined || uat === undefined || now() - uat > STALE_MS) throw unavailable();
    try {
      return await createLocalJWKSet(jwks)(header, token);
    } catch (error) {
      // It may be a new key, which is just what cannot be found out.
      if (codeOf(error) === NO_MATCHING_KEY) throw unavailable(error);
      throw error;
    }
  };

  return async (header, token) => {
    const pausing = Math.abs(now() - failedAt) < FAILURE_PAUSE_MS;
    if (pausing) return known(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      failedAt = now();
      return known(header, token);
    }
  };
}

/** Whether the keys are there and the fault is with the token that names one. */
function isAboutTheToken(error: unknown): boolean {
  return [NO_MATCHING_KEY, 'ERR_JWKS_MULTIPLE_MATCHING_KEYS', 'ERR_JOSE_NOT_SUPPORTED'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function unavailable(cause?: unknown): StrongroomError {
  return new StrongroomError(
    'identity_unavailable',
    "The tenant's signing keys cannot be fetched, so nobody can be let in. Try again in a moment.",
    { retryable: true, cause },
  );
}
