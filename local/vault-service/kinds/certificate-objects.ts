import { type KeyMaterial } from '../cryptography/key-material';
import { type StoredObject, type StoredVersion, type VersionProperties } from '../store/object-store';
import { type Vault } from '../vaults';
import { type CertificatePolicy, shownPolicy } from './certificate-policy';
import { type CertificateVersions, type ShownCertificate } from './certificate-version';
import { type ShownKey } from './key-use';
import { type Call } from './operation';
import { type PendingCertificate, type PendingCertificates } from './pending-certificate';
import { shownAttributes } from './shared-operations';
import { type KindParts, VaultObjects } from './vault-objects';

/** A line of a listing of certificates. */
export function certificateItem(
  vault: Vault,
  name: string,
  properties: VersionProperties,
  _managed: boolean,
  version?: string,
): { id: string } {
  return {
    id: `${vault.url}/certificates/${name}${version === undefined ? '' : `/${version}`}`,
    ...(properties.shown as ShownCertificate),
    attributes: shownAttributes(vault, properties),
    ...(properties.tags === undefined ? {} : { tags: properties.tags }),
  } as { id: string };
}

/** Certificates, each with its policy, and with a key and a secret of the same name and versions. */
export class CertificateObjects extends VaultObjects {
  readonly #pending: PendingCertificates;

  constructor(parts: KindParts, pending: PendingCertificates) {
    super('certificates', parts);
    this.#pending = pending;
  }

  /** The policy, or undefined if there is no certificate of that name. */
  policyOf(call: Call): CertificatePolicy | undefined {
    const policy = this.store.find(this.place(call))?.policy;
    return policy === undefined ? undefined : (JSON.parse(policy) as CertificatePolicy);
  }

  /** Replaces the policy. */
  keepPolicy(call: Call, policy: CertificatePolicy): void {
    this.store.setPolicy(this.place(call), JSON.stringify(policy));
  }

  /** Adds a version of the certificate, its key and its secret, all at once. */
  addVersion(call: Call, versions: CertificateVersions, policy: CertificatePolicy): void {
    this.store.atOnce(() => {
      this.store.add(this.place(call), [versions.certificates]);
      this.store.add({ ...this.place(call), kind: 'keys' }, [versions.keys], true);
      this.store.add({ ...this.place(call), kind: 'secrets' }, [versions.secrets], true);
      this.keepPolicy(call, policy);
    });
  }

  /** The key of the current version, if there is one and it is of that type. */
  currentKey(call: Call, kty: KeyMaterial['shape']['kty']): KeyMaterial | undefined {
    const place = { ...this.place(call), kind: 'keys' as const };
    const object = this.store.find(place);
    const version = object && this.store.version(place, object.current);
    if (version === undefined) return undefined;
    const { shape, jwk } = version.shown as ShownKey;
    if (shape.kty !== kty) return undefined;
    return { shape, publicJwk: jwk, privateJwk: JSON.parse(version.material) as KeyMaterial['privateJwk'] };
  }

  /**
   * The answer about the version that the call names, or the current one. A certificate that is being made for the first time
   * is shown too, disabled and without its X.509 certificate: the SDK's pollers rely on that. Throws 404 if there is none.
   */
  current(call: Call): object {
    const pending = this.#pending.find(call.vault, call.name);
    const taken = this.store.find(this.place(call)) !== undefined;
    if (!taken && pending !== undefined && (call.version ?? pending.version) === pending.version) {
      return this.#unfinished(call.vault, pending);
    }
    const object = this.readable(call);
    return this.bundle(call.vault, object.name, this.versionOf(call, object));
  }

  /** The answer about a version. */
  bundle(vault: Vault, name: string, version: StoredVersion): object {
    const certificate = `${vault.url}/certificates/${name}`;
    const policy = this.store.find({ vault: vault.name, kind: this.kind, name })?.policy;
    const pending = this.#pending.find(vault, name);
    return {
      ...certificateItem(vault, name, version, false, version.version),
      kid: `${vault.url}/keys/${name}/${version.version}`,
      sid: `${vault.url}/secrets/${name}/${version.version}`,
      cer: version.material,
      ...(policy === undefined ? {} : { policy: shownPolicy(JSON.parse(policy) as CertificatePolicy, certificate) }),
      ...(pending === undefined ? {} : { pending: { id: `${certificate}/pending` } }),
    };
  }

  #unfinished(vault: Vault, { name, version, created, tags, policy }: PendingCertificate): object {
    const certificate = `${vault.url}/certificates/${name}`;
    const attributes = { enabled: false, created, updated: created };
    return {
      id: `${certificate}/${version}`,
      attributes: shownAttributes(vault, { attributes, shown: {} }),
      ...(tags === undefined ? {} : { tags }),
      policy: shownPolicy(policy, certificate),
      pending: { id: `${certificate}/pending` },
    };
  }

  /** Soft-deletes the certificate with its key and secret; what was pending is forgotten. */
  override delete(call: Call): StoredObject {
    return this.store.atOnce(() => {
      const deleted = super.delete(call);
      this.#pending.remove(call.vault, call.name);
      return deleted;
    });
  }
}
