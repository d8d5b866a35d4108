import { type ArchivePruner } from '../archive/port';
import { type Tier } from '../contracts/objects';
import { isPastKeeping, isSpentRecord } from '../domain/pruning';
import { inParallel } from '../in-parallel';
import { type SnapshotCatalog } from '../ledger/port';
import { type ActivityHandler } from './handler';
import { planPruning, type PruneDeps, type PrunePlan } from './prune-decisions';
import { surveyVault } from './survey-vault';

/** How many blobs one execution deletes, which takes it a minute or so. */
const BLOBS_PER_CALL = 5_000;
const DELETED_AT_ONCE = 16;

/**
 * Deletes the blobs of a vault and tier that nothing names any more: at once what is left of snapshots that a prune record tells of, and past their keeping
 * time what interrupted runs left behind, and records with nothing left to prove. At most some thousand after the path `after`; `next` tells where to go on. May
 * run twice, and be killed anywhere. Needs `blobs/read` and `blobs/delete`, and `keys/read` on the signing and the prune key.
 */
export function createDropLeftovers(
  deps: PruneDeps & { pruner: ArchivePruner; catalog: SnapshotCatalog },
): ActivityHandler<'dropLeftovers'> {
  return async (input) => {
    const { vault, tier, after } = input;
    const plan = await planPruning(deps, input);
    if (plan === undefined) return { cancelled: true, orphans: 0, retained: 0, next: null };
    const spent = await spentRecords(plan);
    // Whoever deleted the manifest may have been killed before the catalog knew of it; what is left of the snapshot is the only thing that still tells.
    await inParallel(dropped(plan), DELETED_AT_ONCE, (snapshot) => deps.catalog.remove(snapshot));
    const paths = [...remains(plan, tier), ...spent].filter((path) => path > after).sort();
    const now = paths.slice(0, BLOBS_PER_CALL);
    let [orphans, retained] = [0, 0];
    await inParallel(now, DELETED_AT_ONCE, async (path) => {
      const outcome = await deps.pruner.remove(tier, path);
      if (outcome === 'deleted') orphans += 1;
      if (outcome === 'retained') retained += 1;
    });
    return { cancelled: false, orphans, retained, next: paths.length > now.length ? (now.at(-1) ?? null) : null };

    async function spentRecords({ survey, now: times }: PrunePlan): Promise<string[]> {
      const { pruned, exclusions } = survey.records;
      const old = [
        ...pruned.map(({ record, ...where }) => ({ ...where, snapshots: record.snapshots })),
        ...exclusions.map(({ record, ...where }) => ({ ...where, snapshots: [{ snapshot: record.snapshot }] })),
      ].filter(({ createdAt }) => isPastKeeping(tier, createdAt, times, deps.retention));
      if (old.length === 0) return [];
      const other = await surveyVault(deps, tier === 'daily' ? 'monthly' : 'daily', vault);
      // Of a manifest that does not verify nobody knows what it has seen.
      if (other.damaged.length > 0 || survey.damaged.length > 0) return [];
      const ground = {
        present: survey.snapshots.map(({ sequence }) => sequence),
        folders: survey.folders,
        seen: new Set(other.snapshots.flatMap(({ otherTier }) => (otherTier === null ? [] : [otherTier]))),
      };
      return old.filter((record) => isSpentRecord(record, ground)).map(({ place }) => place.path);
    }

    function remains(prune: PrunePlan, ofTier: Tier): string[] {
      const gone = new Set(dropped(prune));
      return prune.survey.unnamed
        .filter(
          ({ blob, snapshot }) =>
            gone.has(snapshot) || isPastKeeping(ofTier, blob.createdAt, prune.now, deps.retention),
        )
        .map(({ blob }) => blob.path);
    }
  };
}

/** Snapshots that a prune record tells of, whose manifest is gone, and of which something is still there. */
function dropped({ survey, now: times }: PrunePlan): string[] {
  const present = new Set([...survey.snapshots.map(({ snapshot }) => snapshot), ...survey.damaged]);
  const recorded = new Set(
    survey.records.pruned
      .flatMap(({ record }) => record.snapshots)
      .filter(({ retainUntil }) => times.every((time) => new Date(retainUntil) <= time))
      .map(({ snapshot }) => snapshot),
  );
  return [...recorded].filter((snapshot) => survey.folders.has(snapshot) && !present.has(snapshot));
}
