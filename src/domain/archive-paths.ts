import { type Tier } from '../contracts/objects';
import { dateFolder } from './ids';

const SNAPSHOT_ID = /^\d{8}T\d{6}Z-[0-9a-f]{12}$/;
const BLOB = /^(?:keys\/[A-Za-z0-9_-]{43}\.jwe|(?:items|index)\/[0-9a-f]{32}\.jwe|manifest\.jws)$/;

/** What a path in a tier's container says of its blob, if it is one of a snapshot's (docs/format.md, section 1); `undefined` if it is none. */
export function parseSnapshotPath(tier: Tier, path: string): { snapshot: string; blob: string } | undefined {
  const [date, shortName, snapshot = '', ...rest] = path.split('/');
  const blob = rest.join('/');
  if (shortName === undefined || !SNAPSHOT_ID.test(snapshot) || !BLOB.test(blob)) return undefined;
  return dateFolderOf(tier, snapshot) === date ? { snapshot, blob } : undefined;
}

/** Whether this can be the short name of a vault. */
export function isVaultFolder(name: string): boolean {
  return /^[a-z0-9](?:-?[a-z0-9]){2,23}$/.test(name);
}

function dateFolderOf(tier: Tier, snapshot: string): string | undefined {
  try {
    return dateFolder(tier, snapshot);
  } catch {
    // An id with a month 13.
    return undefined;
  }
}
