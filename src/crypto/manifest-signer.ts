import { FORMAT, type Manifest, manifestSchema, type SigningKeyRef, type SnapshotPlace } from '../contracts/snapshots';
import { checkManifestHeader, damaged, decodeManifest } from './manifest-reader';
import { type Chain, type ManifestSigner, type SigningKeyChoice } from './port';
import { keyFromVault, verificationKey } from './public-keys';
import { type SigningKeySettings, type SigningTrust } from './signing-trust';
import { refused, unusable, type VaultJws } from './vault-jws';

const PROBE = Buffer.from('strongroom signing probe', 'ascii');

/** Signs with versions of the configured keys, and verifies by `trust`. */
export class VaultManifestSigner implements ManifestSigner {
  constructor(
    private readonly settings: SigningKeySettings,
    private readonly vaultJws: VaultJws,
    private readonly trust: SigningTrust,
  ) {}

  async choose(chain: Chain): Promise<SigningKeyChoice> {
    const current = await this.vaultJws.read(this.settings.key);
    const currentKey = await verificationKey(keyFromVault(current, 'signing_key_unusable'));
    if (currentKey && (await this.trust.trusts(chain, currentKey.thumbprint)))
      return { key: await this.vaultJws.usable(current.kid), warnings: [] };
    const before = await this.newestTrusted(chain, current.kid);
    if (before === undefined) throw unusable(current.kid, currentKey ? 'not_introduced' : 'wrong_type');
    const key = await this.vaultJws.usable(before);
    return { key, warnings: [{ code: 'signing_key_not_introduced', key: current.kid }] };
  }

  async probe(key: SigningKeyRef): Promise<void> {
    await this.vaultJws.sign(key, { typ: 'strongroom-probe', sr_format: FORMAT }, PROBE);
  }

  async sign(place: SnapshotPlace, manifest: Manifest): Promise<string> {
    const { snapshot, signingKey: key } = manifest;
    // What a run carries with it is only a claim: a manifest by a key that nobody introduced would not count.
    if (!(await this.trust.trusts(chainOf(place), key.thumbprint))) throw refused(key.kid, 'not_introduced');
    const header = { typ: 'strongroom-manifest', sr_format: FORMAT, sr_snapshot: snapshot };
    return this.vaultJws.sign(key, header, Buffer.from(JSON.stringify(manifestSchema.parse(manifest)), 'utf8'));
  }

  async verify(place: SnapshotPlace, jws: string): Promise<Manifest> {
    checkManifestHeader(place, jws);
    const verified = await this.trust.verified(chainOf(place), jws);
    if (!verified) throw damaged(place, 'signature');
    const manifest = decodeManifest(place, verified.payload);
    if (manifest.signingKey.thumbprint !== verified.thumbprint) throw damaged(place, 'signingKey');
    return manifest;
  }

  /** The newest trusted version but `except`: of SIGNING_KEY itself, else of the keys that it followed. */
  async newestTrusted(chain: Chain, except: string): Promise<string | undefined> {
    for (const keyId of [this.settings.key, ...[...this.settings.former].reverse()]) {
      for (const kid of await this.vaultJws.versionsNow(keyId)) {
        const key = kid === except ? undefined : await this.vaultJws.publicKey(kid);
        if (key && (await this.trust.trusts(chain, key.thumbprint))) return kid;
      }
    }
    return undefined;
  }
}

function chainOf({ tier, folder }: SnapshotPlace): Chain {
  return { tier, shortName: folder.split('/')[1] ?? '' };
}
