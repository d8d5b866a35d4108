import { hasEnded } from '../contracts/runs';
import { type RunLedger } from '../ledger/port';
import { createRunRecords } from '../operations/run-records';
import { type ActivityHandler } from './handler';

/**
 * Creates the records of an estate run and of its vaults' runs. May run twice: a record that is there already is left as it is. That is so
 * for a manual run, whose records were made before it was started, and for a doubled timer, whose run may have ended already.
 */
export function createOpenEstateRun({ runs }: { runs: RunLedger }): ActivityHandler<'openEstateRun'> {
  return async (input) => {
    await createRunRecords(runs, input);
    const estate = await runs.get(input.runId);
    if (estate !== undefined && hasEnded(estate.status)) return { proceed: false };
    await runs.change(input.runId, { status: 'running', startedAt: estate?.startedAt ?? input.requestedAt });
    return { proceed: true };
  };
}
