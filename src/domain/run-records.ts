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

/** What is known of a prune run when it is asked for. */
export interface PruneRequest {
  runId: string;
  correlationId: string;
  trigger: 'schedule' | 'manual';
  scheduledFor: string | null;
  requestedAt: string;
  dryRun: boolean;
}

/** The record of a prune run that has not begun yet. */
export function newPruneRun({ dryRun, ...request }: PruneRequest): RunRecord {
  const { runId, trigger, scheduledFor, requestedAt, correlationId } = request;
  return {
    ...{ id: runId, kind: 'prune', vault: null, tier: null, trigger, status: 'pending', code: null, warnings: [] },
    ...{ scheduledFor, createdAt: requestedAt, startedAt: null, endedAt: null, cancelRequestedAt: null },
    ...{
      estateRun: null,
      runs: [],
      source: null,
      schedule: null,
      scope: null,
      inventory: null,
      total: null,
      counts: null,
      snapshotStored: false,
    },
    prune: { dryRun, counts: null },
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
