import { type BlobRef, type DataKeyRef, type ObjectKind, type ProtectedVault, type Tier } from '../contracts/objects';
import { type RecordPlace, type SignedRecord } from '../contracts/records';
import {
  type IndexPayload,
  type ItemPayload,
  type Manifest,
  type RecipientRef,
  type SigningKeyRef,
  type SnapshotPlace,
} from '../contracts/snapshots';
import { type RecipientVersion, type SigningKeyVersion } from '../contracts/trust';

/** The snapshots and records of one vault in one tier. */
export interface Chain {
  tier: Tier;
  shortName: string;
}

/** Which recipients a run seals to, which of the configured ones it cannot use, and why. */
export interface RecipientChoice {
  recipients: RecipientRef[];
  /** One per recipient that is left out or used in an older version than the vault's current one. */
  warnings: { code: 'recipient_unusable' | 'recipient_not_approved'; recipient: string }[];
}

/** The configured recipients. */
export interface Recipients {
  /**
   * Chooses the recipients for a run: every offline key, and of every KEK the current version if its thumbprint is approved, else
   * the newest enabled version that is. Throws `no_usable_recipient` if none is left. Needs `keys/read` on the KEKs.
   */
  choose(): Promise<RecipientChoice>;
}

/** Makes fingerprints of values under a key that is derived from one data key (docs/format.md, section 5). */
export interface Fingerprinter {
  dataKey: DataKeyRef;
  /** Base64url. Of a secret the value is text, of a certificate its DER. */
  fingerprint(kind: ObjectKind, value: string | Uint8Array): Promise<string>;
}

/**
 * Seals and stores the blobs of snapshots. Each worker process makes one data key per snapshot, stores it sealed to the recipients before
 * anything is sealed with it, and forgets it when the snapshot is closed or an hour has passed.
 */
export interface SnapshotSealer {
  /**
   * Seals `payload`, stores it under a new random id, and reads it back. A second run stores another blob; the one that the manifest
   * names counts. Throws `archive_*`, and `recipient_*` if a chosen recipient's key is not what its thumbprint says.
   */
  store(
    place: SnapshotPlace,
    recipients: readonly RecipientRef[],
    payload: ItemPayload | IndexPayload,
  ): Promise<{ stored: BlobRef; dataKey: DataKeyRef }>;
  /** Makes fingerprints for objects of a snapshot, all under one data key, which is stored as by {@link store}. Throws as that does. */
  fingerprinter(place: SnapshotPlace, recipients: readonly RecipientRef[]): Promise<Fingerprinter>;
  /** Forgets the data key of a snapshot. */
  forget(snapshot: string): void;
}

/** The key that signs a run's manifest. */
export interface SigningKeyChoice {
  key: SigningKeyRef;
  /** The signing key's current version, if it is another one, which nobody has introduced. */
  warnings: { code: 'signing_key_not_introduced'; key: string }[];
}

/** Signs and verifies manifests with the keys that SIGNING_KEY and FORMER_SIGNING_KEYS name. */
export interface ManifestSigner {
  /**
   * Chooses the key for a snapshot of this chain: the signing key's current version if it is trusted there, else the newest version that is. Throws
   * `signing_key_unusable` if that one is missing, disabled, expired or may not sign, or none is trusted, and `archive_*` if succession records cannot
   * be read. Needs `keys/read`, and `blobs/read` once there is more than one version.
   */
  choose(chain: Chain): Promise<SigningKeyChoice>;
  /** Proves that the key signs: signs a fixed probe and verifies it. Throws `signing_refused`, or `signing_key_unusable` as `choose` does. Needs `keys/sign/action`. */
  probe(key: SigningKeyRef): Promise<void>;
  /**
   * The manifest as a compact JWS by `manifest.signingKey`, which must be trusted for that place; verified before it is returned. Two runs give two
   * signatures. Throws as {@link probe} does. Needs `keys/sign/action`.
   */
  sign(place: SnapshotPlace, manifest: Manifest): Promise<string>;
  /**
   * Checks signature, header and schema of a manifest that this installation wrote, and that it lies where it says. Trusted are the keys to begin with and
   * those introduced by succession records. Throws `manifest_damaged` or `unknown_format`; `signing_key_unusable` or `archive_*` if a vault does not give
   * public keys or the archive its records, which says nothing about the manifest. Needs `keys/read` and `blobs/read`.
   */
  verify(place: SnapshotPlace, jws: string): Promise<Manifest>;
}

