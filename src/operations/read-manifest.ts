import { createHash } from 'node:crypto';
import { type Archive } from '../archive/port';
import { type SnapshotPlace } from '../contracts/snapshots';
import { type ManifestSigner } from '../crypto/port';
import { manifestPath } from '../domain/ids';
import { type ChainHead } from '../domain/manifests';
import { StrongroomError } from '../errors';

/**
 * The verified manifest of a snapshot and the digest of its bytes; `undefined` if it has none (a run under way, or one that never ended). Throws
 * as `Archive.get` and `ManifestSigner.verify` do otherwise. Needs `blobs/read`.
 */
export async function readManifest(
  { archive, signer }: { archive: Archive; signer: ManifestSigner },
  place: SnapshotPlace,
): Promise<ChainHead | undefined> {
  try {
    const bytes = await archive.get(place.tier, manifestPath(place));
    const manifest = await signer.verify(place, Buffer.from(bytes).toString('latin1'));
    return { manifest, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if (error instanceof StrongroomError && error.code === 'archive_blob_missing') return undefined;
    throw error;
  }
}
