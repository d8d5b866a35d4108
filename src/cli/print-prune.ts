import { type RunView } from '../contracts/api';
import { type PruneDecision } from '../contracts/pruning';
import { type Paint } from './paint';
import { type PrintStyle } from './print-run';
import { formatCount, printable, renderTable } from './print-table';
import { formatTime } from './print-time';

/** A line per decision of a prune run. */
export function renderDecisions(decisions: readonly PruneDecision[], { paint, now }: PrintStyle): string[] {
  if (decisions.length === 0) return ['The archive is empty.'];
  return renderTable(
    [
      { title: 'VAULT' },
      { title: 'TIER' },
      { title: 'SNAPSHOT' },
      { title: 'SEQUENCE', align: 'right' },
      { title: 'DECISION' },
      { title: 'WHY' },
      { title: 'RETAINED UNTIL' },
    ],
    decisions.map(({ vault, tier, subject, sequence, decision, reason, retainUntil }) => [
      vault ?? '-',
      tier,
      printable(subject),
      sequence === null ? '-' : formatCount(sequence),
      decision === 'drop' ? paint.bold(decision) : decision,
      reason,
      retainUntil === null ? '-' : formatTime(retainUntil, now),
    ]),
  );
}

/** The sums of a prune run on one line; nothing of other runs. */
export function renderPruneCounts({ id, status, prune }: RunView, paint: Paint): string[] {
  const counts = Object.entries(prune?.counts ?? {}).map(([name, count]) => `${formatCount(count)} ${name}`);
  const dry = prune?.dryRun === true ? ', a dry run' : '';
  return [
    `${paint.bold(`Run ${id}`)}${dry}: ${paint.status(status)}${counts.length === 0 ? '' : `; ${counts.join(', ')}`}`,
  ];
}
