import { type BlobRef, type DataKeyRef } from '../contracts/objects';
import { type RecordPlace, type SignedRecord } from '../contracts/records';
import {
  type IndexPayload,
  type ItemPayload,
  type Manifest,
  type RecipientRef,
  type SigningKeyRef,
  type SnapshotPlace,
} from '../contracts/snapshots';

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
  /** Forgets the data key of a snapshot. */
  forget(snapshot: string): void;
}

/** Signs and verifies manifests with the key that SIGNING_KEY names. */
export interface ManifestSigner {
  /** Resolves the signing key's current version. Throws `signing_key_unusable` (missing, disabled, wrong type, no `sign` operation, no permission). */
  resolve(): Promise<SigningKeyRef>;
  /** Proves that the key signs: signs a fixed probe and verifies it. Throws `signing_refused`, or `signing_key_unusable` as `resolve` does. Needs `keys/sign/action`. */
  probe(key: SigningKeyRef): Promise<void>;
  /**
   * The manifest as a compact JWS by `manifest.signingKey`, verified before it is returned. Two runs give two signatures. Throws as
   * {@link probe} does. Needs `keys/sign/action`.
   */
  sign(manifest: Manifest): Promise<string>;
  /**
   * Checks signature, header and schema of a manifest that this installation wrote, and that it lies where it says. Any version of the
   * configured signing key is trusted. Throws `manifest_damaged` or `unknown_format`; `signing_key_unusable` if the vault does not give
   * the public key, which says nothing about the manifest. Needs `keys/read`.
   */
  verify(place: SnapshotPlace, jws: string): Promise<Manifest>;
}

/**
 * Signs and verifies the records that lie beside the snapshots (docs/format.md, section 7), with a key that lives in a vault. Whose records count is
 * decided where the signer is made.
 */
export interface RecordSigner {
  /** The version of the key that signs now. Throws `signing_key_unusable`. Needs `keys/read`. */
  resolve(): Promise<SigningKeyRef>;
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
