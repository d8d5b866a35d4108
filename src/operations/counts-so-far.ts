import { type RunRecord } from '../contracts/runs';
import { type SnapshotCounts } from '../contracts/snapshots';
import { emptyCounts } from '../domain/counts';
import { StrongroomError } from '../errors';
import { type ObjectLedger } from '../ledger/port';
import { type Log } from '../log';

/**
 * The counts that a run ends with: its rows are gone one day, and what became of them stays with the record. What the ledger holds of the objects; nothing, if
 * that is lost for good: a run must end and be told of all the same. Only reads.
 */
export async function countsSoFar(
  objects: ObjectLedger,
  { counts, inventory }: Pick<RunRecord, 'counts' | 'inventory'>,
  run: { runId: string; correlationId: string },
  log: Log,
): Promise<SnapshotCounts | null> {
  if (counts !== null || inventory === null) return counts;
  try {
    return (await objects.tally(inventory)).counts;
  } catch (error) {
    if (!(error instanceof StrongroomError) || error.retryable) throw error;
    log('error', 'counts_lost', { ...run, code: error.code });
    return emptyCounts();
  }
}
