import { type Clock } from '../clock';
import { hasEnded, type RunRecord } from '../contracts/runs';
import { StrongroomError } from '../errors';
import { type RunLedger } from '../ledger/port';

/**
 * Asks a run to end; of an estate run, all its vaults' runs. Each ends before its next batch, at the latest before its manifest is signed, without a
 * snapshot, as `cancelled`; one whose manifest is stored has done its work. Throws `run_not_found`, or `run_ended` if there is nothing left to cancel. May run twice.
 */
export async function cancelRun({ runs, clock }: { runs: RunLedger; clock: Clock }, id: string): Promise<RunRecord> {
  const cancelRequestedAt = clock.now().toISOString();
  const run = await runs.get(id);
  if (run === undefined) throw runNotFound();
  if (hasEnded(run.status)) throw new StrongroomError('run_ended', `This run has ended already: ${run.status}.`);
  if (run.cancelRequestedAt !== null) return run;
  for (const child of run.runs) await runs.change(child.runId, { cancelRequestedAt });
  return (await runs.change(id, { cancelRequestedAt })) ?? run;
}

export function runNotFound(): StrongroomError {
  return new StrongroomError('run_not_found', 'There is no run with this id. `strongroom runs list` shows the runs.');
}
