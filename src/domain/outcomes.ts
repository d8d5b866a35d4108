import { type EndedStatus } from '../contracts/runs';
import { type SnapshotCounts } from '../contracts/snapshots';

/** What a stored snapshot is worth: objects that are gone or managed take nothing from it, one that failed does. */
export function snapshotOutcome(counts: SnapshotCounts): 'complete' | 'partial' {
  return counts.failed === 0 ? 'complete' : 'partial';
}

/** The status of an estate run from those of its vaults: only if all succeeded, it did. */
export function estateStatus(statuses: readonly EndedStatus[]): EndedStatus {
  const [first] = statuses;
  if (first === undefined) return 'succeeded';
  return statuses.every((status) => status === first) ? first : 'partial';
}
