import { type RunRecord } from '../contracts/runs';
import { type EstateRequest } from '../domain/run-records';
import { type AuditTrail } from '../ledger/port';
import { type Asker, audited } from './audited';
import { cancelRun } from './cancel-run';
import { type BackupRequest, startManualBackup } from './start-backup';

type StartDeps = Parameters<typeof startManualBackup>[0] & { audit: AuditTrail };

/** {@link startManualBackup}, audited as `backup.start`. */
export function askForBackup(deps: StartDeps, asker: Asker, request: BackupRequest): Promise<EstateRequest> {
  const { vaults, tier, select } = request;
  const details = { tier, ...(select === undefined ? {} : { selections: select.length }) };
  const change = { action: 'backup.start', subject: subjectOf(vaults), details };
  return audited(
    deps,
    asker,
    change,
    () => startManualBackup(deps, asker, { ...request, correlationId: asker.correlationId }),
    ({ runId, runs }) => ({ runId, vaults: runs.length }),
  );
}

/** {@link cancelRun}, audited as `run.cancel`. */
export function askForCancel(
  deps: Parameters<typeof cancelRun>[0] & { audit: AuditTrail },
  asker: Asker,
  id: string,
): Promise<RunRecord> {
  return audited(deps, asker, { action: 'run.cancel', subject: id }, () => cancelRun(deps, id));
}

/** What a caller named, as far as it can be the short name of a vault or its URL; anything else is not repeated. */
function subjectOf(vaults: readonly string[] | undefined): string {
  if (vaults === undefined) return 'estate';
  const names = vaults.map(
    (name) => /^(?:https:\/\/)?([0-9a-z-]{3,24})(?:\.vault\.[a-z.]+\/?)?$/i.exec(name)?.[1]?.toLowerCase() ?? 'unknown',
  );
  return names.slice(0, 20).join(',');
}
