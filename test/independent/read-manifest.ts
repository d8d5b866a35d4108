import { createHash } from 'node:crypto';
import { verifyCompactJws } from './compact-jws';
import { Refusal } from './findings';
import { checkFormat, checkHeader } from './headers';
import { dateFolderOf, MANIFEST, shortNameOf, SNAPSHOT_ID, type SnapshotFolder, type Tier } from './layout';
import { type Manifest, readManifest } from './manifest';
import { membersOf } from './members';
import { type PinnedKey } from './pinned-keys';
import { type SnapshotSource } from './source';

/** A snapshot whose manifest is signed by a pinned key and lies where it says that it belongs. */
export interface SignedSnapshot {
  readonly id: string;
  readonly folder: SnapshotFolder;
  readonly manifest: Manifest;
  /** Digest of the manifest's bytes, by which the next snapshot names this one. */
  readonly digest: string;
}

/** Lower-case hex of the SHA-256 of these bytes. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Reads and verifies one manifest (section 8, step 2). Throws a `Refusal` with `manifest_damaged`, or `format_unknown`
 * where header or payload name a format or an extension that is not known here.
 */
export async function readSignedManifest(
  source: SnapshotSource,
  folder: SnapshotFolder,
  place: { readonly vault: string; readonly tier: Tier },
  pinned: readonly PinnedKey[],
): Promise<SignedSnapshot> {
  const bytes = await source.read(folder.path + MANIFEST);
  if (bytes === undefined) throw new Refusal('manifest_damaged', 'the manifest was listed, but cannot be read');
  try {
    const { payload, thumbprint } = await verifyCompactJws(bytes, pinned, (header) => {
      checkHeader(header, { typ: 'strongroom-manifest', snapshot: folder.id });
    });
    const members = membersOf(payload, 'manifest');
    checkFormat(members.raw('format'));
    const manifest = readManifest(members);
    checkPlace(manifest, folder, place);
    if (manifest.signingKey.thumbprint !== thumbprint) throw new TypeError('it names another signing key than its own');
    return { id: folder.id, folder, manifest, digest: digestOf(bytes) };
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal('manifest_damaged', error.message);
    throw error;
  }
}

function checkPlace(manifest: Manifest, folder: SnapshotFolder, place: { vault: string; tier: Tier }): void {
  const belongs =
    SNAPSHOT_ID.test(folder.id) &&
    manifest.snapshot === folder.id &&
    manifest.tier === place.tier &&
    shortNameOf(manifest.vault) === place.vault &&
    dateFolderOf(folder.id, place.tier) === folder.dateFolder;
  if (!belongs) throw new TypeError('it does not belong where it lies');
}
