import { type RunRecord } from '../contracts/runs';
import { type BackupTarget } from '../domain/run-records';
import { StrongroomError } from '../errors';
import { type RunLedger } from '../ledger/port';

/**
 * What a run is of and takes, as it was fixed when its record was made: a plan that is changed meanwhile changes nothing halfway. Throws
 * `unknown_vault` if the vault was no longer protected when the run's turn came.
 */
export async function readTarget(runs: RunLedger, runId: string): Promise<BackupTarget> {
  return targetOf(await runs.get(runId));
}

/** As {@link readTarget}, of a record that was read already. */
export function targetOf(run: RunRecord | undefined): BackupTarget {
  if (run?.source == null || run.schedule === null || run.scope === null) {
    throw new StrongroomError(
      'unknown_vault',
      'This vault is not protected any more: neither a plan nor PROTECTED_VAULTS names it.',
    );
  }
  return { source: run.source, schedule: run.schedule, scope: run.scope };
}
