import { z } from 'zod';
import { tierSchema } from './objects';
import { FORMAT, snapshotLinkSchema } from './snapshots';

// What is said about snapshots after they were stored (docs/format.md, section 7). Unknown members are ignored.

const common = {
  format: z.literal(FORMAT),
  type: z.literal('record'),
  /** URL of the vault. */
  vault: z.string().min(1),
  tier: tierSchema,
  /** When it was made; the record's name carries the same time. */
  at: z.iso.datetime({ precision: 3 }),
  producer: z.object({ name: z.string(), version: z.string() }),
};

const prunedSnapshotSchema = z.object({
  ...snapshotLinkSchema.required().shape,
  sequence: z.number().int().positive(),
  previous: snapshotLinkSchema.nullable(),
});
/** What is left of a snapshot that was pruned. */
export type PrunedSnapshot = z.infer<typeof prunedSnapshotSchema>;

/** Snapshots that were deleted because their time was over. Signed by the prune key. */
export const pruneRecordSchema = z.object({
  ...common,
  record: z.literal('prune'),
  snapshots: z.array(prunedSnapshotSchema).min(1),
});
export type PruneRecord = z.infer<typeof pruneRecordSchema>;

/** A snapshot is set aside, or no longer. Signed by the signing key. */
export const exclusionRecordSchema = z.object({
  ...common,
  record: z.enum(['exclude', 'include']),
  ...snapshotLinkSchema.pick({ snapshot: true, digest: true }).shape,
  /** Text of the person who decided it. */
  reason: z.string(),
});
export type ExclusionRecord = z.infer<typeof exclusionRecordSchema>;
