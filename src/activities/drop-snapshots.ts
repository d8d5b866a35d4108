import { type ArchivePruner } from '../archive/port';
import { type PrunedSnapshot } from '../contracts/snapshot-records';
import { manifestPath, snapshotPlace } from '../domain/ids';
import { inParallel } from '../in-parallel';
import { type SnapshotCatalog } from '../ledger/port';
import { storeRecord } from '../operations/store-record';
import { type ActivityHandler } from './handler';
import { planPruning, type PruneDeps } from './prune-decisions';
import { type SurveyedSnapshot } from './survey-vault';

/** Of some 300 bytes each. */
const ENTRIES_PER_RECORD = 200;
const DELETED_AT_ONCE = 16;

/**
 * Deletes the manifests of the snapshots of a vault and tier whose time is over, and with them the snapshots: first a signed record of each is in the archive and
 * read back, so that whoever finds it gone can tell retention from tampering. What a policy or a hold still protects stays and is tried again by the
 * next run. May run twice, and be killed anywhere: a snapshot that has its record gets no second one.
 *
 * Azure permissions: `keys/sign/action` on the prune key; `blobs/add/action`, `blobs/read` and `blobs/delete` on the archive.
 */
export function createDropSnapshots(
  deps: PruneDeps & { pruner: ArchivePruner; catalog: SnapshotCatalog; version: string },
): ActivityHandler<'dropSnapshots'> {
  return async (input, { log }) => {
    const { runId, correlationId, vault, tier } = input;
    const plan = await planPruning(deps, input);
    if (plan === undefined) return { cancelled: true, retained: 0 };
    const drop = plan.decisions.flatMap(({ decision, snapshot }) => (decision === 'drop' ? [snapshot] : []));
    const recorded = new Set(
      plan.survey.records.pruned.flatMap(({ record }) => record.snapshots.map((entry) => keyOf(entry))),
    );
    const unrecorded = drop.filter((snapshot) => !recorded.has(keyOf(snapshot)));
    for (let first = 0; first < unrecorded.length; first += ENTRIES_PER_RECORD)
      await storeEntries(unrecorded.slice(first, first + ENTRIES_PER_RECORD));
    let retained = 0;
    await inParallel(drop, DELETED_AT_ONCE, async ({ snapshot }) => {
      const outcome = await deps.pruner.remove(tier, manifestPath(snapshotPlace(tier, vault, snapshot)));
      if (outcome === 'retained') retained += 1;
      else {
        await deps.catalog.remove(snapshot);
        log('info', 'snapshot_pruned', { runId, correlationId, vault, tier, snapshot });
      }
    });
    return { cancelled: false, retained };

    async function storeEntries(snapshots: readonly SurveyedSnapshot[]): Promise<void> {
      const [first] = snapshots;
      if (first === undefined) return;
      await storeRecord(deps, deps.pruneRecords, {
        ...{ record: 'prune', tier, shortName: vault, vault: first.vaultUrl },
        snapshots: snapshots.map(entryOf),
      });
    }
  };
}

function entryOf({ snapshot, sequence, digest, previous, retainUntil }: SurveyedSnapshot): PrunedSnapshot {
  return { snapshot, sequence, digest, previous, retainUntil };
}

function keyOf({ snapshot, digest }: { snapshot: string; digest: string }): string {
  return `${snapshot} ${digest}`;
}
