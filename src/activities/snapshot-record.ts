import { type Manifest } from '../contracts/snapshots';
import { type SnapshotRecord } from '../ledger/port';

/** What the catalog keeps of a manifest. */
export function snapshotRecord(manifest: Manifest, shortName: string, digest: string): SnapshotRecord {
  const { blobs, format: _format, type: _type, ...facts } = manifest;
  return {
    ...facts,
    shortName,
    digest,
    blobCount: blobs.length,
    bytes: blobs.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
