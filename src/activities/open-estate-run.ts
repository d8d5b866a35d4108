import { type RunLedger } from '../ledger/port';
import { hasEnded } from '../contracts/runs';
import { newBackupRuns, newEstateRun } from '../domain/run-records';
import { type ActivityHandler } from './handler';

/**
 * Creates the records of an estate run and of its vaults' runs. May run twice: a record that is there already is left as it is. That is so
 * for a manual run, whose records were made before it was started, and for a doubled timer, whose run may have ended already.
 */
export function createOpenEstateRun({ runs }: { runs: RunLedger }): ActivityHandler<'openEstateRun'> {
  return async (input) => {
    const estate = newEstateRun(input);
    for (const child of newBackupRuns(estate)) await runs.create(child);
    if (await runs.create(estate)) {
      await runs.change(estate.id, { status: 'running', startedAt: estate.createdAt });
      return { proceed: true };
    }
    const known = await runs.get(estate.id);
    if (known !== undefined && hasEnded(known.status)) return { proceed: false };
    await runs.change(estate.id, { status: 'running', startedAt: known?.startedAt ?? estate.createdAt });
    return { proceed: true };
  };
}
