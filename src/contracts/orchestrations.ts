import { type Outcome } from './activities';
import { type HousePart } from './housekeeping';
import { type Tier } from './objects';
import { type PruneCounts } from './pruning';
import { type EndedStatus } from './runs';
import { type RecipientRef } from './snapshots';

/** How much an orchestration hands out at a time. From the settings, fixed for a run when it starts. */
export interface Tuning {
  batchSize: number;
  pageSize: number;
}

interface RunInput {
  runId: string;
  correlationId: string;
  tier: Tier;
}

/** Inputs of all orchestrations, by name. They cross the durable history: see src/contracts/activities.ts. */
export interface OrchestrationInputs {
  /** A backup of several vaults. `requestedAt` and `scheduledFor` are ISO 8601. */
  backUpEstate: RunInput & {
    trigger: 'schedule' | 'manual';
    scheduledFor: string | null;
    requestedAt: string;
    runs: { vault: string; runId: string }[];
    tuning: Tuning;
  };
  /** The backup of one vault: one snapshot. */
  backUpVault: RunInput & { vault: string; scheduledFor: string | null; tuning: Tuning };
  /** Rows `first <= ordinal < end` of an inventory. */
  backUpPage: RunInput & {
    vault: string;
    inventory: string;
    first: number;
    end: number;
    recipients: RecipientRef[];
    batchSize: number;
  };
  /** The delivery of an alert's messages. Where to, and by which secret, never gets here. */
  deliverAlert: { alertId: string };
  /** Prunes the archive. */
  pruneArchive: Omit<RunInput, 'tier'> & {
    trigger: 'schedule' | 'manual';
    scheduledFor: string | null;
    requestedAt: string;
    dryRun: boolean;
  };
  /** Prunes the snapshots of one vault and tier. */
  pruneVault: RunInput & { vault: string; asOf: string; dryRun: boolean };
  /** Removes what has had its time at `asOf` (ISO 8601). */
  keepHouse: { houseId: string; correlationId: string; asOf: string; parts: HousePart[] };
}
export type OrchestrationName = keyof OrchestrationInputs;

/** What each orchestration returns. */
export interface OrchestrationResults {
  backUpEstate: { status: EndedStatus };
  backUpVault: { status: EndedStatus };
  backUpPage: Outcome<{ cancelled: boolean }>;
  pruneArchive: { status: EndedStatus };
  pruneVault: Outcome<{ counts: PruneCounts }>;
  deliverAlert: Outcome<object>;
  keepHouse: Outcome<{ failed: number }>;
}
