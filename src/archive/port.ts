import { type Tier } from '../contracts/objects';

/** The digest (SHA-256, lower-case hex) and size of bytes as they lie in the archive. */
export interface StoredBytes {
  digest: string;
  bytes: number;
}

/** A blob as a listing shows it. */
export interface ArchivedBlob {
  /** From the container's root. */
  path: string;
  /** By the storage service's clock. */
  createdAt: Date;
}

/**
 * The write-once archive. There is no overwrite and no delete here: pruning has a port of its own. Throws `StrongroomError`
 * with an `archive_*` code.
 */
export interface Archive {
  /**
   * Stores `content` under a path that must be new, by one Put Blob with `If-None-Match: *`, then downloads it again and compares.
   * May run twice with the same content: a blob that is already there with exactly these bytes counts as stored. Other bytes
   * there: `archive_conflict`. Downloaded bytes that differ from those sent: `archive_readback_mismatch`.
   * Needs `blobs/add/action` and `blobs/read`.
   */
  put(tier: Tier, path: string, content: Uint8Array): Promise<StoredBytes>;
  /** The bytes of a blob; `archive_blob_missing` if there is none. Needs `blobs/read`. */
  get(tier: Tier, path: string): Promise<Uint8Array>;
  /** The names directly below `prefix` (which ends in `/`, or is empty) that are folders, in ascending order, without slashes. */
  listFolders(tier: Tier, prefix: string): Promise<string[]>;
  /** The names directly below `prefix` that are blobs, in ascending order. */
  listFiles(tier: Tier, prefix: string): Promise<string[]>;
  /** All blobs whose path begins with `prefix`, in ascending order of paths. Needs `blobs/read`. */
  listBlobs(tier: Tier, prefix: string): Promise<ArchivedBlob[]>;
  /** Proves that the tier's container is there and readable. `archive_container_missing` says to run the deployment. */
  check(tier: Tier): Promise<void>;
}

/** What became of a blob that was to be deleted: `gone`, it was not there; `retained`, a policy or a legal hold still protects it. */
export type Deletion = 'deleted' | 'gone' | 'retained';

/** The one way to delete from the archive; only the duty `prune` has it. Throws `StrongroomError` with an `archive_*` code. */
export interface ArchivePruner {
  /** Deletes one blob. May run twice. Needs `blobs/delete`, which a blob's policy overrules as long as it lasts. */
  remove(tier: Tier, path: string): Promise<Deletion>;
}

/** What the data plane tells of a tier's container. Throws `StrongroomError` with an `archive_*` code. */
export interface ContainerFlags {
  /** Whether there is a policy and a legal hold, not what they say; `null` where the service does not tell. Needs `containers/read`. */
  read(tier: Tier): Promise<{ hasPolicy: boolean | null; hasLegalHold: boolean | null }>;
}
