import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type Tier } from '../contracts/objects';
import { type RecordPlace, type SignedRecord } from '../contracts/records';
import { FORMAT } from '../contracts/snapshots';
import { type RecordSigner } from '../crypto/port';
import { recordPlace } from '../domain/records';
import { StrongroomError } from '../errors';

const TRIES = 20;

/** What a record says beside what every record does. */
export interface RecordContent {
  record: string;
  tier: Tier;
  shortName: string;
  /** URL of the vault. */
  vault: string;
  [member: string]: unknown;
}

/**
 * Signs a record about a vault and tier, stores it under the present time and reads it back. If two are made in the same millisecond, the other one gets the
 * next. A second run stores a second record, which says the same. Throws as `Archive.put` and `RecordSigner.sign` do. Needs `keys/sign/action`,
 * `blobs/add/action` and `blobs/read`.
 */
export async function storeRecord(
  { archive, clock, version }: { archive: Archive; clock: Clock; version: string },
  signer: RecordSigner,
  { shortName, tier, ...content }: RecordContent,
): Promise<{ place: RecordPlace; record: SignedRecord }> {
  const key = await signer.resolve({ tier, shortName });
  for (let attempt = 0; ; attempt += 1) {
    const at = new Date(clock.now().getTime() + attempt).toISOString();
    const producer = { name: 'strongroom', version };
    const record: SignedRecord = { format: FORMAT, type: 'record', ...content, tier, at, producer };
    const place = recordPlace(tier, shortName, at, record.record);
    try {
      await archive.put(tier, place.path, Buffer.from(await signer.sign(key, record), 'ascii'));
      return { place, record };
    } catch (error) {
      const isTaken = error instanceof StrongroomError && error.code === 'archive_conflict';
      if (!isTaken || attempt >= TRIES) throw error;
    }
  }
}
