import { type Archive } from '../archive/port';
import { type Tier } from '../contracts/objects';
import { type ManifestSigner } from '../crypto/port';
import { isDateFolder, snapshotPlace } from '../domain/ids';
import { type ChainHead } from '../domain/manifests';
import { StrongroomError } from '../errors';
import { type SnapshotCatalog } from '../ledger/port';
import { readManifest } from '../operations/read-manifest';

interface Deps {
  archive: Archive;
  signer: ManifestSigner;
  catalog: SnapshotCatalog;
}

/** The head of a chain, and the manifests met on the way that did not verify. */
export interface FoundHead {
  head: ChainHead | undefined;
  damaged: string[];
}

/**
 * How many snapshots are looked at. Ids are sorted by time, and a snapshot is nearly always the newest by id when it is closed. A scheduled one is
 * named by its occurrence, though, and closes after manual ones with later ids if it had to wait for them, or if its timer was late.
 */
const MANIFESTS_READ = 3;
const SNAPSHOTS_REMEMBERED = 25;

/**
 * The snapshot that the next one of this vault and tier follows: of the newest manifests in the archive and the one that the catalog knows as
 * the last, the one with the highest sequence. The archive decides; the catalog only says where else to look. A manifest that does not
 * verify is passed over and named, so that one damaged blob does not stop all backups to come.
 */
export async function findChainHead(deps: Deps, tier: Tier, shortName: string): Promise<FoundHead> {
  const damaged: string[] = [];
  const candidates = await newestInArchive(deps, tier, shortName, damaged);
  const remembered = await lastRemembered(deps, tier, shortName);
  if (remembered !== undefined && !candidates.some(({ manifest }) => manifest.snapshot === remembered)) {
    const head = damaged.includes(remembered) ? undefined : await readHead(deps, tier, shortName, remembered, damaged);
    if (head !== undefined) candidates.push(head);
  }
  candidates.sort((one, other) => other.manifest.sequence - one.manifest.sequence);
  return { head: candidates[0], damaged };
}

async function newestInArchive(deps: Deps, tier: Tier, shortName: string, damaged: string[]): Promise<ChainHead[]> {
  const found: ChainHead[] = [];
  const dates = (await deps.archive.listFolders(tier, '')).filter((name) => isDateFolder(tier, name));
  for (const date of dates.reverse()) {
    const snapshots = await deps.archive.listFolders(tier, `${date}/${shortName}/`);
    for (const snapshot of snapshots.reverse()) {
      const head = await readHead(deps, tier, shortName, snapshot, damaged);
      if (head !== undefined && found.push(head) === MANIFESTS_READ) return found;
    }
  }
  return found;
}

async function lastRemembered({ catalog }: Deps, tier: Tier, shortName: string): Promise<string | undefined> {
  const { items } = await catalog.list({ vault: shortName, tier }, SNAPSHOTS_REMEMBERED);
  return items.sort((one, other) => other.sequence - one.sequence)[0]?.snapshot;
}

/** The manifest of a snapshot; nothing if it has none, or a damaged one, which is named. */
async function readHead(
  deps: Deps,
  tier: Tier,
  shortName: string,
  snapshot: string,
  damaged: string[],
): Promise<ChainHead | undefined> {
  try {
    return await readManifest(deps, snapshotPlace(tier, shortName, snapshot));
  } catch (error) {
    const isDamaged =
      error instanceof StrongroomError && (error.code === 'manifest_damaged' || error.code === 'unknown_format');
    if (!isDamaged) throw error;
    damaged.push(snapshot);
    return undefined;
  }
}
