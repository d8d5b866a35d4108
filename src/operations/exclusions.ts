import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type ManifestSigner, type RecordSigner } from '../crypto/port';
import { snapshotPlace } from '../domain/ids';
import { StrongroomError } from '../errors';
import { type AuditTrail, type SnapshotCatalog } from '../ledger/port';
import { type Asker, audited } from './audited';
import { readManifest } from './read-manifest';
import { storeRecord } from './store-record';

/** Sets snapshots aside, or takes that back. */
export interface Exclusions {
  /**
   * Writes a signed record into the archive, beside the snapshot, and marks the snapshot in the catalog; audited as `snapshot.exclude` or `snapshot.include`. The
   * manifest is read and verified first. A second run writes a second record, which says the same. Throws `snapshot_not_found`, and what `Archive` and `RecordSigner`
   * throw. Needs `keys/sign/action` on the signing key, `blobs/add/action` and `blobs/read`.
   */
  decide(asker: Asker, request: { id: string; record: 'exclude' | 'include'; reason: string }): Promise<void>;
}

export function createExclusions(deps: {
  archive: Archive;
  signer: ManifestSigner;
  records: RecordSigner;
  snapshots: SnapshotCatalog;
  audit: AuditTrail;
  clock: Clock;
  version: string;
}): Exclusions {
  return {
    decide: (asker, { id, record, reason }) =>
      audited(deps, asker, { action: `snapshot.${record}`, subject: id, reason }, async () => {
        const known = await deps.snapshots.get(id);
        if (known === undefined) throw notFound();
        const { tier, shortName } = known;
        const found = await readManifest(deps, snapshotPlace(tier, shortName, id));
        if (found === undefined) throw notFound();
        const { manifest, digest } = found;
        const { record: stored } = await storeRecord(deps, deps.records, {
          ...{ record, tier, shortName, vault: manifest.vault, snapshot: id, digest, reason },
        });
        await deps.snapshots.put({ ...known, excluded: record === 'exclude' ? { at: stored.at, reason } : null });
      }),
  };
}

function notFound(): StrongroomError {
  return new StrongroomError(
    'snapshot_not_found',
    'The archive has no snapshot with this id. `strongroom snapshots list` shows them.',
  );
}
