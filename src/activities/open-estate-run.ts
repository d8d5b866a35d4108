import { type ActivityInput } from '../contracts/activities';
import { type Tier } from '../contracts/objects';
import { hasEnded } from '../contracts/runs';
import { backupTargetOf } from '../domain/plans';
import { type BackupTarget } from '../domain/run-records';
import { type RunLedger } from '../ledger/port';
import { type ProtectedVaults } from '../operations/protected-vaults';
import { createRunRecords } from '../operations/run-records';
import { type ActivityHandler } from './handler';

interface Deps {
  runs: RunLedger;
  vaults: ProtectedVaults;
  schedules: Record<Tier, string>;
}

/**
 * Creates the records of a scheduled estate run and of its vaults' runs, with what each is of and takes by the plans of now. May run twice: a record
 * that is there already is left as it is. That is so for a manual run, whose records were made before it was started, and for a doubled timer, whose
 * run may have ended already.
 */
export function createOpenEstateRun({ runs, vaults, schedules }: Deps): ActivityHandler<'openEstateRun'> {
  return async (input) => {
    if ((await runs.get(input.runId)) === undefined) {
      await createRunRecords(runs, input, await targetsOf(input, vaults, schedules));
    }
    const estate = await runs.get(input.runId);
    if (estate !== undefined && hasEnded(estate.status)) return { proceed: false };
    await runs.change(input.runId, { status: 'running', startedAt: estate?.startedAt ?? input.requestedAt });
    return { proceed: true };
  };
}

async function targetsOf(
  { runs, tier }: ActivityInput<'openEstateRun'>,
  vaults: ProtectedVaults,
  schedules: Record<Tier, string>,
): Promise<Map<string, BackupTarget>> {
  const wanted = new Set(runs.map(({ vault }) => vault));
  const found = (await vaults.all()).filter(({ vault }) => wanted.has(vault.shortName));
  return new Map(found.map((planned) => [planned.vault.shortName, backupTargetOf(planned, tier, schedules, null)]));
}
