import { z } from 'zod';
import {
  type ObjectAttributes,
  type ObjectKind,
  type ObjectOutcome,
  type ObjectVersion,
  tierSchema,
  type Tier,
} from './objects';

/** The archive format that this app writes, and the only one that it reads (docs/format.md). */
export const FORMAT = 1;

/** A snapshot's id and where it lies. `folder` ends without a slash. */
export interface SnapshotPlace {
  snapshot: string;
  tier: Tier;
  folder: string;
}

/** Plaintext of an item blob (docs/format.md, section 4). `backup` is base64url. */
export interface ItemPayload {
  format: typeof FORMAT;
  type: 'item';
  snapshot: string;
  vault: string;
  kind: ObjectKind;
  name: string;
  payload: 'native';
  takenAt: string;
  versions: ObjectVersion[];
  backup: string;
}

/** One entry of the index (docs/format.md, section 5). */
export interface IndexEntry {
  kind: ObjectKind;
  name: string;
  outcome: ObjectOutcome;
  code?: string;
  attributes: ObjectAttributes;
  versions: Omit<ObjectVersion, 'contentType' | 'tags'>[];
  payloads: { payload: 'native'; blob: string }[];
}

/** Plaintext of the index blob. */
export interface IndexPayload {
  format: typeof FORMAT;
  type: 'index';
  snapshot: string;
  vault: string;
  tier: Tier;
  objects: IndexEntry[];
}

const count = z.number().int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const snapshotIdSchema = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{12}$/);

const snapshotCountsSchema = z.object({
  objects: count,
  stored: count,
  managed: count,
  absent: count,
  failed: count,
  byKind: z.object({ secret: count, key: count, certificate: count }),
  byCode: z.record(z.string(), count),
});
/** How many objects a snapshot has, by outcome, kind and code. */
export type SnapshotCounts = z.infer<typeof snapshotCountsSchema>;

export const recipientRefSchema = z.object({ thumbprint: z.string().min(1), kid: z.string().min(1).optional() });
/** A recipient by the thumbprint of its public key; `kid` is the versioned key id of one that lives in a vault. */
export type RecipientRef = z.infer<typeof recipientRefSchema>;

const signingKeyRefSchema = z.object({ kid: z.string().min(1), thumbprint: z.string().min(1) });
/** The signing key: versioned key id and thumbprint. */
export type SigningKeyRef = z.infer<typeof signingKeyRefSchema>;

const blobRefSchema = z.object({ blob: z.string().min(1), digest, bytes: count });

/** The signed payload of `manifest.jws` (docs/format.md, section 6). Unknown members are ignored. */
export const manifestSchema = z.object({
  format: z.literal(FORMAT),
  type: z.literal('manifest'),
  snapshot: snapshotIdSchema,
  tier: tierSchema,
  vault: z.string().min(1),
  subscriptionId: z.string(),
  geography: z.string(),
  tenantId: z.string().optional(),
  sequence: z.number().int().positive(),
  previous: z.object({ snapshot: snapshotIdSchema, digest }).nullable(),
  otherTier: z
    .object({ tier: tierSchema, snapshot: snapshotIdSchema, sequence: z.number().int().positive(), digest })
    .nullable(),
  scheduledFor: time.nullable(),
  startedAt: time,
  closedAt: time,
  nextDue: time,
  retainUntil: time,
  outcome: z.enum(['complete', 'partial']),
  counts: snapshotCountsSchema,
  recipients: z.array(recipientRefSchema).min(1),
  dataKeys: z.array(z.object({ id: z.string(), blob: z.string() })),
  index: z.string(),
  blobs: z.array(blobRefSchema),
  signingKey: signingKeyRefSchema,
  producer: z.object({ name: z.string(), version: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;
