import { type CertificateContact, type CertificateIssuer } from '../contracts/configuration';
import { type ListedObject, type ObjectKind, type ObjectVersion } from '../contracts/objects';
import { type RotationPolicy } from '../contracts/snapshots';

/** The value of a version. Secret. */
export interface SecretValue {
  value: string;
  /** As somebody set it; of the secret behind a certificate that of the value. */
  contentType?: string;
}

/** The public half of a version of a certificate. */
export interface PublicCertificate {
  /** DER. */
  cer: Uint8Array;
  /** SHA-1 of the DER, as the vault gives it. */
  x5t?: Uint8Array;
}

/**
 * Reads a source vault. All methods go through the vault's limiter and retry what a retry may cure; they throw
 * `StrongroomError` with a `vault_*` code, `source_not_found`, `too_many_versions` or `values_forbidden`. Reading twice changes nothing.
 */
export interface VaultReader {
  /**
   * All objects of one kind, in the vault's order, page by page; soft-deleted ones are not listed.
   * Needs `secrets/readMetadata/action`, `keys/read` or `certificates/read`.
   */
  listObjects(vaultUrl: string, kind: ObjectKind): AsyncIterable<ListedObject>;
  /** All versions of one object, newest first (by `created`, then by `version`). Same permission as listing. */
  listVersions(vaultUrl: string, kind: ObjectKind, name: string): Promise<ObjectVersion[]>;
  /** The opaque backup of all versions. Needs `{secrets,keys,certificates}/backup/action`, not `get`. */
  backUp(vaultUrl: string, kind: ObjectKind, name: string): Promise<Uint8Array>;
  /**
   * The value of one version, of a secret or of the secret behind a certificate; `disabled` if the vault gives none because that version is disabled.
   * Throws `values_forbidden` without the permission. Needs `secrets/getSecret/action`.
   */
  readValue(vaultUrl: string, name: string, version: string): Promise<SecretValue | 'disabled'>;
  /** One version of a certificate; `disabled` if the vault does not give it for that reason. Needs `certificates/read`. */
  readCertificate(vaultUrl: string, name: string, version: string): Promise<PublicCertificate | 'disabled'>;
  /** A certificate's policy as the REST interface gives it, without `id`. Needs `certificates/read`. */
  readCertificatePolicy(vaultUrl: string, name: string): Promise<object>;
  /** When a key is rotated. Needs `keyrotationpolicies/read`. */
  readRotationPolicy(vaultUrl: string, name: string): Promise<RotationPolicy>;
}

/** The public half of a key in a vault. */
export interface VaultPublicKey {
  /** Versioned key id, as the vault gives it. */
  kid: string;
  jwk: { kty: 'RSA'; n: string; e: string } | { kty: 'EC'; crv: string; x: string; y: string };
  enabled: boolean;
  keyOps: readonly string[];
  /** When the version was made, by the vault's clock; all times are ISO 8601. */
  created?: string;
  notBefore?: string;
  /** An expiry on a KEK or signing key is a fault of the installation. */
  expires?: string;
}

export type SignatureAlgorithm = 'ES256' | 'PS256';

/** Key-encryption and signing keys that live in vaults. Throws as {@link VaultReader} does. */
export interface VaultKeys {
  /** The current version for a versionless id, else that version. Needs `keys/read`. */
  readPublicKey(keyId: string): Promise<VaultPublicKey>;
  /** Ids of all versions of a key, newest first. Needs `keys/read`. */
  listKeyVersions(keyId: string): Promise<{ kid: string; enabled: boolean }[]>;
  /** Signs `input` (the vault gets its SHA-256). EC signatures come as r‖s. Needs `keys/sign/action`. */
  sign(kid: string, algorithm: SignatureAlgorithm, input: Uint8Array): Promise<Uint8Array>;
}

/** What a vault's certificates depend on beside the certificates themselves. Throws as {@link VaultReader} does. */
export interface CertificateSettings {
  /** The certificate authorities that the vault knows, without account and password. Needs `certificatecas/read`. */
  listIssuers(vaultUrl: string): Promise<CertificateIssuer[]>;
  /** Who is told about certificates. Needs `certificatecontacts/write`: Key Vault has no right to read them alone. */
  listContacts(vaultUrl: string): Promise<CertificateContact[]>;
}
