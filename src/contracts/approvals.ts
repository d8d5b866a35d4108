import { z } from 'zod';
import { signedRecordSchema } from './records';
import { FORMAT } from './snapshots';

export const RECIPIENT_REVOCATION = 'recipient-revocation';

/**
 * The signed payload of an approval, by which a person lets snapshots be sealed to a version of a key-encryption key. It lies in the ledger, and is worth nothing
 * there by itself: see src/crypto/approvals.ts.
 */
export const approvalSchema = z.object({
  format: z.literal(FORMAT),
  type: z.literal('approval'),
  /** Versionless id of the key-encryption key, as RECIPIENTS has it. */
  kek: z.string().min(1),
  kid: z.string().min(1),
  thumbprint: z.string().min(1),
  /** How many revocations of this version the archive had then. Each later one ends this approval, whatever the clocks say. */
  revocations: z.number().int().nonnegative(),
  at: z.iso.datetime(),
  /** Object id of the person. */
  by: z.string().min(1),
});
export type Approval = z.infer<typeof approvalSchema>;

/** The record in the archive by which an approval is taken back, where nobody can take that away (docs/format.md, section 7). */
export const revocationSchema = signedRecordSchema.extend({
  record: z.literal(RECIPIENT_REVOCATION),
  kek: z.string().min(1),
  thumbprint: z.string().min(1),
  by: z.string().min(1),
});
