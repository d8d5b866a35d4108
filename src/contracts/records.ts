import { z } from 'zod';
import { type Tier, tierSchema } from './objects';
import { FORMAT } from './snapshots';

/**
 * The signed payload of a record beside the snapshots (docs/format.md, section 7). Each kind has further members and a schema of its own that extends
 * this one.
 */
export const signedRecordSchema = z.looseObject({
  format: z.literal(FORMAT),
  type: z.literal('record'),
  /** The kind, such as `key-succession`. */
  record: z.string().regex(/^[a-z][a-z-]{0,39}$/),
  /** URL of the vault in whose folder the record lies. */
  vault: z.string().min(1),
  tier: tierSchema,
  /** When it was made, to the millisecond; its path repeats it. */
  at: z.iso.datetime({ precision: 3 }),
});
export type SignedRecord = z.infer<typeof signedRecordSchema>;

/** Where a record lies: `records/<vault short name>/<time>-<kind>.jws` in the container of its tier. */
export interface RecordPlace {
  tier: Tier;
  shortName: string;
  path: string;
}
