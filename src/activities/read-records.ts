import { type Archive } from '../archive/port';
import { type Tier } from '../contracts/objects';
import { type RecordPlace, type SignedRecord } from '../contracts/records';
import {
  type ExclusionRecord,
  exclusionRecordSchema,
  type PruneRecord,
  pruneRecordSchema,
} from '../contracts/snapshot-records';
import { type RecordSigner } from '../crypto/port';
import { parseRecordPath, recordFolder } from '../domain/records';
import { StrongroomError } from '../errors';
import { inParallel } from '../in-parallel';

const READ_AT_ONCE = 8;

/** A record that verifies, and when it was stored. */
interface StoredRecord<T> {
  place: RecordPlace;
  createdAt: Date;
  record: T;
}

/** What is said in a vault's records of one tier. */
export interface VaultRecords {
  pruned: StoredRecord<PruneRecord>[];
  /** In ascending order of time. */
  exclusions: StoredRecord<ExclusionRecord>[];
  /** Paths of records that do not verify. */
  damaged: string[];
  /** Paths of blobs in the folder that are no records of a known kind. */
  unattributed: string[];
}

/** Kinds that this app writes and that say nothing of single snapshots. */
const OTHER_KINDS = new Set(['key-succession']);

/**
 * Reads and verifies a vault's records in one tier. Prune records count by the prune key, exclusions by the signing key; a kind whose signer is not given is
 * passed over. Throws as `Archive` does, and `signing_key_unusable` if a public key cannot be read. Needs `blobs/read`, and `keys/read` on the keys.
 */
export async function readRecords(
  {
    archive,
    pruneRecords,
    records,
  }: { archive: Archive; pruneRecords?: RecordSigner | undefined; records: RecordSigner },
  tier: Tier,
  shortName: string,
): Promise<VaultRecords> {
  const found: VaultRecords = { pruned: [], exclusions: [], damaged: [], unattributed: [] };
  const blobs = await archive.listBlobs(tier, recordFolder(shortName));
  await inParallel(blobs, READ_AT_ONCE, ({ path, createdAt }) => readOne(path, createdAt));
  found.exclusions.sort((one, other) => (one.place.path < other.place.path ? -1 : 1));
  return found;

  async function readOne(path: string, createdAt: Date): Promise<void> {
    const kind = parseRecordPath(path)?.kind;
    const place = { tier, shortName, path };
    if (kind === 'prune') {
      const record = pruneRecords && (await verified(pruneRecords, place));
      const parsed = record && pruneRecordSchema.safeParse(record);
      if (parsed?.success === true) found.pruned.push({ place, createdAt, record: parsed.data });
      else if (pruneRecords) found.damaged.push(path);
    } else if (kind === 'exclude' || kind === 'include') {
      const parsed = exclusionRecordSchema.safeParse(await verified(records, place));
      if (parsed.success) found.exclusions.push({ place, createdAt, record: parsed.data });
      else found.damaged.push(path);
    } else if (kind === undefined || !OTHER_KINDS.has(kind)) found.unattributed.push(path);
  }

  async function verified(signer: RecordSigner, place: RecordPlace): Promise<SignedRecord | undefined> {
    try {
      const bytes = await archive.get(tier, place.path);
      return (await signer.verify(place, Buffer.from(bytes).toString('latin1'))).record;
    } catch (error) {
      const isDamaged = error instanceof StrongroomError && DAMAGED.has(error.code);
      if (isDamaged) return undefined;
      throw error;
    }
  }
}

const DAMAGED: ReadonlySet<string> = new Set(['record_damaged', 'unknown_format']);

/**
 * The records that set snapshots aside, by {@link exclusionKey}: of several records about one snapshot the last holds. The digest belongs to the key, since a
 * record about other bytes says nothing.
 */
export function excludedSnapshots({ exclusions }: VaultRecords): ReadonlyMap<string, ExclusionRecord> {
  const last = new Map(exclusions.map(({ record }) => [exclusionKey(record), record]));
  return new Map([...last].filter(([, { record }]) => record === 'exclude'));
}

/** A snapshot as exclusions name it. */
export function exclusionKey({ snapshot, digest }: { snapshot: string; digest: string }): string {
  return `${snapshot} ${digest}`;
}
