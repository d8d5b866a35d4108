import { type Clock } from '../clock';
import { hasEnded } from '../contracts/runs';
import { type RunLedger } from '../ledger/port';
import { type ActivityHandler } from './handler';
import { levelOf } from './run-log';

/** Ends a prune run with its sums; what nobody can attribute becomes a warning. May run twice: the status that was recorded first stays. */
export function createFinishPruneRun({
  runs,
  clock,
}: {
  runs: RunLedger;
  clock: Clock;
}): ActivityHandler<'finishPruneRun'> {
  return async ({ runId, correlationId, status, code, dryRun, counts }, { log }) => {
    const warnings = [
      ...(counts.damaged > 0 ? ['manifest_damaged'] : []),
      ...(counts.unattributed > 0 ? ['archive_unattributed'] : []),
    ];
    const endedAt = clock.now().toISOString();
    const run = await runs.change(runId, { status, code, warnings, endedAt, prune: { dryRun, counts } });
    const ended = run !== undefined && hasEnded(run.status) ? run.status : status;
    log(levelOf(ended), 'prune_run_ended', { runId, correlationId, status: ended, dryRun, ...counts });
    return { status: ended };
  };
}
