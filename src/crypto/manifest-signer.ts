import { base64url, compactVerify, errors } from 'jose';
import { type Clock } from '../clock';
import { FORMAT, type Manifest, manifestSchema, type SigningKeyRef, type SnapshotPlace } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type SignatureAlgorithm, type VaultKeys } from '../vault/port';
import { ExpiringCache } from './expiring-cache';
import { checkManifestHeader, damaged, decodeManifest } from './manifest-reader';
import { type ManifestSigner } from './port';
import { keyFromVault, vaultKeyFault, type VerificationKey, verificationKey } from './public-keys';

const PROBE = Buffer.from('strongroom signing probe', 'ascii');
const CACHE_LIFETIME = 5 * 60_000;
const CACHE_CAPACITY = 100;

/** Signs and verifies with the key that `key`, a versionless key id, names. Public keys are remembered for five minutes of the clock. */
export function createManifestSigner(options: { key: string; keys: VaultKeys; clock: Clock }): ManifestSigner {
  return new VaultManifestSigner(options.key, options.keys, options.clock);
}

class VaultManifestSigner implements ManifestSigner {
  private readonly publicKeys: ExpiringCache<VerificationKey | undefined>;
  private readonly listings: ExpiringCache<string[]>;

  constructor(
    private readonly key: string,
    private readonly keys: VaultKeys,
    private readonly clock: Clock,
  ) {
    this.publicKeys = new ExpiringCache(clock, CACHE_LIFETIME, CACHE_CAPACITY);
    this.listings = new ExpiringCache(clock, CACHE_LIFETIME, CACHE_CAPACITY);
  }

  async resolve(): Promise<SigningKeyRef> {
    const current = await this.fromVault(() => this.keys.readPublicKey(this.key));
    const reason = vaultKeyFault(current, 'sign', this.clock.now());
    if (reason !== undefined) throw unusable(current.kid, reason);
    const key = await verificationKey(keyFromVault(current, 'signing_key_unusable'));
    if (!key) throw unusable(current.kid, 'wrong_type');
    return { kid: current.kid, thumbprint: key.thumbprint };
  }

  async probe(key: SigningKeyRef): Promise<void> {
    await this.compactJws(key, { typ: 'strongroom-probe', sr_format: FORMAT }, PROBE);
  }

  async sign(manifest: Manifest): Promise<string> {
    const { snapshot, signingKey: key } = manifest;
    const header = { typ: 'strongroom-manifest', sr_format: FORMAT, sr_snapshot: snapshot };
    return this.compactJws(key, header, Buffer.from(JSON.stringify(manifestSchema.parse(manifest)), 'utf8'));
  }

  async verify(place: SnapshotPlace, jws: string): Promise<Manifest> {
    const hint = checkManifestHeader(place, jws);
    let failure: StrongroomError | undefined;
    for await (const kid of this.trustedVersions(hint)) {
      try {
        const key = await this.publicKey(kid);
        const payload = key && (await verifiedPayload(key, jws));
        if (payload) return decodeManifest(place, payload);
      } catch (error) {
        if (!(error instanceof StrongroomError) || error.code !== 'signing_key_unusable') throw error;
        // A hint may name a version that never was.
        if (kid !== hint || error.retryable) failure ??= error;
      }
    }
    // As long as a version could not be read, nobody knows whether the manifest is damaged.
    throw failure ?? damaged(place, 'signature');
  }

  /** The versions of the configured key. The hint only saves a listing: it is taken up if it is one of them, and nothing else is. */
  private async *trustedVersions(hint: string | undefined): AsyncGenerator<string> {
    const isTrusted = hint !== undefined && this.isVersionOfTheKey(hint);
    if (isTrusted) yield hint;
    for (const kid of await this.listings.get(this.key, () => this.listVersions())) if (kid !== hint) yield kid;
  }

  /** A JWS made by the vault, returned only if it verifies with the key that was meant. */
  private async compactJws({ kid, thumbprint }: SigningKeyRef, header: object, payload: Uint8Array): Promise<string> {
    if (!this.isVersionOfTheKey(kid)) throw refused(kid, 'not_the_signing_key');
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

  /** The public key of a version; `undefined` if it is of a type that signs no manifest. */
  private publicKey(kid: string): Promise<VerificationKey | undefined> {
    return this.publicKeys.get(kid, async () => {
      const key = await this.fromVault(() => this.keys.readPublicKey(kid));
      return verificationKey(keyFromVault(key, 'signing_key_unusable'));
    });
  }

  private async listVersions(): Promise<string[]> {
    return (await this.fromVault(() => this.keys.listKeyVersions(this.key))).map(({ kid }) => kid);
  }

  private isVersionOfTheKey(kid: string): boolean {
    // Vaults ignore case in names, and answer with the spelling of the one who made the key.
    const prefix = `${this.key}/`.toLowerCase();
    return kid.toLowerCase().startsWith(prefix) && /^[0-9a-zA-Z]+$/.test(kid.slice(prefix.length));
  }

  private async fromVault<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StrongroomError)) throw error;
      throw unusable(this.key, error.code, error);
    }
  }
}

/** The payload of a JWS that `key` signed; `undefined` if it did not. */
async function verifiedPayload(key: VerificationKey, jws: string): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(jws, key.key, { algorithms: [key.algorithm] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function unusable(kid: string, reason: string, cause?: StrongroomError): StrongroomError {
  return new StrongroomError(
    'signing_key_unusable',
    'The signing key cannot be used. It must exist, be P-256 or RSA of at least 2,048 bits, be enabled and allow `sign`; and the app needs keys/read on it.',
    { cause, retryable: cause?.retryable ?? false, details: { kid, reason } },
  );
}

function refused(kid: string, reason: string, cause?: StrongroomError): StrongroomError {
  return new StrongroomError(
    'signing_refused',
    'The vault did not sign, or its signature does not fit the signing key. The app needs keys/sign/action on it.',
    { cause, retryable: cause?.retryable ?? false, details: { kid, reason } },
  );
}
