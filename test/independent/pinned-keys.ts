import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';

/** A public key as a verifier keeps it: a JWK, or PEM text (`BEGIN PUBLIC KEY`). */
export type PublicKeyText = JsonWebKey | string;

/** A signing key that the verifier trusts. */
export interface PinnedKey {
  readonly key: KeyObject;
  /** The only algorithm that fits the key. */
  readonly algorithm: 'ES256' | 'PS256';
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
}

/** A key that cannot serve its purpose; the message carries nothing of it. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
}

/** Reads the pinned keys. Throws an `UnusableKeyError` for what is no public key of P-256 or RSA; a symmetric key is none. */
export async function pinKeys(keys: readonly PublicKeyText[]): Promise<PinnedKey[]> {
  if (keys.length === 0) throw new UnusableKeyError('at least one pinned public key is needed');
  return Promise.all(keys.map(pinKey));
}

async function pinKey(text: PublicKeyText): Promise<PinnedKey> {
  const key = publicKeyOf(text);
  const algorithm = algorithmOf(key);
  return { key, algorithm, thumbprint: await calculateJwkThumbprint(await exportJWK(key)) };
}

function publicKeyOf(text: PublicKeyText): KeyObject {
  try {
    if (typeof text !== 'string') return createPublicKey({ key: text, format: 'jwk' });
    if (!text.trimStart().startsWith('{')) return createPublicKey(text);
    return createPublicKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' });
  } catch {
    throw new UnusableKeyError('a pinned key is neither a public JWK nor PEM');
  }
}

function algorithmOf(key: KeyObject): PinnedKey['algorithm'] {
  if (key.asymmetricKeyType === 'rsa') return 'PS256';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new UnusableKeyError('a pinned key is neither P-256 nor RSA');
}
