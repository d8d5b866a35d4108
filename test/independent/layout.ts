import { type ListedBlob } from './source';

/** The two tiers of format 1; each has a container of its own. */
export type Tier = 'daily' | 'monthly';

/** Name of the blob that makes a folder a snapshot. */
export const MANIFEST = 'manifest.jws';

/** What a snapshot's id looks like. */
export const SNAPSHOT_ID = /^\d{8}T\d{6}Z-[0-9a-f]{12}$/;

/** What a digest looks like. */
export const DIGEST = /^[0-9a-f]{64}$/;

/** What a JWK thumbprint looks like: 32 bytes in base64url. */
export const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** A folder that should be that of a snapshot, and what a listing shows in it. */
export interface SnapshotFolder {
  /** Path of the folder within the container, with `/` at its end. */
  readonly path: string;
  /** The first part of the path. */
  readonly dateFolder: string;
  /** The last part of the path: the snapshot's id. */
  readonly id: string;
  /** Sizes in bytes by path within the folder. */
  readonly blobs: ReadonlyMap<string, number>;
}

/** Groups a listing of the whole container into the folders of one vault (section 8, step 1). */
export function foldersOf(vault: string, listing: readonly ListedBlob[]): SnapshotFolder[] {
  const folders = new Map<string, SnapshotFolder & { blobs: Map<string, number> }>();
  for (const { path, bytes } of listing) {
    const [dateFolder, shortName, id, ...rest] = path.split('/');
    if (dateFolder === undefined || shortName !== vault || id === undefined || rest.length === 0) continue;
    const folderPath = `${dateFolder}/${shortName}/${id}/`;
    const folder = folders.get(folderPath) ?? { path: folderPath, dateFolder, id, blobs: new Map<string, number>() };
    folder.blobs.set(rest.join('/'), bytes);
    folders.set(folderPath, folder);
  }
  return [...folders.values()];
}

/** The date folder in which a snapshot with this id belongs. */
export function dateFolderOf(id: string, tier: Tier): string {
  const month = `${id.slice(0, 4)}-${id.slice(4, 6)}`;
  return tier === 'daily' ? `${month}-${id.slice(6, 8)}` : month;
}

/** The vault's short name: the first label of its host name, in lower case. Throws a `TypeError` if it is no URL. */
export function shortNameOf(vaultUrl: string): string {
  if (!URL.canParse(vaultUrl)) throw new TypeError('the vault is not a URL');
  return new URL(vaultUrl).hostname.split('.')[0] ?? '';
}
