import { type ObjectKind, type ObjectOutcome } from '../contracts/objects';
import { type SnapshotCounts } from '../contracts/snapshots';

/** No objects at all. */
export function emptyCounts(): SnapshotCounts {
  return {
    objects: 0,
    stored: 0,
    managed: 0,
    absent: 0,
    excluded: 0,
    failed: 0,
    byKind: { secret: 0, key: 0, certificate: 0 },
    byCode: {},
  };
}

/** Counts as they were kept before there were plans. */
type EarlierCounts = Omit<SnapshotCounts, 'excluded'> & Partial<SnapshotCounts>;

/** Counts with what they may lack: nothing was excluded then. */
export function completeCounts(counts: EarlierCounts): SnapshotCounts {
  return { ...emptyCounts(), ...counts };
}

/** Counts objects by outcome, kind and code. `code` is counted where there is one. */
export function countObjects(
  objects: Iterable<{ kind: ObjectKind; outcome: ObjectOutcome; code?: string | null }>,
): SnapshotCounts {
  const counts = emptyCounts();
  for (const { kind, outcome, code } of objects) {
    counts.objects += 1;
    counts[outcome] += 1;
    counts.byKind[kind] += 1;
    if (code !== null && code !== undefined) counts.byCode[code] = (counts.byCode[code] ?? 0) + 1;
  }
  return counts;
}

/** The sum of several counts. */
export function addCounts(parts: Iterable<EarlierCounts>): SnapshotCounts {
  const sum = emptyCounts();
  for (const part of [...parts].map(completeCounts)) {
    for (const key of ['objects', 'stored', 'managed', 'absent', 'excluded', 'failed'] as const) sum[key] += part[key];
    for (const kind of ['secret', 'key', 'certificate'] as const) sum.byKind[kind] += part.byKind[kind];
    for (const [code, count] of Object.entries(part.byCode)) sum.byCode[code] = (sum.byCode[code] ?? 0) + count;
  }
  return sum;
}
