import { type Clock } from '../clock';
import { hasEnded } from '../contracts/runs';
import { addCounts } from '../domain/counts';
import { type RunLedger } from '../ledger/port';
import { type ActivityHandler } from './handler';
import { levelOf } from './run-log';

/** Ends an estate run with the sum of its vaults' counts and warnings. May run twice: the status that was recorded first stays. */
export function createFinishEstateRun({
  runs,
  clock,
}: {
  runs: RunLedger;
  clock: Clock;
}): ActivityHandler<'finishEstateRun'> {
  return async ({ runId, status, correlationId }, { log }) => {
    const estate = await runs.get(runId);
    const vaultRuns = (await Promise.all((estate?.runs ?? []).map((child) => runs.get(child.runId)))).filter(
      (child) => child !== undefined,
    );
    const run = await runs.change(runId, {
      status,
      endedAt: clock.now().toISOString(),
      counts: addCounts(vaultRuns.flatMap(({ counts }) => counts ?? [])),
      total: vaultRuns.reduce((sum, { total }) => sum + (total ?? 0), 0),
      warnings: [...new Set(vaultRuns.flatMap(({ warnings }) => warnings))],
    });
    const ended = run !== undefined && hasEnded(run.status) ? run.status : status;
    log(levelOf(ended), 'estate_run_ended', { runId, correlationId, status: ended });
    return { status: ended };
  };
}
