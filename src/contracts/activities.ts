import { z } from 'zod';
import { type ErrorCode } from './error-codes';
import { alertIdSchema } from './alerts';
import { houseIdSchema, houseParts, houseResultSchema } from './housekeeping';
import { type Tier, tierSchema } from './objects';
import { pruneCountsSchema } from './pruning';
import { endedStatuses, runIdSchema } from './runs';
import { recipientRefSchema, type RecipientRef, type SigningKeyRef } from './snapshots';

// Everything here crosses the durable history, which is stored in clear: identifiers, enumerations, numbers and times only. No values,
// no backup blobs, no free text. Payloads are objects of JSON primitives.

/** Why an activity could not do its work. `retryable`: the same call may succeed later by itself. */
interface Failure {
  ok: false;
  code: ErrorCode;
  retryable: boolean;
}

/** Activities return outcomes and do not throw: a thrown text would end up in the history, and H1 of the durable SDK with it. */
export type Outcome<T extends object> = ({ ok: true } & T) | Failure;

/**
 * A time. The extension parses what looks like a time and writes it again its own way (`…:00Z` for `…:00.000Z`), so it is brought back into the
 * one form that records and manifests use.
 */
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const runRef = z.object({ runId: runIdSchema, correlationId: z.string() });
const vaultRun = runRef.extend({ vault: z.string(), tier: tierSchema });
/** `asOf`: when the run was asked for; nothing goes whose time was not over by then. */
const vaultPrune = vaultRun.extend({ asOf: time });
const house = z.object({ houseId: houseIdSchema, correlationId: z.string(), asOf: time });
const inventoryRange = z.object({
  inventory: z.string(),
  first: z.number().int().nonnegative(),
  end: z.number().int().positive(),
});
const recipients = z.array(recipientRefSchema).min(1);
const signingKey = z.object({ kid: z.string(), thumbprint: z.string() });
const vaultRuns = z.array(z.object({ vault: z.string(), runId: runIdSchema }));

/** Input schemas of all activities, by name. */
export const activityInputs = {
  /** Creates the records of an estate run and of its vaults' runs. */
  openEstateRun: runRef.extend({
    tier: tierSchema,
    trigger: z.enum(['schedule', 'manual']),
    scheduledFor: time.nullable(),
    requestedAt: time,
    runs: vaultRuns,
  }),
  /** Takes the vault and tier for a run, or says that another run holds them. */
  claimVault: vaultRun,
  /** Resolves and proves recipients, signing key and archive, before any vault is read. */
  prepareSealing: vaultRun,
  /** Lists the vault into the ledger. */
  takeInventory: vaultRun,
  /** Backs up a batch of the inventory. */
  backUpObjects: vaultRun.extend({ ...inventoryRange.shape, recipients }),
  /** Stores index and manifest. */
  closeSnapshot: vaultRun.extend({
    inventory: z.string(),
    total: z.number().int().nonnegative(),
    recipients,
    signingKey,
    scheduledFor: time.nullable(),
    startedAt: time,
  }),
  /** Ends the run of a vault and gives its claim back. */
  finishRun: vaultRun.extend({ status: z.enum(endedStatuses), code: z.string().nullable() }),
  /** Creates the record of a prune run, and looks whose snapshots the archive holds. */
  openPruneRun: runRef.extend({
    trigger: z.enum(['schedule', 'manual']),
    scheduledFor: time.nullable(),
    requestedAt: time,
    dryRun: z.boolean(),
  }),
  /** Decides on the snapshots of a vault and tier. */
  decidePruning: vaultPrune,
  /** Decides again, records, and deletes the manifests of what is to go. */
  dropSnapshots: vaultPrune,
  /** Deletes blobs that nothing names any more, after the path `after`. */
  dropLeftovers: vaultPrune.extend({ after: z.string() }),
  /** Ends a prune run. */
  finishPruneRun: runRef.extend({
    status: z.enum(endedStatuses),
    code: z.string().nullable(),
    dryRun: z.boolean(),
    counts: pruneCountsSchema,
  }),
  /** Ends an estate run with the sum of its vaults. */
  finishEstateRun: runRef.extend({ status: z.enum(endedStatuses) }),
  /** Tries once to send the alert's next message. */
  sendAlert: z.object({ alertId: alertIdSchema }),
  /** Removes a portion of what has had its time, after the place `after`. */
  clearAway: house.extend({ part: z.enum(houseParts), after: z.string().regex(/^[0-9A-Za-z.-]{0,140}$/) }),
  /** Tells how a housekeeping ended. */
  finishHousekeeping: house.extend({ results: z.array(houseResultSchema) }),
} as const;

export type ActivityName = keyof typeof activityInputs;
export type ActivityInput<N extends ActivityName> = z.infer<(typeof activityInputs)[N]>;

/** What each activity returns when it did its work. */
export interface ActivityResults {
  /** `proceed` is false if the run has ended before: a doubled timer. */
  openEstateRun: { proceed: boolean };
  /** `ended`: this run has ended before. `busy`: wait and ask again. `cancelled`: somebody asked for it meanwhile. */
  claimVault: { state: 'claimed' | 'busy' | 'ended' | 'cancelled'; status: (typeof endedStatuses)[number] | null };
  prepareSealing: { recipients: RecipientRef[]; signingKey: SigningKeyRef };
  takeInventory: { inventory: string; total: number };
  /** `cancelled`: nothing was done, because somebody asked for the run to end. */
  backUpObjects: { cancelled: boolean; failed: number };
  closeSnapshot: { sequence: number; digest: string; outcome: 'complete' | 'partial' };
  finishRun: { status: (typeof endedStatuses)[number] };
  finishEstateRun: { status: (typeof endedStatuses)[number] };
  /** `unattributed`: things in the archive that belong to no vault. */
  openPruneRun: { proceed: boolean; targets: { vault: string; tier: Tier }[]; unattributed: number };
  /** In all of them `cancelled`: nothing was done, because somebody asked for the run to end. */
  decidePruning: { cancelled: boolean; drop: number; keep: number; damaged: number; unattributed: number };
  dropSnapshots: { cancelled: boolean; retained: number };
  /** `next`: go on after this path; `null` at the end. */
  dropLeftovers: { cancelled: boolean; orphans: number; retained: number; next: string | null };
  finishPruneRun: { status: (typeof endedStatuses)[number] };
  /** Seconds until the next try; 0: at once, another message waits; `null`: all messages are done. */
  sendAlert: { pauseSeconds: number | null };
  /** `next`: go on after this place; `null` at the end. */
  clearAway: { removed: number; next: string | null };
  finishHousekeeping: { failed: number };
}
