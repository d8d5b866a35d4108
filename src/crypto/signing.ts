import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type VaultKeys } from '../vault/port';
import { VaultManifestSigner } from './manifest-signer';
import { type ManifestSigner, type RecordSigner, type SigningSuccession } from './port';
import { recordSigner } from './record-signer';
import { VaultSigningSuccession } from './signing-succession';
import { type SigningKeySettings, SigningTrust } from './signing-trust';
import { VaultJws } from './vault-jws';

/** Everything that the signing key does. */
export interface Signing {
  signer: ManifestSigner;
  /** Signs records with the key that signs the chain's manifests. */
  records: RecordSigner;
  succession: SigningSuccession;
  trust: SigningTrust;
  /** Signs what is no manifest and no record. */
  vaultJws: VaultJws;
}

/** Makes what signs and verifies with the signing key, on one memory of public keys and trust. Makes no call. */
export function createSigning(options: {
  settings: SigningKeySettings;
  keys: VaultKeys;
  archive: Pick<Archive, 'put' | 'get' | 'listBlobs' | 'listFolders'>;
  clock: Clock;
  version: string;
}): Signing {
  const { settings, keys, archive, clock, version } = options;
  const vaultJws = new VaultJws([settings.key, ...settings.former], keys, clock);
  const trust = new SigningTrust(settings, vaultJws, archive, clock);
  const signer = new VaultManifestSigner(settings, vaultJws, trust);
  const records = recordSigner(vaultJws, trust, async (chain) => (await signer.choose(chain)).key);
  const producer = { name: 'strongroom', version };
  const now = (): Date => clock.now();
  const succession = new VaultSigningSuccession({
    ...{ settings, vaultJws, trust, signer, records, archive, producer, now },
  });
  return { signer, records, succession, trust, vaultJws };
}