/**
 * Signs and verifies the records that lie beside the snapshots (docs/format.md, section 7), with a key that lives in a vault. Whose records count is
 * decided where the signer is made.
 */
export interface RecordSigner {
  /** The version of the key that signs now for a chain. Throws `signing_key_unusable`. Needs `keys/read`. */
  resolve(chain: Chain): Promise<SigningKeyRef>;
  /**
   * The record as a compact JWS, verified before it is returned. Throws `signing_refused`, or `signing_key_unusable` if the public key cannot be read. Two
   * runs give two signatures. Needs `keys/sign/action`.
   */
  sign(key: SigningKeyRef, record: SignedRecord): Promise<string>;
  /**
   * The record, with the thumbprint of the key that signed it, if that key is trusted, the record is of this format and belongs where it lies. Its own
   * members are for the schema of its kind to check. Throws `record_damaged` or `unknown_format`; `signing_key_unusable` if the public key cannot be
   * read, which says nothing about the record. Needs `keys/read`.
   */
  verify(place: RecordPlace, jws: string): Promise<{ record: SignedRecord; thumbprint: string }>;
}

/** Introduces signing keys: each is vouched for by the one before it (docs/format.md, section 7). */
export interface SigningSuccession {
  /** All versions of SIGNING_KEY, then of the former keys, newest first. Throws `signing_key_unusable`. Needs `keys/read`. */
  versions(): Promise<SigningKeyVersion[]>;
  /** Thumbprints of the keys that need no record, and of those that a record in the chain's own folder introduces. Needs `blobs/read`. */
  introducedFor(chain: Chain): Promise<ReadonlySet<string>>;
  /**
   * The version of SIGNING_KEY with this id, or its current one, after it has proved that it signs. Throws `invalid_request` for another key,
   * `signing_key_unusable`, `signing_refused`. Needs `keys/read` and `keys/sign/action`.
   */
  candidate(kid: string | undefined): Promise<SigningKeyRef>;
  /**
   * Writes the record by which the key that signed so far introduces `to` for one vault and tier, and proves that it counts; gives that key, or `undefined` if
   * there is such a record already, so it may run twice. Throws `signing_key_unusable` or `signing_refused` if the old key cannot sign any more. Needs
   * `keys/read`, `keys/sign/action`, `blobs/add/action` and `blobs/read`.
   */
  introduce(vault: ProtectedVault, tier: Tier, to: SigningKeyRef): Promise<SigningKeyRef | undefined>;
}

/** The recipients as a person sees them, and what the person decides. All throw `ledger_*`, `archive_*` or `signing_key_unusable` besides. */
export interface RecipientDecisions {
  /** All configured recipients, with all versions of each key-encryption key, newest first. Needs `keys/read` on them. */
  list(): Promise<RecipientVersion[]>;
  /**
   * Lets snapshots be sealed to a version from the next run on. Throws `recipient_not_found` if no configured key-encryption key has such a version,
   * and `recipient_unusable` if it is not fit (RSA of 2,048 bits or more, enabled, `unwrapKey`). May run twice. Needs `keys/sign/action`.
   */
  approve(thumbprint: string, by: string): Promise<RecipientVersion>;
  /** Takes an approval back, for good. Throws `recipient_not_found`, or `approved_by_settings`. May run twice. Needs `keys/sign/action`. */
  revoke(thumbprint: string, by: string): Promise<RecipientVersion>;
}
