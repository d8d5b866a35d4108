import { checkBlobs } from './check-blobs';
import { checkChain, checkDue, checkHead, checkOtherTier } from './chain';
import { type Finding, finding, Refusal } from './findings';
import { foldersOf, MANIFEST, type SnapshotFolder, type Tier } from './layout';
import { type Head } from './manifest';
import { withSuccessors } from './key-succession';
import { type PinnedKey, pinKeys, type PublicKeyText } from './pinned-keys';
import { type PrunedSnapshot, readPruneRecords } from './prune-records';
import { readSignedManifest, type SignedSnapshot } from './read-manifest';
import { type SnapshotSource } from './source';

/** How long after `nextDue` a snapshot may still be under way, if the caller does not say: six hours. */
const DEFAULT_GRACE_MILLISECONDS = 6 * 60 * 60 * 1000;

/** What to verify, and what is known from elsewhere. */
export interface VerifyOptions {
  /** The container of the tier. */
  readonly source: SnapshotSource;
  /** The vault's short name, in lower case. */
  readonly vault: string;
  readonly tier: Tier;
  /** The public signing keys that trust begins with; a key that a manifest names is never fetched, one that a trusted key has introduced by a record is taken. */
  readonly pinnedKeys: readonly PublicKeyText[];
  /** The public prune keys that are trusted; without any, nothing counts as pruned. */
  readonly pruneKeys?: readonly PublicKeyText[];
  /** With it, the newest snapshot must not be overdue at that time. */
  readonly now?: Date;
  /** The time a run may take, added to `nextDue`; six hours if absent. */
  readonly graceMilliseconds?: number;
  /** A head known from elsewhere, which the newest snapshot must be or follow. */
  readonly expectedHead?: Head;
  /** The container of the other tier. With it, what its manifests have seen of this tier must still be there. */
  readonly otherTierSource?: SnapshotSource;
  /** Says of which snapshots all blobs are read; of all, if absent. */
  readonly readBlobsOf?: (snapshot: string) => boolean;
}

/** A snapshot whose manifest is proved, and what is known about its blobs. */
export interface VerifiedSnapshot extends SignedSnapshot {
  readonly blobs: 'intact' | 'damaged' | 'not read';
}

/** What a verification found. */
export interface Verification {
  readonly findings: readonly Finding[];
  /** The snapshots with a proved manifest, newest first. */
  readonly snapshots: readonly VerifiedSnapshot[];
}

/**
 * Verifies all snapshots of one vault and tier with read access and public keys alone (section 8). Whatever is wrong
 * with them is a finding and never thrown: nothing is wrong if no finding is a `fault`. That no snapshot is there at
 * all is `snapshot_missing`. Throws if the place cannot be listed or read, and an `UnusableKeyError` for a pinned
 * key. Changes nothing, and may run any number of times.
 */
export async function verifySnapshots(options: VerifyOptions): Promise<Verification> {
  const pinned = await pinKeys(options.pinnedKeys);
  const { source, vault, tier, pruneKeys = [] } = options;
  const { signed, findings } = await readChain(source, vault, tier, pinned);
  const pruned = await readPruneRecords(
    source,
    { vault, tier },
    pruneKeys.length === 0 ? [] : await pinKeys(pruneKeys),
  );
  findings.push(...pruned.findings, ...checkChain(signed, pruned.entries));
  const snapshots: VerifiedSnapshot[] = [];
  for (const snapshot of signed) {
    if (options.readBlobsOf !== undefined && !options.readBlobsOf(snapshot.id)) {
      snapshots.push({ ...snapshot, blobs: 'not read' });
      continue;
    }
    const inside = await checkBlobs(options.source, snapshot);
    const damaged = inside.some(({ severity }) => severity === 'fault');
    snapshots.push({ ...snapshot, blobs: damaged ? 'damaged' : 'intact' });
    findings.push(...inside);
  }
  findings.push(...(await checkNewest(options, signed, pruned.entries, pinned)));
  return { findings, snapshots };
}

/** Steps 1 and 2: the snapshots with a proved manifest, newest first, and why the others are none. */
async function readChain(
  source: SnapshotSource,
  vault: string,
  tier: Tier,
  pinned: readonly PinnedKey[],
): Promise<{ signed: SignedSnapshot[]; findings: Finding[] }> {
  const { trusted, findings } = await withSuccessors(source, tier, pinned);
  const signed: SignedSnapshot[] = [];
  for (const folder of foldersOf(vault, await source.list(''))) {
    if (!folder.blobs.has(MANIFEST)) {
      findings.push(finding('no_manifest', 'a run under way, or one that never ended', { snapshot: folder.id }));
      continue;
    }
    const read = await readFolder(source, folder, { vault, tier }, trusted);
    if ('code' in read) findings.push(read);
    else signed.push(read);
  }
  signed.sort((left, right) => right.manifest.sequence - left.manifest.sequence);
  return { signed, findings };
}

async function readFolder(
  source: SnapshotSource,
  folder: SnapshotFolder,
  place: { readonly vault: string; readonly tier: Tier },
  pinned: readonly PinnedKey[],
): Promise<SignedSnapshot | Finding> {
  try {
    return await readSignedManifest(source, folder, place, pinned);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const code = error.code === 'format_unknown' ? error.code : 'manifest_damaged';
    return finding(code, error.message, { snapshot: folder.id, blob: MANIFEST });
  }
}

/** Step 5: what the newest snapshot must be. */
async function checkNewest(
  options: VerifyOptions,
  newestFirst: readonly SignedSnapshot[],
  pruned: readonly PrunedSnapshot[],
  pinned: readonly PinnedKey[],
): Promise<Finding[]> {
  const { now, expectedHead, otherTierSource, graceMilliseconds = DEFAULT_GRACE_MILLISECONDS } = options;
  const [newest] = newestFirst;
  const findings: Finding[] = [];
  if (newest === undefined) findings.push(finding('snapshot_missing', 'there is no snapshot with a valid manifest'));
  else if (now !== undefined) findings.push(...checkDue(newest, now, graceMilliseconds));
  if (expectedHead !== undefined) findings.push(...checkHead(newestFirst, pruned, expectedHead));
  if (otherTierSource !== undefined) {
    const otherTier = options.tier === 'daily' ? 'monthly' : 'daily';
    // What is wrong in the other tier itself is for a verification of that tier to say.
    const { signed } = await readChain(otherTierSource, options.vault, otherTier, pinned);
    findings.push(...checkOtherTier(newestFirst, pruned, signed));
  }
  return findings;
}
