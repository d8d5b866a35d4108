import { randomBytes } from 'node:crypto';
import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type BlobRef, type DataKeyRef } from '../contracts/objects';
import { type IndexPayload, type ItemPayload, type RecipientRef, type SnapshotPlace } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type DataKey, fingerprintOf, makeDataKey, sealWithDataKey } from './data-keys';
import { ExpiringCache } from './expiring-cache';
import { paddedJson } from './padding';
import { type Fingerprinter, type SnapshotSealer } from './port';
import { type RecipientKeys } from './recipients';

const KEY_LIFETIME = 60 * 60_000;
const SWEEP_INTERVAL = 60_000;
/** Snapshots that one process seals at the same time with one data key each; beyond that the oldest gets another. */
const MOST_SNAPSHOTS = 200;

interface StoredDataKey {
  dataKey: DataKey;
  ref: BlobRef;
}

/**
 * A sealer that stores through `archive`. A data key is made at the first call for a snapshot and a set of recipients; calls that come while
 * it is being stored wait for it, and if storing it fails, the next call makes another.
 */
export function createSnapshotSealer(options: {
  archive: Archive;
  recipientKeys: RecipientKeys;
  clock: Clock;
}): SnapshotSealer {
  return new Sealer(options.archive, options.recipientKeys, options.clock);
}

class Sealer implements SnapshotSealer {
  private readonly dataKeys: ExpiringCache<StoredDataKey>;
  private sweep: NodeJS.Timeout | undefined;

  constructor(
    private readonly archive: Archive,
    private readonly recipientKeys: RecipientKeys,
    clock: Clock,
  ) {
    this.dataKeys = new ExpiringCache(clock, KEY_LIFETIME, MOST_SNAPSHOTS);
  }

  async store(
    place: SnapshotPlace,
    recipients: readonly RecipientRef[],
    payload: ItemPayload | IndexPayload,
  ): Promise<{ stored: BlobRef; dataKey: DataKeyRef }> {
    if (payload.snapshot !== place.snapshot)
      throw new StrongroomError(
        'internal_error',
        'A payload was about to be sealed for another snapshot than its own.',
      );
    const { dataKey, ref } = await this.dataKeyFor(place, recipients);
    const blob = `${payload.type === 'item' ? 'items' : 'index'}/${randomBytes(16).toString('hex')}.jwe`;
    const header = { snapshot: place.snapshot, blob, type: payload.type };
    const sealed = await sealWithDataKey(dataKey, header, paddedJson(payload));
    return { stored: await this.put(place, blob, sealed), dataKey: { id: dataKey.id, ref } };
  }

  async fingerprinter(place: SnapshotPlace, recipients: readonly RecipientRef[]): Promise<Fingerprinter> {
    const { dataKey, ref } = await this.dataKeyFor(place, recipients);
    return {
      dataKey: { id: dataKey.id, ref },
      fingerprint: (kind, value) => fingerprintOf(dataKey, kind, value),
    };
  }

  forget(snapshot: string): void {
    this.dataKeys.forget((key) => key.startsWith(`${snapshot} `));
  }

  private dataKeyFor(place: SnapshotPlace, recipients: readonly RecipientRef[]): Promise<StoredDataKey> {
    this.sweepLater();
    const thumbprints = recipients.map(({ thumbprint }) => thumbprint).sort();
    return this.dataKeys.get([place.snapshot, place.tier, place.folder, ...thumbprints].join(' '), async () => {
      const publicKeys = await Promise.all(recipients.map((recipient) => this.recipientKeys.publicKey(recipient)));
      const dataKey = await makeDataKey(place.snapshot, publicKeys);
      return { dataKey, ref: await this.put(place, dataKey.blob, dataKey.sealed) };
    });
  }

  private async put(place: SnapshotPlace, blob: string, content: Uint8Array): Promise<BlobRef> {
    return { blob, ...(await this.archive.put(place.tier, `${place.folder}/${blob}`, content)) };
  }

  /** A process that has nothing more to seal forgets its keys too. */
  private sweepLater(): void {
    this.sweep ??= setInterval(() => {
      if (this.dataKeys.dropExpired() > 0) return;
      clearInterval(this.sweep);
      this.sweep = undefined;
    }, SWEEP_INTERVAL).unref();
  }
}
