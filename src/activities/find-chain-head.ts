import { createHash } from 'node:crypto';
import { type Archive } from '../archive/port';
import { type Tier } from '../contracts/objects';
import { type ManifestSigner } from '../crypto/port';
import { isDateFolder, manifestPath, snapshotPlace } from '../domain/ids';
import { type ChainHead } from '../domain/manifests';
import { StrongroomError } from '../errors';
import { type SnapshotCatalog } from '../ledger/port';

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
 * The snapshot that the next one of this vault and tier follows: of the newest manifest in the archive and the newest one that the catalog knows, the
 * one with the higher sequence (they differ after the clock was set back). The archive decides; the catalog only says where else to look. A manifest
 * that does not verify is passed over and named, so that one damaged blob does not stop all backups to come.
 */
export async function findChainHead(deps: Deps, tier: Tier, shortName: string): Promise<FoundHead> {
  const damaged: string[] = [];
  const newest = await newestInArchive(deps, tier, shortName, damaged);
  const [known] = (await deps.catalog.list({ vault: shortName, tier }, 1)).items;
  const remembered =
    known === undefined || known.snapshot === newest?.manifest.snapshot
      ? undefined
      : await readHead(deps, tier, shortName, known.snapshot, damaged);
  const head = [newest, remembered].reduce(
    (best, candidate) => ((candidate?.manifest.sequence ?? 0) > (best?.manifest.sequence ?? 0) ? candidate : best),
    undefined,
  );
  return { head, damaged };
}

async function newestInArchive(
  deps: Deps,
  tier: Tier,
  shortName: string,
  damaged: string[],
): Promise<ChainHead | undefined> {
  const dates = (await deps.archive.listFolders(tier, '')).filter((name) => isDateFolder(tier, name));
  for (const date of dates.reverse()) {
    const snapshots = await deps.archive.listFolders(tier, `${date}/${shortName}/`);
    for (const snapshot of snapshots.reverse()) {
      const head = await readHead(deps, tier, shortName, snapshot, damaged);
      if (head !== undefined) return head;
    }
  }
  return undefined;
}

/** The verified manifest of a snapshot; nothing if it has none (a run that never ended) or a damaged one. */
async function readHead(
  { archive, signer }: Deps,
  tier: Tier,
  shortName: string,
  snapshot: string,
  damaged: string[],
): Promise<ChainHead | undefined> {
  const place = snapshotPlace(tier, shortName, snapshot);
  try {
    const bytes = await archive.get(tier, manifestPath(place));
    const manifest = await signer.verify(place, Buffer.from(bytes).toString('latin1'));
    return { manifest, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if (!(error instanceof StrongroomError)) throw error;
    if (error.code === 'archive_blob_missing') return undefined;
    if (error.code !== 'manifest_damaged' && error.code !== 'unknown_format') throw error;
    damaged.push(snapshot);
    return undefined;
  }
}
