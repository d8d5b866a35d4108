import { type Archive } from '../archive/port';
import { type ProtectedVault, type Tier } from '../contracts/objects';
import { KEY_SUCCESSION, keySuccessionSchema } from '../contracts/signing-keys';
import { FORMAT, type SigningKeyRef } from '../contracts/snapshots';
import { recordPlace } from '../domain/records';
import { StrongroomError } from '../errors';
import { type VaultPublicKey } from '../vault/port';
import { type VaultManifestSigner } from './manifest-signer';
import { type SigningKeyVersion } from '../contracts/trust';
import { type Chain, type RecordSigner, type SigningSuccession } from './port';
import { keyFromVault, vaultKeyFault, type VerificationKey, verificationKey } from './public-keys';
import { type SigningKeySettings, type SigningTrust } from './signing-trust';
import { isVersionOf, unusable, type VaultJws } from './vault-jws';

/** What {@link VaultSigningSuccession} works with. */
export interface SuccessionParts {
  settings: SigningKeySettings;
  vaultJws: VaultJws;
  trust: SigningTrust;
  signer: VaultManifestSigner;
  records: RecordSigner;
  archive: Pick<Archive, 'put'>;
  now: () => Date;
  producer: { name: string; version: string };
}

/** Introduces signing keys by records in the archive. */
export class VaultSigningSuccession implements SigningSuccession {
  constructor(private readonly parts: SuccessionParts) {}

  async versions(): Promise<SigningKeyVersion[]> {
    const { settings, vaultJws, trust } = this.parts;
    const anchors = await trust.anchors();
    const current = await vaultJws.read(settings.key);
    const versions: SigningKeyVersion[] = [];
    for (const keyId of [settings.key, ...[...settings.former].reverse()]) {
      for (const kid of await vaultJws.versionsNow(keyId)) {
        const version = kid === current.kid ? current : await vaultJws.read(kid);
        const key = await verificationKey(keyFromVault(version, 'signing_key_unusable'));
        versions.push({
          kid,
          thumbprint: key?.thumbprint ?? null,
          created: version.created ?? null,
          isCurrent: kid === current.kid,
          needsNoRecord: key !== undefined && anchors.has(key.thumbprint),
          fault: this.faultOf(version, key),
        });
      }
    }
    return versions;
  }

  introducedFor(chain: Chain): Promise<ReadonlySet<string>> {
    return this.parts.trust.introducedFor(chain);
  }

  async candidate(kid: string | undefined): Promise<SigningKeyRef> {
    const { settings, vaultJws, signer } = this.parts;
    if (kid !== undefined && !isVersionOf(settings.key, kid)) {
      throw new StrongroomError(
        'invalid_request',
        'Only a version of the key that SIGNING_KEY names can be introduced. To change to another key, change SIGNING_KEY first, and name the old one in FORMER_SIGNING_KEYS.',
      );
    }
    const candidate = await vaultJws.usable(kid ?? settings.key);
    await signer.probe(candidate);
    return candidate;
  }

  async introduce(vault: ProtectedVault, tier: Tier, to: SigningKeyRef): Promise<SigningKeyRef | undefined> {
    const { records, vaultJws, archive, now, producer } = this.parts;
    const chain = { tier, shortName: vault.shortName };
    if ((await this.introducedFor(chain)).has(to.thumbprint)) return undefined;
    const from = await this.introducer(chain, to);
    const key = await vaultJws.publicKey(to.kid);
    const at = now().toISOString();
    const record = keySuccessionSchema.parse({
      ...{ format: FORMAT, type: 'record', record: KEY_SUCCESSION, vault: vault.url, tier, at, from },
      to: { ...to, jwk: key?.key.export({ format: 'jwk' }) },
      producer,
    });
    const { path } = recordPlace(tier, vault.shortName, at, KEY_SUCCESSION);
    await archive.put(tier, path, Buffer.from(await records.sign(from, record), 'ascii'));
    if ((await this.introducedFor(chain)).has(to.thumbprint)) return from;
    throw new StrongroomError('record_damaged', 'The record that introduces the signing key does not verify.', {
      details: { tier, path },
    });
  }

  /** The key that signed so far and now has to vouch for the next one. */
  private async introducer(chain: Chain, to: SigningKeyRef): Promise<SigningKeyRef> {
    const kid = await this.parts.signer.newestTrusted(chain, to.kid);
    if (kid === undefined) throw unusable(to.kid, 'not_introduced');
    return this.parts.vaultJws.usable(kid);
  }

  private faultOf(version: VaultPublicKey, key: VerificationKey | undefined): string | null {
    return key === undefined ? 'wrong_type' : (vaultKeyFault(version, 'sign', this.parts.now()) ?? null);
  }
}
