import { type Archive, type ArchivedBlob } from '../archive/port';
import { type Tier } from '../contracts/objects';
import { type PrunedSnapshot } from '../contracts/snapshot-records';
import { type ManifestSigner, type RecordSigner } from '../crypto/port';
import { parseSnapshotPath } from '../domain/archive-paths';
import { isDateFolder, snapshotPlace } from '../domain/ids';
import { type ChainHead } from '../domain/manifests';
import { type PrunableSnapshot } from '../domain/pruning';
import { StrongroomError } from '../errors';
import { inParallel } from '../in-parallel';
import { excludedSnapshots, exclusionKey, readRecords, type VaultRecords } from './read-records';
import { readManifest } from '../operations/read-manifest';

const DATES_AT_ONCE = 4;

/** A blob and its path within its snapshot's folder. */
interface Found {
  blob: ArchivedBlob;
  name: string;
}

/** A snapshot whose manifest verifies. */
export interface SurveyedSnapshot extends PrunableSnapshot {
  digest: string;
  vaultUrl: string;
  previous: PrunedSnapshot['previous'];
  /** Id of the snapshot of the other tier that the manifest names. */
  otherTier: string | null;
}

/** All that the archive holds of one vault and tier. */
export interface Survey {
  snapshots: SurveyedSnapshot[];
  /** Blobs that no manifest names, with the snapshot in whose folder they lie. */
  unnamed: { blob: ArchivedBlob; snapshot: string }[];
  /** Ids of all snapshots of which anything is there. */
  folders: Set<string>;
  records: VaultRecords;
  /** Ids of snapshots whose manifest does not verify. */
  damaged: string[];
  /** Paths of what is no part of any snapshot or record. */
  unattributed: string[];
}

export interface SurveyDeps {
  archive: Archive;
  signer: ManifestSigner;
  pruneRecords: RecordSigner;
  records: RecordSigner;
}

/**
 * Lists all blobs of a vault in a tier, and verifies its manifests and records. Nothing is changed. Throws as `Archive` does, and `signing_key_unusable` if a
 * public key cannot be read: then nobody knows what is damaged. Needs `blobs/read`, and `keys/read` on the signing and the prune key.
 */
export async function surveyVault(deps: SurveyDeps, tier: Tier, shortName: string): Promise<Survey> {
  const records = await readRecords(deps, tier, shortName);
  const excluded = excludedSnapshots(records);
  const survey: Survey = {
    ...{ snapshots: [], unnamed: [], damaged: [], records },
    folders: new Set(),
    unattributed: [...records.unattributed],
  };
  const dates = (await deps.archive.listFolders(tier, '')).filter((name) => isDateFolder(tier, name));
  // By date, so that the blobs of a few dates are in memory at a time and not those of all.
  await inParallel(dates, DATES_AT_ONCE, async (date) => {
    for (const [snapshot, blobs] of await blobsOfDate(deps.archive, survey, tier, `${date}/${shortName}/`))
      await surveySnapshot(deps, survey, { tier, shortName, snapshot, blobs, excluded });
  });
  survey.snapshots.sort((one, other) => one.sequence - other.sequence);
  return survey;
}

/** The blobs of each snapshot below a path; what belongs to none is noted. */
async function blobsOfDate(archive: Archive, survey: Survey, tier: Tier, path: string): Promise<Map<string, Found[]>> {
  const snapshots = new Map<string, Found[]>();
  for (const blob of await archive.listBlobs(tier, path)) {
    const parsed = parseSnapshotPath(tier, blob.path);
    if (parsed === undefined) {
      survey.unattributed.push(blob.path);
      continue;
    }
    const found = snapshots.get(parsed.snapshot) ?? [];
    if (found.push({ blob, name: parsed.blob }) === 1) snapshots.set(parsed.snapshot, found);
  }
  return snapshots;
}

async function surveySnapshot(
  deps: SurveyDeps,
  survey: Survey,
  found: {
    tier: Tier;
    shortName: string;
    snapshot: string;
    blobs: readonly Found[];
    excluded: ReadonlyMap<string, unknown>;
  },
): Promise<void> {
  const { tier, shortName, snapshot, blobs, excluded } = found;
  survey.folders.add(snapshot);
  const noteUnnamed = (named: ReadonlySet<string>): void => {
    for (const { blob, name } of blobs) if (!named.has(name)) survey.unnamed.push({ blob, snapshot });
  };
  if (!blobs.some(({ name }) => name === 'manifest.jws')) {
    noteUnnamed(new Set());
    return;
  }
  const read = await readVerified(deps, tier, shortName, snapshot);
  if (read === 'damaged') survey.damaged.push(snapshot);
  // Otherwise it was deleted since it was listed; the next run sees what is left.
  else if (read !== undefined) {
    survey.snapshots.push(surveyed(read, excluded.has(exclusionKey({ snapshot, digest: read.digest }))));
    noteUnnamed(new Set(['manifest.jws', ...read.manifest.blobs.map(({ blob }) => blob)]));
  }
}

function surveyed({ manifest, digest }: ChainHead, isExcluded: boolean): SurveyedSnapshot {
  const { snapshot, sequence, closedAt, retainUntil, outcome, previous, vault, otherTier } = manifest;
  return {
    ...{ snapshot, sequence, closedAt, retainUntil, outcome, previous, digest, isExcluded },
    scope: manifest.scope,
    vaultUrl: vault,
    otherTier: otherTier?.snapshot ?? null,
  };
}

async function readVerified(
  deps: SurveyDeps,
  tier: Tier,
  shortName: string,
  snapshot: string,
): Promise<ChainHead | 'damaged' | undefined> {
  try {
    return await readManifest(deps, snapshotPlace(tier, shortName, snapshot));
  } catch (error) {
    if (error instanceof StrongroomError && (error.code === 'manifest_damaged' || error.code === 'unknown_format'))
      return 'damaged';
    throw error;
  }
}
