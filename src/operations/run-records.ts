import { type BackupTarget, type EstateRequest, newBackupRuns, newEstateRun } from '../domain/run-records';
import { type RunLedger } from '../ledger/port';

/**
 * Creates the records of an estate run and of its vaults' runs, the estate's last, so that whoever finds it finds all. May run twice: a record
 * that is there already is left as it is.
 */
export async function createRunRecords(
  runs: RunLedger,
  request: EstateRequest,
  targets: ReadonlyMap<string, BackupTarget>,
): Promise<void> {
  const estate = newEstateRun(request);
  await Promise.all(newBackupRuns(estate, targets).map((run) => runs.create(run)));
  await runs.create(estate);
}
