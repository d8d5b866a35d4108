/** A blob as a listing shows it. */
export interface ListedBlob {
  /** Path within the container, with `/` between its parts. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/**
 * Read access to one container of snapshots, wherever its blobs lie. Nothing of it writes, and everything may be
 * called again. Both calls throw where the place cannot be reached or read: that is no statement about a snapshot.
 */
export interface SnapshotSource {
  /** All blobs whose path begins with `prefix`, in any order; the empty prefix lists everything. */
  list(prefix: string): Promise<readonly ListedBlob[]>;
  /** The bytes of one blob as stored, or `undefined` if it is not there. */
  read(path: string): Promise<Uint8Array | undefined>;
}
