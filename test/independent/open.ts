import { readNamedBlob } from './check-blobs';
import { openDataKey } from './data-keys';
import { Refusal } from './findings';
import { type Manifest } from './manifest';
import { type Members } from './members';
import { type Opener } from './openers';
import { type OpenedPortable, readPortable } from './portable';
import { type SignedSnapshot } from './read-manifest';
import { openSealedObject } from './sealed-object';
import { type IndexObject, type ObjectVersion, readIndex, readVersion } from './snapshot-index';
import { type SnapshotSource } from './source';

/** Which snapshot to open, and as whom. */
export interface OpenOptions {
  /** The container in which the snapshot was verified. */
  readonly source: SnapshotSource;
  /** A snapshot out of `verifySnapshots`; each blob is checked against its manifest once more when it is read. */
  readonly snapshot: SignedSnapshot;
  readonly opener: Opener;
}

/** The native payload of one object. */
interface OpenedItem {
  /** When the vault was asked; ISO 8601 in UTC. */
  readonly takenAt: string;
  /** All versions, newest first. */
  readonly versions: readonly ObjectVersion[];
  /** The vault's backup of the object in base64url, as its restore operation takes it. Secret. */
  readonly backup: string;
}

/** A snapshot with its data keys at hand. */
export interface OpenedSnapshot {
  readonly manifest: Manifest;
  /** Every object of the vault, as the index has them. */
  readonly objects: readonly IndexObject[];
  /** The vault's own configuration, as the index has it; nothing in the format depends on it (section 5). */
  readonly configuration: unknown;
  /**
   * Opens the native payload of an object out of `objects`. Throws a `Refusal`: `payload_unknown` if it has none,
   * `blob_misplaced` if the item is not that object's, and as `readNamedBlob` for a blob that was lost or changed.
   */
  openItem(object: IndexObject): Promise<OpenedItem>;
  /** Opens the portable payload of an object out of `objects`, and checks its fingerprints. Throws as `openItem` does, and `index_disagrees`. */
  openPortable(object: IndexObject): Promise<OpenedPortable>;
}

/**
 * Opens a verified snapshot as one of its recipients (section 9): its data keys, its index, and then its items one by
 * one. Throws a `Refusal` for whatever is lost, changed, or not in its own place, with `not_a_recipient` if the data keys are
 * sealed to others. Reads only, and may run any number of times; an unwrapping opener is asked once for each data key.
 */
export async function openSnapshot(options: OpenOptions): Promise<OpenedSnapshot> {
  const { source, snapshot, opener } = options;
  const { manifest } = snapshot;
  const named = new Map(manifest.blobs.map((entry) => [entry.blob, entry]));
  const read = async (blob: string): Promise<Uint8Array> => {
    const entry = named.get(blob);
    if (entry === undefined) throw new Refusal('index_disagrees', 'the manifest does not name it', blob);
    return readNamedBlob(source, snapshot, entry);
  };
  const dataKeys = new Map<string, Uint8Array>();
  for (const { id, blob } of manifest.dataKeys) {
    dataKeys.set(id, await openDataKey(snapshot, id, blob, await read(blob), opener));
  }
  const index = await openSealedObject(snapshot, 'index', manifest.index, await read(manifest.index), dataKeys);
  return {
    manifest,
    objects: malformedIsDamage(manifest.index, () => readIndex(index, manifest)),
    configuration: index.raw('configuration'),
    openItem: async (object) => {
      const native = object.payloads.find(({ payload }) => payload === 'native');
      if (native === undefined) throw new Refusal('payload_unknown', 'the object has no native payload');
      const item = await openSealedObject(snapshot, 'item', native.blob, await read(native.blob), dataKeys);
      return malformedIsDamage(native.blob, () => readItem(item, object, native.blob));
    },
    openPortable: async (object) => {
      const blobs = object.payloads.filter(({ payload }) => payload === 'portable').map(({ blob }) => blob);
      const [first] = blobs;
      if (first === undefined) throw new Refusal('payload_unknown', 'the object has no portable payload');
      const parts: Members[] = [];
      for (const blob of blobs) {
        const part = await openSealedObject(snapshot, 'item', blob, await read(blob), dataKeys);
        malformedIsDamage(blob, () => {
          checkObject(part, object, 'portable', blob);
        });
        parts.push(part);
      }
      return malformedIsDamage(first, () => readPortable(parts, object, dataKeys));
    },
  };
}

function readItem(item: Members, object: IndexObject, blob: string): OpenedItem {
  checkObject(item, object, 'native', blob);
  return {
    takenAt: item.time('takenAt'),
    versions: item.list('versions', readVersion),
    backup: item.text('backup', /^[A-Za-z0-9_-]+$/),
  };
}

function checkObject(item: Members, object: IndexObject, payload: 'native' | 'portable', blob: string): void {
  const same =
    item.raw('kind') === object.kind &&
    item.text('name').toLowerCase() === object.name.toLowerCase() &&
    item.raw('payload') === payload;
  if (!same) throw new Refusal('blob_misplaced', 'it holds another object than the index says', blob);
}

function malformedIsDamage<T>(blob: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal('blob_damaged', error.message, blob);
    throw error;
  }
}
