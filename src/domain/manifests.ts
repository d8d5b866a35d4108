import { type BlobRef, type DataKeyRef, type ProtectedVault, type Tier } from '../contracts/objects';
import {
  FORMAT,
  type IndexEntry,
  type Manifest,
  type ObjectFacts,
  type RecipientRef,
  type SigningKeyRef,
  type SnapshotCounts,
} from '../contracts/snapshots';
import { type ListedObject, type ObjectOutcome } from '../contracts/objects';
import { type BackupScope } from '../contracts/scopes';
import { snapshotOutcome } from './outcomes';
import { type Retention, retainUntil } from './retention';
import { nextOccurrence } from './schedules';
import { manifestScope } from './scopes';

/** The newest snapshot of a vault in a tier, as its manifest and the digest of `manifest.jws`. */
export interface ChainHead {
  manifest: Manifest;
  digest: string;
}

/** What became of an object, as far as the index tells it. */
export interface IndexedObject extends ListedObject, ObjectFacts {
  outcome: ObjectOutcome | null;
  code: string | null;
}

/** The index entry of an object (docs/format.md, section 5). An object without an outcome is a fault of the run, never left out. */
export function indexEntry(object: IndexedObject): IndexEntry {
  const { kind, name, outcome, code, attributes, versions, payloads, notes, unreadable, unexportable } = object;
  const { fingerprint, rotationPolicy } = object;
  if (outcome === null) throw new RangeError('an object of the inventory has no outcome');
  return {
    kind,
    name,
    outcome,
    ...(code === null ? {} : { code }),
    attributes,
    versions,
    payloads: payloads.map(({ payload, ref }) => ({ payload, blob: ref.blob })),
    ...(notes.length > 0 && { notes }),
    ...(unreadable > 0 && { unreadable }),
    ...(unexportable > 0 && { unexportable }),
    ...(fingerprint !== null && { fingerprint }),
    ...(rotationPolicy !== null && { rotationPolicy }),
  };
}

export interface ManifestParts {
  snapshot: string;
  tier: Tier;
  vault: ProtectedVault;
  head: ChainHead | undefined;
  otherHead: ChainHead | undefined;
  scheduledFor: string | null;
  startedAt: string;
  closedAt: Date;
  schedule: string;
  retention: Retention;
  scope: BackupScope;
  counts: SnapshotCounts;
  recipients: readonly RecipientRef[];
  dataKeys: readonly DataKeyRef[];
  index: BlobRef;
  items: readonly BlobRef[];
  signingKey: SigningKeyRef;
  version: string;
}

/** The manifest of a snapshot (docs/format.md, section 6), ready to be signed. */
export function buildManifest(parts: ManifestParts): Manifest {
  const { vault, tier, head, otherHead, closedAt } = parts;
  const blobs = [...parts.dataKeys.map(({ ref }) => ref), parts.index, ...parts.items];
  const served = new Date(parts.scheduledFor ?? parts.closedAt);
  return {
    format: FORMAT,
    type: 'manifest',
    snapshot: parts.snapshot,
    tier,
    vault: vault.url,
    subscriptionId: vault.subscriptionId,
    geography: vault.geography,
    ...(vault.tenantId === undefined ? {} : { tenantId: vault.tenantId }),
    sequence: (head?.manifest.sequence ?? 0) + 1,
    previous: head === undefined ? null : linkTo(head),
    otherTier:
      otherHead === undefined
        ? null
        : {
            tier: otherHead.manifest.tier,
            sequence: otherHead.manifest.sequence,
            ...linkTo(otherHead),
          },
    scheduledFor: parts.scheduledFor,
    startedAt: parts.startedAt,
    closedAt: closedAt.toISOString(),
    nextDue: nextOccurrence(parts.schedule, served > closedAt ? served : closedAt).toISOString(),
    retainUntil: retainUntil(tier, closedAt, parts.retention).toISOString(),
    outcome: snapshotOutcome(parts.counts),
    scope: manifestScope(parts.scope),
    counts: parts.counts,
    recipients: [...parts.recipients],
    dataKeys: parts.dataKeys.map(({ id, ref }) => ({ id, blob: ref.blob })),
    index: parts.index.blob,
    blobs: blobs.sort((a, b) => (a.blob < b.blob ? -1 : 1)),
    signingKey: parts.signingKey,
    producer: { name: 'strongroom', version: parts.version },
  };
}

function linkTo({ manifest, digest }: ChainHead): Exclude<Manifest['previous'], null> {
  return { snapshot: manifest.snapshot, digest, retainUntil: manifest.retainUntil };
}
