import { z } from 'zod';
import { signedRecordSchema } from './records';
import { snapshotLinkSchema } from './snapshots';

// The kinds of signed records that speak of snapshots (docs/format.md, section 7). Unknown members are ignored.

const prunedSnapshotSchema = z.object({
  ...snapshotLinkSchema.required().shape,
  sequence: z.number().int().positive(),
  previous: snapshotLinkSchema.nullable(),
});
/** What is left of a snapshot that was pruned. */
export type PrunedSnapshot = z.infer<typeof prunedSnapshotSchema>;

/** Snapshots that were deleted because their time was over. Signed by the prune key. */
export const pruneRecordSchema = signedRecordSchema.extend({
  record: z.literal('prune'),
  snapshots: z.array(prunedSnapshotSchema).min(1),
});
export type PruneRecord = z.infer<typeof pruneRecordSchema>;

/** A snapshot is set aside, or no longer. Signed by the signing key. */
export const exclusionRecordSchema = signedRecordSchema.extend({
  record: z.enum(['exclude', 'include']),
  ...snapshotLinkSchema.pick({ snapshot: true, digest: true }).shape,
  /** Text of the person who decided it. */
  reason: z.string(),
});
export type ExclusionRecord = z.infer<typeof exclusionRecordSchema>;
