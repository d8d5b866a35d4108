import { randomBytes } from 'node:crypto';
import { type StackClock } from '../../clock/stack-clock';
import { type BackupSealer } from '../cryptography/backup-blob';
import {
  alreadyExists,
  beingDeleted,
  beingRecovered,
  deletedButRecoverable,
  deletedNotFound,
  KeyVaultError,
  managedByKeyVault,
  notFound,
} from '../key-vault-error';
import { type ObjectPlace, type ObjectStore, type StoredObject, type StoredVersion } from '../store/object-store';
import { type Vault } from '../vaults';
import { type ObjectKind } from './object-kind';
import { type Call } from './operation';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_BACKED_UP_VERSIONS = 500;

/** The objects that stand under one name and live and die together: a certificate has a key and a secret. */
const PARTS: Readonly<Record<ObjectKind, readonly ObjectKind[]>> = {
  secrets: ['secrets'],
  keys: ['keys'],
  certificates: ['certificates', 'keys', 'secrets'],
};

/** What the kinds of objects share. */
export interface KindParts {
  store: ObjectStore;
  clock: StackClock;
  sealer: BackupSealer;
}

/** A fresh version id. */
export function newVersionId(): string {
  return randomBytes(16).toString('hex');
}

/**
 * The life of the objects of one kind: existing, soft-deleted, recovered, purged, backed up and restored. Every check and the
 * write after it happen without waiting in between, so that concurrent requests see whole states only.
 */
export class VaultObjects {
  readonly kind: ObjectKind;
  readonly store: ObjectStore;
  readonly #clock: StackClock;
  readonly #sealer: BackupSealer;

  constructor(kind: ObjectKind, parts: KindParts) {
    this.kind = kind;
    this.store = parts.store;
    this.#clock = parts.clock;
    this.#sealer = parts.sealer;
  }

  /** Milliseconds since 1970 by the stack's clock. */
  now(): number {
    return this.#clock.now();
  }

  /** Where the object of a call lives. */
  place(call: Call): ObjectPlace {
    return { vault: call.vault.name, kind: this.kind, name: call.name };
  }

  /** Where the parts of the object of a call live. */
  parts(call: Call): ObjectPlace[] {
    return PARTS[this.kind].map((kind) => ({ ...this.place(call), kind }));
  }

  /** The object if it can be read. Throws 404 while it is deleted, and in the first half of a recovery. */
  readable(call: Call): StoredObject {
    const object = this.store.find(this.place(call));
    if (object?.state !== 'active') throw notFound(this.kind, call.name);
    const remaining = object.settlesAt - this.now();
    if (remaining > call.vault.transitions.recoveredMs / 2) throw notFound(this.kind, call.name);
    return object;
  }

  /** The object if it can be changed. Throws 404 if it is not there, 409 while it is being recovered, 403 if it is managed. */
  writable(call: Call, operation: string): StoredObject {
    const object = this.store.find(this.place(call));
    if (object?.state !== 'active') throw notFound(this.kind, call.name);
    if (object.settlesAt > this.now()) throw beingRecovered(this.kind);
    if (object.managed) throw managedByKeyVault(this.kind, operation);
    return object;
  }

  /** Throws 409 unless a new version may be written under the name: it is free, or belongs to an object that can be changed. */
  requireNameFor(call: Call, operation: string): void {
    for (const place of this.parts(call)) {
      const object = this.#occupant(place);
      if (object === undefined) continue;
      if (place.kind === this.kind && object.managed) throw managedByKeyVault(this.kind, operation);
      if (place.kind !== this.kind && !object.managed) throw alreadyExists(place.kind, object.name);
    }
  }

  /** The version that the call names, or the current one. Throws 404 if there is none. */
  versionOf(call: Call, object: StoredObject): StoredVersion {
    const version = this.store.version(this.place(call), call.version ?? object.current);
    if (version === undefined) throw notFound(this.kind, `${call.name}/${call.version ?? object.current}`);
    return version;
  }

  /** Soft-deletes the object and returns it as it then is. */
  delete(call: Call): StoredObject {
    this.writable(call, 'delete');
    const now = this.now();
    const { softDeleteDays, transitions } = call.vault;
    this.store.atOnce(() => {
      for (const place of this.parts(call)) {
        this.store.markDeleted(place, now, now + softDeleteDays * DAY_MS, now + transitions.deletedMs);
      }
    });
    return this.deleted(call, false);
  }

