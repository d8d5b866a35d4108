import { type Alerts } from '../alerts/port';
import { type Clock } from '../clock';
import { hasEnded } from '../contracts/runs';
import { type RunLedger } from '../ledger/port';
import { tellOfRun } from '../operations/tell-of-run';
import { type ActivityHandler } from './handler';
import { levelOf } from './run-log';

/**
 * Ends a prune run with its sums; what nobody can attribute becomes a warning. Raises and clears alerts by it. May run twice: the status that was recorded first
 * stays, and a run counts once.
 */
export function createFinishPruneRun({
  runs,
  alerts,
  clock,
}: {
  runs: RunLedger;
  alerts: Alerts;
  clock: Clock;
}): ActivityHandler<'finishPruneRun'> {
  return async ({ runId, correlationId, status, code, dryRun, counts }, context) => {
    const warnings = [
      ...(counts.damaged > 0 ? ['manifest_damaged'] : []),
      ...(counts.unattributed > 0 ? ['archive_unattributed'] : []),
    ];
    const endedAt = clock.now().toISOString();
    const run = await runs.change(runId, { status, code, warnings, endedAt, prune: { dryRun, counts } });
    if (run !== undefined) await tellOfRun(alerts, context, run);
    const ended = run !== undefined && hasEnded(run.status) ? run.status : status;
    context.log(levelOf(ended), 'prune_run_ended', { runId, correlationId, status: ended, dryRun, ...counts });
    return { status: ended };
  };
}
