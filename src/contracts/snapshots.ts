import { z } from 'zod';
import { type VaultConfiguration } from './configuration';
import {
  objectKinds,
  objectKindSchema,
  type BlobRef,
  type IndexedVersion,
  type ObjectAttributes,
  type ObjectKind,
  type ObjectNote,
  type ObjectOutcome,
  type ObjectVersion,
  tierSchema,
  type Tier,
} from './objects';
import { type PayloadKind } from './scopes';

/** The archive format that this app writes, and the only one that it reads (docs/format.md). */
export const FORMAT = 1;

/** A snapshot's id and where it lies. `folder` ends without a slash. */
export interface SnapshotPlace {
  snapshot: string;
  tier: Tier;
  folder: string;
}

/** What every item says of itself. */
export interface ItemHead {
  format: typeof FORMAT;
  type: 'item';
  snapshot: string;
  vault: string;
  kind: ObjectKind;
  name: string;
  takenAt: string;
}

/** When a key is rotated, as the vault's REST interface takes it. Durations are ISO 8601. */
export interface RotationPolicy {
  lifetimeActions: {
    trigger: { timeAfterCreate?: string; timeBeforeExpiry?: string };
    action: { type: string };
  }[];
  attributes: { expiryTime?: string };
}

/** The vault's own backup of an object; `backup` is base64url. */
export interface NativeItem extends ItemHead {
  payload: 'native';
  versions: ObjectVersion[];
  backup: string;
  rotationPolicy?: RotationPolicy;
}

/** A version with its value. `missing` says why the private half is not there. Secret. */
export interface PortableVersion extends ObjectVersion {
  value?: string;
  missing?: 'unreadable_disabled' | 'unexportable';
  /** Of a certificate: DER, base64url. */
  cer?: string;
  /** Of a certificate: SHA-1 of the DER, base64url. */
  x5t?: string;
}

/** The values of an object, or some of them: long histories come in several parts. Secret. */
export interface PortableItem extends ItemHead {
  payload: 'portable';
  part: number;
  versions: PortableVersion[];
  /** Of a certificate, in part 1: its policy as the vault's REST interface gives it, without `id`. */
  policy?: object;
}

/** Plaintext of an item blob (docs/format.md, section 4). */
export type ItemPayload = NativeItem | PortableItem;

/** Fingerprints of the values of versions, under a key that is derived from a data key of the snapshot (docs/format.md, section 5). */
interface Fingerprint {
  /** Id of the data key. */
  dataKey: string;
  /** HMAC-SHA-256 in base64url, by version. */
  versions: Record<string, string>;
}

/** What a backup found out about an object and keeps in the index; no values. */
export interface ObjectFacts {
  /** Newest first; empty if nothing is stored. */
  versions: IndexedVersion[];
  /** The stored items: the native one, then the parts of the portable one in order. A failed object may have some. */
  payloads: { payload: PayloadKind; ref: BlobRef }[];
  notes: ObjectNote[];
  /** Versions of the portable payload without a value, because they are disabled. */
  unreadable: number;
  /** Versions of the portable payload without the private key, because it cannot be exported. */
  unexportable: number;
  fingerprint: Fingerprint | null;
  rotationPolicy: RotationPolicy | null;
}

/** Of an object of which nothing is known or stored. */
export const NO_FACTS: ObjectFacts = {
  versions: [],
  payloads: [],
  notes: [],
  unreadable: 0,
  unexportable: 0,
  fingerprint: null,
  rotationPolicy: null,
};

/** One entry of the index (docs/format.md, section 5). */
export interface IndexEntry {
  kind: ObjectKind;
  name: string;
  outcome: ObjectOutcome;
  code?: string;
  attributes: ObjectAttributes;
  versions: IndexedVersion[];
  payloads: { payload: PayloadKind; blob: string }[];
  notes?: ObjectNote[];
  unreadable?: number;
  unexportable?: number;
  fingerprint?: Fingerprint;
  rotationPolicy?: RotationPolicy;
}

/** Plaintext of the index blob. */
export interface IndexPayload {
  format: typeof FORMAT;
  type: 'index';
  snapshot: string;
  vault: string;
  tier: Tier;
  objects: IndexEntry[];
  /** Snapshots of earlier versions have none. */
  configuration?: VaultConfiguration;
}

const count = z.number().int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const snapshotIdSchema = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{12}$/);

/**
 * A snapshot as another manifest or a record names it. Its `retainUntil` stands there so that it can still be checked when the snapshot is gone;
 * manifests of earlier versions lack it.
 */
export const snapshotLinkSchema = z.object({ snapshot: snapshotIdSchema, digest, retainUntil: time.optional() });

const snapshotCountsSchema = z.object({
  objects: count,
  stored: count,
  managed: count,
  absent: count,
  /** Manifests from before plans do not have it. */
  excluded: count.default(0),
  failed: count,
  byKind: z.object({ secret: count, key: count, certificate: count }),
  byCode: z.record(z.string(), count),
});
/** How many objects a snapshot has, by outcome, kind and code. */
export type SnapshotCounts = z.infer<typeof snapshotCountsSchema>;

export const recipientRefSchema = z.object({ thumbprint: z.string().min(1), kid: z.string().min(1).optional() });
/** A recipient by the thumbprint of its public key; `kid` is the versioned key id of one that lives in a vault. */
export type RecipientRef = z.infer<typeof recipientRefSchema>;

export const signingKeyRefSchema = z.object({ kid: z.string().min(1), thumbprint: z.string().min(1) });
/** The signing key: versioned key id and thumbprint. */
export type SigningKeyRef = z.infer<typeof signingKeyRefSchema>;

/** What the snapshot was to hold; a manifest from before plans has none, and its snapshot holds everything. */
const manifestScopeSchema = z.object({ kinds: z.array(objectKindSchema), selected: z.boolean() });
export const WHOLE_SCOPE: z.infer<typeof manifestScopeSchema> = { kinds: [...objectKinds], selected: false };

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
  previous: snapshotLinkSchema.nullable(),
  otherTier: z
    .object({ tier: tierSchema, sequence: z.number().int().positive(), ...snapshotLinkSchema.shape })
    .nullable(),
  scheduledFor: time.nullable(),
  startedAt: time,
  closedAt: time,
  nextDue: time,
  retainUntil: time,
  outcome: z.enum(['complete', 'partial']),
  scope: manifestScopeSchema.default(WHOLE_SCOPE),
  counts: snapshotCountsSchema,
  recipients: z.array(recipientRefSchema).min(1),
  dataKeys: z.array(z.object({ id: z.string(), blob: z.string() })),
  index: z.string(),
  blobs: z.array(blobRefSchema),
  signingKey: signingKeyRefSchema,
  producer: z.object({ name: z.string(), version: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;
