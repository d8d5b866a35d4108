import { DIGEST, SNAPSHOT_ID, THUMBPRINT, type Tier } from './layout';
import { type Members } from './members';

const KEY_BLOB = /^keys\/[A-Za-z0-9_-]{43}\.jwe$/;
const ITEM_BLOB = /^items\/[0-9a-f]{32}\.jwe$/;
const INDEX_BLOB = /^index\/[0-9a-f]{32}\.jwe$/;

/** A snapshot in the chain, by id and by the digest of its `manifest.jws`. */
export interface Head {
  readonly snapshot: string;
  readonly digest: string;
}

/** A snapshot as another manifest names it; the first snapshots of format 1 do not tell its `retainUntil`. */
export interface Link extends Head {
  readonly retainUntil?: string;
}

/** The newest snapshot of the other tier, as a manifest saw it. */
export interface OtherTierLink extends Link {
  readonly tier: Tier;
  readonly sequence: number;
}

/** One blob of a snapshot. */
export interface ManifestBlob {
  /** Path within the snapshot's folder. */
  readonly blob: string;
  /** SHA-256 of the stored bytes, lower-case hex. */
  readonly digest: string;
  readonly bytes: number;
}

/** A public key to which every data key of the snapshot is sealed; `kid` only for a key in a vault. */
export interface ManifestRecipient {
  readonly thumbprint: string;
  readonly kid?: string;
}

/** Which kinds of objects were taken, and whether somebody chose objects by name: such a snapshot never counts as a good one. */
interface ManifestScope {
  readonly kinds: readonly string[];
  readonly selected: boolean;
}

/** How many objects came to which end. */
interface ManifestCounts {
  readonly objects: number;
  readonly stored: number;
  readonly managed: number;
  readonly absent: number;
  /** 0 in manifests from before plans. */
  readonly excluded: number;
  readonly failed: number;
}

/** The payload of a manifest (section 6). */
export interface Manifest {
  readonly snapshot: string;
  readonly tier: Tier;
  /** URL of the source vault. */
  readonly vault: string;
  readonly subscriptionId: string;
  readonly geography: string;
  readonly tenantId?: string;
  readonly sequence: number;
  readonly previous: Link | null;
  readonly otherTier: OtherTierLink | null;
  /** Times are ISO 8601 in UTC. */
  readonly scheduledFor: string | null;
  readonly startedAt: string;
  readonly closedAt: string;
  readonly nextDue: string;
  readonly retainUntil: string;
  readonly outcome: 'complete' | 'partial';
  /** What the snapshot was to hold; everything, if the manifest does not say. */
  readonly scope: ManifestScope;
  readonly counts: ManifestCounts;
  readonly recipients: readonly ManifestRecipient[];
  readonly dataKeys: readonly { readonly id: string; readonly blob: string }[];
  /** Path of the index blob within the snapshot's folder. */
  readonly index: string;
  readonly blobs: readonly ManifestBlob[];
  readonly signingKey: { readonly kid: string; readonly thumbprint: string };
}

/** Reads a manifest's payload. Throws a `TypeError` that names the first member which is not as section 6 says. */
export function readManifest(payload: Members): Manifest {
  payload.oneOf('type', ['manifest']);
  const tenantId = payload.optionalText('tenantId');
  const signingKey = payload.nested('signingKey');
  const manifest: Manifest = {
    snapshot: payload.text('snapshot', SNAPSHOT_ID),
    tier: payload.oneOf('tier', ['daily', 'monthly']),
    vault: payload.text('vault', /^https:\/\/[^/]+\/?$/),
    subscriptionId: payload.text('subscriptionId'),
    geography: payload.text('geography'),
    ...(tenantId === undefined ? {} : { tenantId }),
    sequence: payload.count('sequence', 1),
    previous: readLink(payload.nestedOrNull('previous')),
    otherTier: readOtherTier(payload.nestedOrNull('otherTier')),
    scheduledFor: payload.raw('scheduledFor') === null ? null : payload.time('scheduledFor'),
    startedAt: payload.time('startedAt'),
    closedAt: payload.time('closedAt'),
    nextDue: payload.time('nextDue'),
    retainUntil: payload.time('retainUntil'),
    outcome: payload.oneOf('outcome', ['complete', 'partial']),
    scope: readScope(payload.raw('scope') === undefined ? undefined : payload.nested('scope')),
    counts: readCounts(payload.nested('counts')),
    recipients: payload.list('recipients', readRecipient),
    dataKeys: payload.list('dataKeys', (key) => ({ id: key.text('id', THUMBPRINT), blob: key.text('blob', KEY_BLOB) })),
    index: payload.text('index', INDEX_BLOB),
    blobs: payload.list('blobs', readBlob),
    signingKey: { kid: signingKey.text('kid'), thumbprint: signingKey.text('thumbprint', THUMBPRINT) },
  };
  checkConsistency(manifest);
  return manifest;
}

