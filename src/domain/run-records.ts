import { type ProtectedVault, type Tier } from '../contracts/objects';
import { type RunRecord } from '../contracts/runs';
import { type BackupScope } from '../contracts/scopes';

/** What is known of an estate run when it is asked for. */
export interface EstateRequest {
  runId: string;
  correlationId: string;
  tier: Tier;
  trigger: 'schedule' | 'manual';
  scheduledFor: string | null;
  requestedAt: string;
  runs: { vault: string; runId: string }[];
}

/** The record of an estate run that has not begun yet. */
export function newEstateRun(request: EstateRequest): RunRecord {
  const { runId, tier, trigger, scheduledFor, requestedAt, runs, correlationId } = request;
  return {
    id: runId,
    kind: 'estate',
    vault: null,
    tier,
    trigger,
    status: 'pending',
    code: null,
    warnings: [],
    scheduledFor,
    createdAt: requestedAt,
    startedAt: null,
    endedAt: null,
    cancelRequestedAt: null,
    estateRun: null,
    runs,
    source: null,
    schedule: null,
    scope: null,
    inventory: null,
    total: null,
    counts: null,
    snapshotStored: false,
    correlationId,
  };
}

/** What a backup is of and takes: of a vault's run, the facts that stay as they are while it goes on. */
export interface BackupTarget {
  source: ProtectedVault;
  schedule: string;
  scope: BackupScope;
}

/**
 * The records of the vaults' runs that belong to an estate run, none of which has begun yet. `targets` by short name; a vault that has none is no
 * longer protected, and its run fails.
 */
export function newBackupRuns(estate: RunRecord, targets: ReadonlyMap<string, BackupTarget>): RunRecord[] {
  return estate.runs.map(({ vault, runId }) => ({
    ...estate,
    id: runId,
    kind: 'backup',
    vault,
    estateRun: estate.id,
    runs: [],
    ...targets.get(vault),
  }));
}
