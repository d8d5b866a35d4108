import { z } from 'zod';
import { type ProtectedVault, type Tier } from './objects';
import { type PruneCounts } from './pruning';
import { type BackupScope } from './scopes';
import { type SnapshotCounts } from './snapshots';

/** `estate` starts one `backup` run per vault and sums them up. `prune` goes over the whole archive. */
export const runKinds = ['estate', 'backup', 'prune'] as const;
export type RunKind = (typeof runKinds)[number];

/**
 * `partial`: a snapshot was stored, and some objects failed (of an estate: some vault did not succeed). `failed`: there is no snapshot.
 * `waiting`: another run of this vault and tier is under way, and this one follows it.
 */
export const runStatuses = ['pending', 'waiting', 'running', 'succeeded', 'partial', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** Statuses that never change again. */
export const endedStatuses = ['succeeded', 'partial', 'failed', 'cancelled'] as const satisfies readonly RunStatus[];
export type EndedStatus = (typeof endedStatuses)[number];

export function hasEnded(status: RunStatus): status is EndedStatus {
  return (endedStatuses as readonly RunStatus[]).includes(status);
}

export const runIdSchema = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{12}$/);

/** The record of one run, as the ledger keeps it. Times are ISO 8601 in UTC. */
export interface RunRecord {
  /** `YYYYMMDDTHHMMSSZ-<12 hex>`; of a vault's backup also the snapshot's id. */
  id: string;
  kind: RunKind;
  /** Short name; `null` for an estate run and a prune run. */
  vault: string | null;
  /** `null` for a prune run, which goes over both. */
  tier: Tier | null;
  trigger: 'schedule' | 'manual';
  status: RunStatus;
  /** Why it failed or is waiting: a stable code (src/errors.ts). */
  code: string | null;
  /** Codes of what a person should look at although the run went on. */
  warnings: string[];
  /** The schedule's occurrence that this run serves; `null` for a manual run. */
  scheduledFor: string | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  cancelRequestedAt: string | null;
  /** The estate run that this backup belongs to; `null` for an estate run. */
  estateRun: string | null;
  /** The backups of an estate run; empty for a backup. */
  runs: { vault: string; runId: string }[];
  /** The vault of a backup as it was when the run was asked for; `null` for an estate run, and if it was no longer protected when its turn came. */
  source: ProtectedVault | null;
  /** The schedule by which the vault's next backup in this tier is due (NCRONTAB); `null` where `source` is. */
  schedule: string | null;
  /** What the backup takes; `null` where `source` is. */
  scope: BackupScope | null;
  /** Partition of the run's rows in the ledger's objects; `null` until the inventory is complete. */
  inventory: string | null;
  /** Number of objects to handle; `null` until the inventory is complete. */
  total: number | null;
  /** Final counts; `null` while the run goes on, and for an estate run. */
  counts: SnapshotCounts | null;
  /** Whether the manifest is stored, so that the snapshot exists. */
  snapshotStored: boolean;
  /** Of a prune run alone: whether it only says what it would do, and its sums, `null` until it has ended. */
  prune?: { dryRun: boolean; counts: PruneCounts | null };
  correlationId: string;
}
