import { type PruneCounts } from '../contracts/pruning';
import { type EndedStatus } from '../contracts/runs';

/** Nothing at all. */
export function emptyPruneCounts(): PruneCounts {
  return { dropped: 0, kept: 0, retained: 0, orphans: 0, damaged: 0, unattributed: 0, failed: 0 };
}

/** Adds the counts of a part to a sum. */
export function addPruneCounts(sum: PruneCounts, part: PruneCounts): void {
  for (const [name, count] of Object.entries(part) as [keyof PruneCounts, number][]) sum[name] += count;
}

/** The status of a prune run: what is kept because of a lock is no failure; what could not be done is, and if nothing could, the run has failed. */
export function pruneStatus(
  { failed, dropped, kept, retained, orphans, damaged }: PruneCounts,
  isCancelled: boolean,
): EndedStatus {
  if (isCancelled) return 'cancelled';
  if (failed === 0) return 'succeeded';
  return dropped + kept + retained + orphans + damaged > 0 ? 'partial' : 'failed';
}
