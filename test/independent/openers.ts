import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { UnusableKeyError } from './pinned-keys';

/** Opens data keys with the private half of an offline recipient. */
export interface OfflineOpener {
  readonly kind: 'offline';
  readonly privateKey: KeyObject;
}

/**
 * Opens data keys through whoever keeps the recipient's private half: RSA-OAEP-256 of `encryptedKey`, which gives the
 * content encryption key. Against Key Vault this is `unwrapkey` with the versioned key id `kid`, and needs
 * `Microsoft.KeyVault/vaults/keys/unwrap/action`. May be asked for several recipients; it throws for one that is not its own.
 */
export interface UnwrappingOpener {
  readonly kind: 'unwrap';
  readonly unwrap: (thumbprint: string, encryptedKey: Uint8Array, kid: string) => Promise<Uint8Array>;
}

/** A recipient of the snapshot, in one of the two ways of section 3. */
export type Opener = OfflineOpener | UnwrappingOpener;

/**
 * An offline recipient by its private RSA key, as a JWK or PEM (PKCS #8 or #1). Throws an `UnusableKeyError` if it is not one.
 */
export function offlineOpener(key: JsonWebKey | string): OfflineOpener {
  const privateKey = privateKeyOf(key);
  if (privateKey.asymmetricKeyType !== 'rsa') throw new UnusableKeyError('the recipient key is not RSA');
  return { kind: 'offline', privateKey };
}

function privateKeyOf(key: JsonWebKey | string): KeyObject {
  try {
    if (typeof key !== 'string') return createPrivateKey({ key, format: 'jwk' });
    if (!key.trimStart().startsWith('{')) return createPrivateKey(key);
    return createPrivateKey({ key: JSON.parse(key) as JsonWebKey, format: 'jwk' });
  } catch {
    throw new UnusableKeyError('the recipient key is neither a private JWK nor PEM');
  }
}