  /** The soft-deleted object. With `settled`, a deletion that is still under way counts as 404, as Key Vault has it. */
  deleted(call: Call, settled: boolean): StoredObject {
    const object = this.store.find(this.place(call));
    if (object?.state !== 'deleted') throw deletedNotFound(this.kind, call.name);
    if (settled && object.settlesAt > this.now()) throw deletedNotFound(this.kind, call.name);
    return object;
  }

  /** Recovers the object and returns it. */
  recover(call: Call): StoredObject {
    const object = this.#settledDeleted(call, 'recover');
    const settlesAt = this.now() + call.vault.transitions.recoveredMs;
    this.store.atOnce(() => {
      for (const place of this.parts(call)) this.store.markRecovered(place, settlesAt);
    });
    return object;
  }

  /** Purges the object for good. Throws 403 under purge protection. */
  purge(call: Call): void {
    this.#settledDeleted(call, 'purge');
    if (call.vault.purgeProtection) {
      throw new KeyVaultError(
        403,
        'Forbidden',
        'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically ' +
          `purge it after the retention period has passed.\r\nVault: ${call.vault.name};location=${call.vault.region}`,
      );
    }
    const settlesAt = this.now() + call.vault.transitions.purgedMs;
    this.store.atOnce(() => {
      for (const place of this.parts(call)) this.store.purge(place, settlesAt);
    });
  }

  /** The backup blob with all versions. Reads no value for the caller, so it needs no right to get. */
  async backUp(call: Call): Promise<string> {
    const object = this.readable(call);
    if (object.managed) throw managedByKeyVault(this.kind, 'backup');
    if (this.store.countVersions(this.place(call)) > MAX_BACKED_UP_VERSIONS) {
      throw new KeyVaultError(
        400,
        'BadParameter',
        `The object has more than ${MAX_BACKED_UP_VERSIONS} versions and cannot be backed up.`,
      );
    }
    const versionsOf = (kind: ObjectKind): StoredVersion[] => this.store.versions({ ...this.place(call), kind });
    return this.#sealer.seal(call.vault, this.kind, {
      name: object.name,
      versions: versionsOf(this.kind),
      ...(this.kind === 'certificates'
        ? { managed: { keys: versionsOf('keys'), secrets: versionsOf('secrets') } }
        : {}),
      ...(this.kind === 'certificates' && object.policy !== undefined ? { policy: object.policy } : {}),
    });
  }

  /** Restores a blob: version ids, attributes and tags as they were. Throws 409 if the name is in use or soft-deleted. */
  async restore(vault: Vault, blob: string): Promise<ObjectPlace> {
    const { name, versions, managed, policy } = await this.#sealer.open(vault, this.kind, blob);
    const place = { vault: vault.name, kind: this.kind, name };
    for (const kind of PARTS[this.kind]) {
      if (this.#occupant({ ...place, kind }) !== undefined) throw alreadyExists(kind, name);
    }
    this.store.atOnce(() => {
      this.store.add(place, versions);
      if (policy !== undefined) this.store.setPolicy(place, policy);
      if (managed === undefined) return;
      this.store.add({ ...place, kind: 'keys' }, managed.keys, true);
      this.store.add({ ...place, kind: 'secrets' }, managed.secrets, true);
    });
    return place;
  }

  /** The active object under the name, or undefined if the name is free. Throws 409 in every state in between. */
  #occupant(place: ObjectPlace): StoredObject | undefined {
    const { kind } = place;
    const object = this.store.find(place);
    if (object === undefined) return undefined;
    const settled = object.settlesAt <= this.now();
    if (object.state === 'purged') {
      if (settled) return undefined;
      throw beingDeleted(kind);
    }
    if (object.state === 'deleted') throw settled ? deletedButRecoverable(kind, object.name) : beingDeleted(kind);
    if (!settled) throw beingRecovered(kind);
    return object;
  }

  #settledDeleted(call: Call, operation: string): StoredObject {
    const object = this.deleted(call, false);
    if (object.managed) throw managedByKeyVault(this.kind, operation);
    if (object.settlesAt > this.now()) throw beingDeleted(this.kind);
    return object;
  }
}
