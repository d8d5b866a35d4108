import { z } from 'zod';
import { type Caller, type Role } from './callers';
import {
  objectKindSchema,
  objectOutcomes,
  tierSchema,
  type ObjectKind,
  type ObjectNote,
  type ObjectOutcome,
  type Tier,
} from './objects';
import { globSchema } from './plans';
import { type PruneDecision, pruneReasons } from './pruning';
import { runKinds, type RunRecord, runStatuses } from './runs';
import { type PayloadKind } from './scopes';
import { type SnapshotCounts } from './snapshots';

// What the HTTP API takes and gives. The command line and the docs use the same types.

/**
 * Body of `POST /api/backups`. Vaults by short name or URL; none given means all. `select`: names or globs of the objects to take, of exactly one
 * vault.
 */
export const startBackupSchema = z
  .strictObject({
    vaults: z.array(z.string().min(1).max(200)).min(1).max(1000).optional(),
    tier: tierSchema.default('daily'),
    select: z.array(globSchema).min(1).max(500).optional(),
  })
  .refine(({ vaults, select }) => select === undefined || vaults?.length === 1, {
    path: ['select'],
    error: 'needs exactly one vault in `vaults`',
  });

/** Body of `POST /api/prune`. */
export const startPruneSchema = z.strictObject({ dryRun: z.boolean().default(false) });

/** Body of `POST /api/snapshots/{id}/exclude` and `include`. */
export const exclusionSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) });

const limit = z.coerce.number().int().min(1).max(200).default(25);
const continuation = z.string().min(1).max(2000).optional();

export const listRunsSchema = z.strictObject({
  vault: z.string().max(200).optional(),
  tier: tierSchema.optional(),
  kind: z.enum(runKinds).optional(),
  status: z.enum(runStatuses).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  limit,
  continuation,
});
export const listObjectsSchema = z.strictObject({
  kind: objectKindSchema.optional(),
  outcome: z.enum(objectOutcomes).optional(),
  code: z.string().max(60).optional(),
  limit,
  continuation,
});
export const listSnapshotsSchema = z.strictObject({
  vault: z.string().max(200).optional(),
  tier: tierSchema.optional(),
  good: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  limit,
  continuation,
});

export const listDecisionsSchema = z.strictObject({
  vault: z.string().max(200).optional(),
  tier: tierSchema.optional(),
  decision: z.enum(['keep', 'drop']).optional(),
  reason: z.enum(pruneReasons).optional(),
  limit,
  continuation,
});

/** Answer of `POST /api/prune` (202, `Location` names the run). */
export interface StartedPrune {
  runId: string;
  dryRun: boolean;
}

export interface DecisionList {
  decisions: PruneDecision[];
  continuation: string | null;
}

/** Answer of `POST /api/backups` (202, `Location` names the estate's run). */
export interface StartedBackup {
  runId: string;
  tier: Tier;
  runs: { vault: string; runId: string }[];
}

/** A run as the API shows it: its record, with how far it is. */
export interface RunView extends Omit<
  RunRecord,
  'source' | 'schedule' | 'scope' | 'inventory' | 'total' | 'counts' | 'snapshotStored'
> {
  /** `total` is `null` until the inventory is complete. */
  progress: { done: number; total: number | null };
  /** By outcome, kind and code; so far, while the run goes on. */
  counts: SnapshotCounts;
  /** Id of the stored snapshot; `null` as long as there is none. */
  snapshot: string | null;
}

export interface RunList {
  runs: RunView[];
  continuation: string | null;
}

/** One object of a run. `outcome` is `null` until its turn has come. */
export interface ObjectView {
  kind: ObjectKind;
  name: string;
  outcome: ObjectOutcome | null;
  code: string | null;
  versions: number;
  /** What to know of it although it is stored, such as `unreadable_disabled`. */
  notes: ObjectNote[];
  /** The stored items. A failed object may have some. */
  payloads: { payload: PayloadKind; blob: string; bytes: number }[];
  /** The first of the items; `null` if there is none. */
  blob: string | null;
  /** Of all items together; `null` if there is none. */
  bytes: number | null;
}

export interface ObjectList {
  objects: ObjectView[];
  continuation: string | null;
}

/** A snapshot as the API shows it, from its signed manifest. */
export interface SnapshotView {
  id: string;
  vault: string;
  vaultUrl: string;
  tier: Tier;
  outcome: 'complete' | 'partial';
  /** Whether it counts as a good one of its vault and tier: complete, and not a mere choice of objects. */
  good: boolean;
  /** The kinds that it was to hold, and whether somebody chose objects by name. */
  scope: { kinds: ObjectKind[]; selected: boolean };
  sequence: number;
  counts: SnapshotCounts;
  scheduledFor: string | null;
  startedAt: string;
  closedAt: string;
  nextDue: string;
  retainUntil: string;
  /** Since when and why it is set aside; `null` if it is not. */
  excluded: { at: string; reason: string } | null;
  /** SHA-256 of `manifest.jws`, hex: the head to compare with. */
  digest: string;
  previous: { snapshot: string; digest: string; retainUntil?: string | undefined } | null;
  blobs: number;
  bytes: number;
  recipients: { thumbprint: string; kid?: string | undefined }[];
  signingKey: { kid: string; thumbprint: string };
  producer: { name: string; version: string };
}

export interface SnapshotList {
  snapshots: SnapshotView[];
  continuation: string | null;
}

/** Answer of `GET /api/me`: who the caller is, by its token. */
export type CallerView = Caller;

/** Every error answer (`application/problem+json`, RFC 9457). `code` is stable. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  correlationId: string;
  /** With `run_in_progress`: the run that stands in the way. */
  runId?: string;
  /** With `role_missing`: the roles of which one would do. */
  roles?: readonly Role[];
  /** With `invalid_request`: where, and what is wrong there. */
  errors?: readonly { path: string; message: string }[];
}
