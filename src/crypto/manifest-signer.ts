import { type Clock } from '../clock';
import { FORMAT, type Manifest, manifestSchema, type SigningKeyRef, type SnapshotPlace } from '../contracts/snapshots';
import { type VaultKeys } from '../vault/port';
import { type KeyTrust, trustEveryVersion } from './key-trust';
import { checkManifestHeader, damaged, decodeManifest } from './manifest-reader';
import { type ManifestSigner } from './port';
import { VaultJws } from './vault-jws';

const PROBE = Buffer.from('strongroom signing probe', 'ascii');

/** Signs and verifies with the key that `key`, a versionless key id, names. Public keys are remembered for five minutes of the clock. */
export function createManifestSigner(options: { key: string; keys: VaultKeys; clock: Clock }): ManifestSigner {
  return new VaultManifestSigner(options.key, new VaultJws([options.key], options.keys, options.clock));
}

class VaultManifestSigner implements ManifestSigner {
  private readonly trust: KeyTrust;

  constructor(
    private readonly key: string,
    private readonly vaultJws: VaultJws,
  ) {
    this.trust = trustEveryVersion(key, vaultJws);
  }

  resolve(): Promise<SigningKeyRef> {
    return this.vaultJws.usable(this.key);
  }

  async probe(key: SigningKeyRef): Promise<void> {
    await this.vaultJws.sign(key, { typ: 'strongroom-probe', sr_format: FORMAT }, PROBE);
  }

  async sign(manifest: Manifest): Promise<string> {
    const { snapshot, signingKey: key } = manifest;
    const header = { typ: 'strongroom-manifest', sr_format: FORMAT, sr_snapshot: snapshot };
    return this.vaultJws.sign(key, header, Buffer.from(JSON.stringify(manifestSchema.parse(manifest)), 'utf8'));
  }

  async verify(place: SnapshotPlace, jws: string): Promise<Manifest> {
    const hint = checkManifestHeader(place, jws);
    const chain = { tier: place.tier, shortName: place.folder.split('/')[1] ?? '' };
    const verified = await this.trust.verified(chain, jws, hint);
    if (!verified) throw damaged(place, 'signature');
    return decodeManifest(place, verified.payload);
  }
}