/** A link to a snapshot, or `null`. Throws a `TypeError`. */
export function readLink(link: Members | null): Link | null {
  if (link === null) return null;
  return {
    snapshot: link.text('snapshot', SNAPSHOT_ID),
    digest: link.text('digest', DIGEST),
    ...(link.raw('retainUntil') === undefined ? {} : { retainUntil: link.time('retainUntil') }),
  };
}

function readOtherTier(head: Members | null): OtherTierLink | null {
  const link = readLink(head);
  return (
    head && link && { ...link, tier: head.oneOf('tier', ['daily', 'monthly']), sequence: head.count('sequence', 1) }
  );
}

function readScope(scope: Members | undefined): ManifestScope {
  if (scope === undefined) return { kinds: ['secret', 'key', 'certificate'], selected: false };
  return { kinds: scope.listOfTexts('kinds'), selected: scope.truth('selected') };
}

function readCounts(counts: Members): ManifestCounts {
  return {
    objects: counts.count('objects'),
    stored: counts.count('stored'),
    managed: counts.count('managed'),
    absent: counts.count('absent'),
    excluded: counts.raw('excluded') === undefined ? 0 : counts.count('excluded'),
    failed: counts.count('failed'),
  };
}

function readRecipient(recipient: Members): ManifestRecipient {
  const kid = recipient.optionalText('kid');
  return { thumbprint: recipient.text('thumbprint', THUMBPRINT), ...(kid === undefined ? {} : { kid }) };
}

function readBlob(entry: Members): ManifestBlob {
  return { blob: entry.text('blob'), digest: entry.text('digest', DIGEST), bytes: entry.count('bytes', 1) };
}

/** What a manifest must say about itself: its blobs are exactly its keys, its index and items, and its counts add up. */
function checkConsistency(manifest: Manifest): void {
  const paths = new Set(manifest.blobs.map(({ blob }) => blob));
  if (paths.size !== manifest.blobs.length) throw new TypeError('manifest.blobs names a blob twice');
  const named = [manifest.index, ...manifest.dataKeys.map(({ blob }) => blob)];
  if (named.some((blob) => !paths.delete(blob))) throw new TypeError('manifest.blobs lacks the index or a data key');
  if ([...paths].some((blob) => !ITEM_BLOB.test(blob))) throw new TypeError('manifest.blobs has what is no item');
  if (manifest.dataKeys.some(({ id, blob }) => blob !== `keys/${id}.jwe`)) {
    throw new TypeError('manifest.dataKeys has a blob that is not named after its key');
  }
  if ((manifest.sequence === 1) !== (manifest.previous === null)) {
    throw new TypeError('manifest.previous is null if and only if sequence is 1');
  }
  if (manifest.otherTier?.tier === manifest.tier) throw new TypeError('manifest.otherTier is the same tier');
  const { objects, stored, managed, absent, excluded, failed } = manifest.counts;
  if (objects !== stored + managed + absent + excluded + failed) throw new TypeError('manifest.counts do not add up');
  if ((manifest.outcome === 'partial') !== failed > 0) {
    throw new TypeError('manifest.outcome does not fit the number of failed objects');
  }
}
