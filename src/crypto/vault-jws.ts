import { base64url } from 'jose';
import { type Clock } from '../clock';
import { type SigningKeyRef } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type SignatureAlgorithm, type VaultKeys, type VaultPublicKey } from '../vault/port';
import { verifiedPayload } from './compact-jws';
import { ExpiringCache } from './expiring-cache';
import { keyFromVault, type VerificationKey, vaultKeyFault, verificationKey } from './public-keys';

const CACHE_LIFETIME = 5 * 60_000;
const CACHE_CAPACITY = 100;

/**
 * Compact JWS by keys that live in vaults: `jose` has no hook for them, so the JWS is put together here around the vault's `sign`. Works with versions
 * of the given keys and no others. Public keys and lists of versions are remembered for five minutes of the clock.
 */
export class VaultJws {
  private readonly publicKeys: ExpiringCache<VerificationKey | undefined>;
  private readonly listings: ExpiringCache<string[]>;

  /** `keyIds`: versionless ids. */
  constructor(
    private readonly keyIds: readonly string[],
    private readonly keys: VaultKeys,
    private readonly clock: Clock,
  ) {
    this.publicKeys = new ExpiringCache(clock, CACHE_LIFETIME, CACHE_CAPACITY);
    this.listings = new ExpiringCache(clock, CACHE_LIFETIME, CACHE_CAPACITY);
  }

  /**
   * The key with this id, versioned or not, if it may sign now; asks the vault anew. Throws `signing_key_unusable`: missing, disabled, expired, not yet
   * valid, wrong type, no `sign` operation, no permission. Needs `keys/read`.
   */
  async usable(keyId: string): Promise<SigningKeyRef> {
    const current = await this.read(keyId);
    const reason = vaultKeyFault(current, 'sign', this.clock.now());
    if (reason !== undefined) throw unusable(current.kid, reason);
    const key = await verificationKey(keyFromVault(current, 'signing_key_unusable'));
    if (!key) throw unusable(current.kid, 'wrong_type');
    return { kid: current.kid, thumbprint: key.thumbprint };
  }

  /** The key as the vault shows it now. Throws `signing_key_unusable` if it does not. */
  read(keyId: string): Promise<VaultPublicKey> {
    return this.fromVault(keyId, () => this.keys.readPublicKey(keyId));
  }

  /** The public key of a version; `undefined` if it is of a type that signs nothing here. Throws `signing_key_unusable` if it cannot be read. */
  publicKey(kid: string): Promise<VerificationKey | undefined> {
    return this.publicKeys.get(kid, async () =>
      verificationKey(keyFromVault(await this.read(kid), 'signing_key_unusable')),
    );
  }

  /** Ids of all versions of a key, newest first; one that was made in the last minutes may be missing. Throws `signing_key_unusable` if they cannot be read. */
  versions(keyId: string): Promise<string[]> {
    return this.listings.get(keyId, () => this.versionsNow(keyId));
  }

  /** As {@link versions}, asking the vault anew. */
  async versionsNow(keyId: string): Promise<string[]> {
    return (await this.fromVault(keyId, () => this.keys.listKeyVersions(keyId))).map(({ kid }) => kid);
  }

  /** Whether this is the id of a version of one of the keys. */
  isVersion(kid: string): boolean {
    return this.keyIds.some((keyId) => isVersionOf(keyId, kid));
  }

  /**
   * A JWS made by the vault, returned only if it verifies with the key that was meant. Throws `signing_refused`, or `signing_key_unusable` if the public
   * key cannot be read. Two runs give two signatures. Needs `keys/sign/action`.
   */
  async sign({ kid, thumbprint }: SigningKeyRef, header: object, payload: Uint8Array): Promise<string> {
    if (!this.isVersion(kid)) throw refused(kid, 'not_the_signing_key');
    const key = await this.publicKey(kid);
    if (key?.thumbprint !== thumbprint) throw refused(kid, 'another_public_key');
    const protectedHeader = base64url.encode(JSON.stringify({ alg: key.algorithm, kid, ...header }));
    const input = `${protectedHeader}.${base64url.encode(payload)}`;
    const signature = await this.signature(kid, key.algorithm, Buffer.from(input, 'ascii'));
    const jws = `${input}.${base64url.encode(signature)}`;
    if (!(await verifiedPayload(key, jws))) throw refused(kid, 'bad_signature');
    return jws;
  }

  private async signature(kid: string, algorithm: SignatureAlgorithm, input: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.keys.sign(kid, algorithm, input);
    } catch (error) {
      if (!(error instanceof StrongroomError)) throw error;
      throw refused(kid, error.code, error);
    }
  }

  private async fromVault<T>(keyId: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StrongroomError)) throw error;
      throw unusable(keyId, error.code, error);
    }
  }
}

/** Whether `kid` names a version of the key. Vaults ignore case in names, and answer with the spelling of the one who made the key. */
export function isVersionOf(keyId: string, kid: string): boolean {
  const prefix = `${keyId}/`.toLowerCase();
  return kid.toLowerCase().startsWith(prefix) && /^[0-9a-zA-Z]+$/.test(kid.slice(prefix.length));
}

/** A signing key that cannot be used, and why. */
export function unusable(kid: string, reason: string, cause?: StrongroomError): StrongroomError {
  return new StrongroomError(
    'signing_key_unusable',
    'The signing key cannot be used. It must exist, be P-256 or RSA of at least 2,048 bits, be enabled and allow `sign`; and the app needs keys/read on it.',
    { cause, retryable: cause?.retryable ?? false, details: { kid, reason } },
  );
}

/** A signature that the vault did not give, or that is worth nothing. */
export function refused(kid: string, reason: string, cause?: StrongroomError): StrongroomError {
  return new StrongroomError(
    'signing_refused',
    'The vault did not sign, or its signature does not fit the signing key. The app needs keys/sign/action on it.',
    { cause, retryable: cause?.retryable ?? false, details: { kid, reason } },
  );
}
