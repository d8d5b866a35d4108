import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { type ErrorCode, type SafeDetails, StrongroomError } from '../errors';
import { type SignatureAlgorithm, type VaultPublicKey } from '../vault/port';

const SMALLEST_RSA_BITS = 2_048;

/** A public key with its JWK thumbprint (RFC 7638, SHA-256, base64url). */
export interface PublicKey {
  key: KeyObject;
  thumbprint: string;
}

/** An RSA public key that data keys can be sealed to. Throws `recipient_unusable` for any other kind, and for less than 2,048 bits. */
export async function recipientKey(key: KeyObject): Promise<PublicKey> {
  if (key.asymmetricKeyType !== 'rsa')
    throw unusable('is not an RSA key', { type: key.asymmetricKeyType ?? 'unknown' });
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < SMALLEST_RSA_BITS) throw unusable(`has fewer than ${SMALLEST_RSA_BITS} bits`, { bits });
  return withThumbprint(key);
}

/** A public key that verifies manifests, with the one algorithm that it does so with. */
export interface VerificationKey extends PublicKey {
  algorithm: SignatureAlgorithm;
}

/** The key as one that verifies manifests; `undefined` unless it is P-256, or RSA of at least 2,048 bits. */
export async function verificationKey(key: KeyObject): Promise<VerificationKey | undefined> {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1')
    return { ...(await withThumbprint(key)), algorithm: 'ES256' };
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= SMALLEST_RSA_BITS)
    return { ...(await withThumbprint(key)), algorithm: 'PS256' };
  return undefined;
}

/** The public half of a vault's key as a key object. Throws `code` if the vault gave something that is no key. */
export function keyFromVault(key: VaultPublicKey, code: ErrorCode): KeyObject {
  return jwkKey(key.jwk, code, { kid: key.kid });
}

/** A public JWK as a key object. Throws `code` if it is no key. */
export function jwkKey(jwk: VaultPublicKey['jwk'], code: ErrorCode, details: SafeDetails = {}): KeyObject {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch (cause) {
    throw new StrongroomError(code, 'A public key cannot be read.', { cause, details });
  }
}

/** Why a key in a vault must not be used now for `operation`; `undefined` if it may. */
export function vaultKeyFault(key: VaultPublicKey, operation: 'sign' | 'unwrapKey', now: Date): string | undefined {
  if (!key.enabled) return 'disabled';
  if (key.expires !== undefined && new Date(key.expires) <= now) return 'expired';
  if (key.notBefore !== undefined && new Date(key.notBefore) > now) return 'not_yet_valid';
  return key.keyOps.includes(operation) ? undefined : `no_${operation}`;
}

/** The thumbprint is taken of the key as Node writes it, so that leading zeros and other spellings do not matter. */
async function withThumbprint(key: KeyObject): Promise<PublicKey> {
  return { key, thumbprint: await calculateJwkThumbprint(key.export({ format: 'jwk' })) };
}

function unusable(why: string, details: Record<string, string | number>): StrongroomError {
  return new StrongroomError('recipient_unusable', `A recipient's key ${why}.`, { details });
}
