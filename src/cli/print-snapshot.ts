import { type SnapshotView } from '../contracts/api';
import { renderCounts, type PrintStyle } from './print-run';
import { formatCount, printable, renderFacts, renderTable } from './print-table';
import { formatTime } from './print-time';

/** A line per snapshot. */
export function renderSnapshots(snapshots: readonly SnapshotView[], { paint, now }: PrintStyle): string[] {
  const rows = snapshots.map((snapshot) => [
    snapshot.id,
    snapshot.vault,
    snapshot.tier,
    paint.outcome(snapshot.good, worthOf(snapshot)),
    formatCount(snapshot.sequence),
    formatCount(snapshot.counts.stored),
    paint.failures(snapshot.counts.failed, formatCount(snapshot.counts.failed)),
    formatCount(snapshot.bytes),
    formatTime(snapshot.closedAt, now),
    formatTime(snapshot.retainUntil, now),
  ]);
  return renderTable(
    [
      { title: 'SNAPSHOT' },
      { title: 'VAULT' },
      { title: 'TIER' },
      { title: 'OUTCOME' },
      { title: 'SEQUENCE', align: 'right' },
      { title: 'STORED', align: 'right' },
      { title: 'FAILED', align: 'right' },
      { title: 'BYTES', align: 'right' },
      { title: 'CLOSED' },
      { title: 'RETAINED UNTIL' },
    ],
    rows,
  );
}

/** `complete`, `partial`, and whether it holds only what somebody chose, or is set aside. */
function worthOf({ outcome, scope, excluded }: SnapshotView): string {
  return [outcome, ...(scope.selected ? ['selected'] : []), ...(excluded == null ? [] : ['set aside'])].join(', ');
}

function asideFact({ at, reason }: NonNullable<SnapshotView['excluded']>, now: Date): [string, string] {
  return ['set aside', `${formatTime(at, now)}: ${printable(reason)}`];
}

/** Everything about one snapshot, as its signed manifest says. */
export function renderSnapshot(snapshot: SnapshotView, { paint, now }: PrintStyle): string[] {
  const { previous } = snapshot;
  return [
    paint.bold(`Snapshot ${snapshot.id}`),
    ...renderFacts([
      ['vault', `${snapshot.vault} (${snapshot.vaultUrl})`],
      ['tier', snapshot.tier],
      ['outcome', paint.outcome(snapshot.good, worthOf(snapshot))],
      ...(snapshot.excluded == null ? [] : [asideFact(snapshot.excluded, now)]),
      ['kinds taken', snapshot.scope.kinds.join(', ')],
      ...renderCounts(snapshot.counts, paint),
      ['scheduled for', snapshot.scheduledFor === null ? '- (manual)' : formatTime(snapshot.scheduledFor, now)],
      ['started', formatTime(snapshot.startedAt, now)],
      ['closed', formatTime(snapshot.closedAt, now)],
      ['next due', formatTime(snapshot.nextDue, now)],
      ['retained until', formatTime(snapshot.retainUntil, now)],
      ['stored', `${formatCount(snapshot.blobs)} blobs, ${formatCount(snapshot.bytes)} bytes`],
      ['sequence', formatCount(snapshot.sequence)],
      ['digest', snapshot.digest],
      ['previous', previous === null ? '- (the first of its tier)' : `${previous.snapshot} ${previous.digest}`],
      ['signed by', `${snapshot.signingKey.kid} (${snapshot.signingKey.thumbprint})`],
      ...snapshot.recipients.map(({ kid, thumbprint }): [string, string] => [
        'recipient',
        kid === undefined ? `offline key ${thumbprint}` : `${kid} (${thumbprint})`,
      ]),
      ['written by', `${snapshot.producer.name} ${snapshot.producer.version}`],
    ]),
  ];
}
