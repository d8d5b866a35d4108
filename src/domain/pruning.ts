import { type Tier } from '../contracts/objects';
import { type PruneReason } from '../contracts/pruning';
import { isGood, type SnapshotWorth } from './good-snapshots';
import { type Retention, retainUntil } from './retention';
import { secondsAfter } from './times';

/** A snapshot of one vault and tier, as far as pruning looks at it; times are ISO 8601, as signed. */
export interface PrunableSnapshot extends SnapshotWorth {
  snapshot: string;
  sequence: number;
  closedAt: string;
  retainUntil: string;
}

/** What is to become of a snapshot, and why. */
export interface SnapshotDecision<T> {
  snapshot: T;
  decision: 'keep' | 'drop';
  reason: PruneReason;
}

/**
 * Decides on all verified snapshots of one vault and tier. Dropped is only what is past its signed `retainUntil`. Kept in any case are the newest good
 * one, and the head of the chain, from which the numbering goes on. Twins with one number count as one.
 * @param now every time by which a snapshot must be past its time: the present, and when the run was asked for.
 * @param used ids of snapshots that a restore or a rehearsal works with.
 */
export function decidePruning<T extends PrunableSnapshot>(
  snapshots: readonly T[],
  now: readonly Date[],
  used: ReadonlySet<string>,
): SnapshotDecision<T>[] {
  const head = highest(snapshots);
  const newestGood = highest(snapshots.filter((snapshot) => isGood(snapshot)));
  return snapshots.map((snapshot) => {
    const keep = (reason: PruneReason): SnapshotDecision<T> => ({ snapshot, decision: 'keep', reason });
    if (snapshot.sequence === newestGood && isGood(snapshot)) return keep('newest_good');
    if (now.some((time) => time < new Date(snapshot.closedAt))) return keep('clock_behind');
    if (!now.every((time) => new Date(snapshot.retainUntil) <= time)) return keep('not_yet');
    if (snapshot.sequence === head) return keep('chain_head');
    if (used.has(snapshot.snapshot)) return keep('in_use');
    return { snapshot, decision: 'drop', reason: 'expired' };
  });
}

function highest(snapshots: readonly PrunableSnapshot[]): number {
  return snapshots.reduce((most, { sequence }) => Math.max(most, sequence), 0);
}

/** Longer than any run: what is younger may belong to one that is under way. */
const OLDEST_RUN_SECONDS = 8 * 24 * 60 * 60;

/**
 * Whether a blob that nothing names may go: it is older than what a run of its tier would have had to be kept, and than any run can be. A time
 * in the future says that the clock is not to be trusted.
 */
export function isPastKeeping(tier: Tier, createdAt: Date, now: readonly Date[], retention: Retention): boolean {
  const kept = retainUntil(tier, createdAt, retention);
  const run = secondsAfter(createdAt, OLDEST_RUN_SECONDS);
  return now.every((time) => kept <= time && run <= time);
}

/** A signed record about snapshots of one vault and tier. */
export interface KnownRecord {
  /** Ids and, in prune records, numbers of the snapshots it speaks of. */
  snapshots: readonly { snapshot: string; sequence?: number }[];
}

/**
 * Whether a record has nothing left to prove. A record about a snapshot of which anything is still there stays; so does a prune record that covers a
 * number from the one before the oldest present snapshot on, or a snapshot that a manifest of the other tier has seen.
 * @param present numbers of the verified snapshots.
 * @param folders ids of snapshots of which anything is there.
 * @param seen ids of snapshots that manifests of the other tier name.
 */
export function isSpentRecord(
  record: KnownRecord,
  { present, folders, seen }: { present: readonly number[]; folders: ReadonlySet<string>; seen: ReadonlySet<string> },
): boolean {
  if (present.length === 0) return false;
  const needed = Math.min(...present) - 1;
  return record.snapshots.every(
    ({ snapshot, sequence }) =>
      !folders.has(snapshot) && !seen.has(snapshot) && (sequence === undefined || sequence < needed),
  );
}
