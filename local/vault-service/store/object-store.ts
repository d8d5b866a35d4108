import { type DatabaseSync, type StatementSync } from 'node:sqlite';
import { type ObjectKind } from '../kinds/object-kind';
import { inTransaction } from './database';
import { OBJECT_STATEMENTS } from './object-statements';

/** Times are seconds since 1970, as Key Vault shows them. */
export interface VersionAttributes {
  enabled: boolean;
  nbf?: number;
  exp?: number;
  created: number;
  updated: number;
}

/** What a version shows to a caller who may not see its value. `shown` belongs to the kind. */
export interface VersionProperties {
  attributes: VersionAttributes;
  tags?: Record<string, string>;
  shown: unknown;
}

/** A whole version. `material` is the value of a secret or the private JWK of a key, and never leaves by a listing. */
export interface StoredVersion extends VersionProperties {
  version: string;
  material: string;
}

/** Where an object lives. `name` compares without case; the first spelling is kept. */
export interface ObjectPlace {
  vault: string;
  kind: ObjectKind;
  name: string;
}

/**
 * An object without its versions. `purged` rows keep a purged name taken until `settlesAt`. Times are milliseconds; until
 * `settlesAt` a deletion, recovery or purge is still under way.
 */
export interface StoredObject {
  name: string;
  state: 'active' | 'deleted' | 'purged';
  managed: boolean;
  current: string;
  deletedAt?: number;
  purgeAt?: number;
  settlesAt: number;
  /** A key's rotation policy, or a certificate's policy, as JSON. */
  policy?: string;
}

/** One line of a listing: the object and what its current version shows. */
export interface ListedObject {
  object: StoredObject;
  properties: VersionProperties;
}

interface ObjectRow {
  name: string;
  state: StoredObject['state'];
  managed: number;
  current: string;
  deleted_at: number | null;
  purge_at: number | null;
  settles_at: number;
  rotation_policy: string | null;
}

interface VersionRow {
  version: string;
  properties: string;
  material: string;
}

const fromRow = (row: ObjectRow): StoredObject => ({
  name: row.name,
  state: row.state,
  managed: row.managed === 1,
  current: row.current,
  settlesAt: row.settles_at,
  ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
  ...(row.purge_at === null ? {} : { purgeAt: row.purge_at }),
  ...(row.rotation_policy === null ? {} : { policy: row.rotation_policy }),
});

const readProperties = (text: string): VersionProperties => JSON.parse(text) as VersionProperties;
const writeProperties = ({ attributes, tags, shown }: VersionProperties): string =>
  JSON.stringify({ attributes, tags, shown });
const fromVersionRow = (row: VersionRow): StoredVersion => ({
  ...readProperties(row.properties),
  version: row.version,
  material: row.material,
});
const keyOf = ({ vault, kind, name }: ObjectPlace): [string, string, string] => [vault, kind, name.toLowerCase()];

/** The objects of all vaults. Every method is synchronous and atomic, and a write is on disk when it returns. */
export class ObjectStore {
  readonly #database: DatabaseSync;
  readonly #statements: Record<keyof typeof OBJECT_STATEMENTS, StatementSync>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const entries = Object.entries(OBJECT_STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)] as const);
    this.#statements = Object.fromEntries(entries) as Record<keyof typeof OBJECT_STATEMENTS, StatementSync>;
  }

  /** The object, in whatever state, or undefined. */
  find(place: ObjectPlace): StoredObject | undefined {
    const row = this.#statements.find.get(...keyOf(place)) as ObjectRow | undefined;
    return row && fromRow(row);
  }

  /** One version with its material, or undefined. */
  version(place: ObjectPlace, version: string): StoredVersion | undefined {
    const row = this.#statements.version.get(...keyOf(place), version.toLowerCase()) as VersionRow | undefined;
    return row && fromVersionRow(row);
  }

  /** What one version shows, without its material, or undefined. */
  properties(place: ObjectPlace, version: string): VersionProperties | undefined {
    const row = this.#statements.properties.get(...keyOf(place), version.toLowerCase()) as VersionRow | undefined;
    return row && readProperties(row.properties);
  }

  /** All versions, oldest first. */
  versions(place: ObjectPlace): StoredVersion[] {
    return (this.#statements.versions.all(...keyOf(place)) as unknown as VersionRow[]).map(fromVersionRow);
  }

  /** How many versions the object has. */
  countVersions(place: ObjectPlace): number {
    return (this.#statements.countVersions.get(...keyOf(place)) as { count: number }).count;
  }

  /** Adds versions as the newest ones, oldest first, and makes the object if it is not there. */
  add(place: ObjectPlace, versions: readonly StoredVersion[], managed = false): void {
    const newest = versions.at(-1);
    if (newest === undefined) return;
    inTransaction(this.#database, () => {
      const key = keyOf(place);
      this.#statements.upsertObject.run(...key, place.name, managed ? 1 : 0, newest.version);
      let ordinal = (this.#statements.lastOrdinal.get(...key) as { last: number }).last;
      for (const version of versions) {
        ordinal += 1;
        this.#statements.addVersion.run(...key, version.version, ordinal, writeProperties(version), version.material);
      }
    });
  }

  /** Replaces what one version shows; its material stays. */
  updateProperties(place: ObjectPlace, version: string, properties: VersionProperties): void {
    this.#statements.updateProperties.run(writeProperties(properties), ...keyOf(place), version);
  }

  /** Keeps a key's rotation policy, or a certificate's policy. */
  setPolicy(place: ObjectPlace, policy: string): void {
    this.#statements.setPolicy.run(policy, ...keyOf(place));
  }

  /** Runs several changes as one: all of them hold, or none. `work` must not wait for anything. */
  atOnce<T>(work: () => T): T {
    return inTransaction(this.#database, work);
  }

  /** Soft-deletes; the object is purged by itself at `purgeAt`. */
  markDeleted(place: ObjectPlace, deletedAt: number, purgeAt: number, settlesAt: number): void {
    this.#statements.markDeleted.run(deletedAt, purgeAt, settlesAt, ...keyOf(place));
  }

  /** Makes a soft-deleted object active again. */
  markRecovered(place: ObjectPlace, settlesAt: number): void {
    this.#statements.markRecovered.run(settlesAt, ...keyOf(place));
  }

  /** Removes all versions for good; the name stays taken until `settlesAt`. */
  purge(place: ObjectPlace, settlesAt: number): void {
    inTransaction(this.#database, () => {
      this.#statements.removeVersions.run(...keyOf(place));
      this.#statements.markPurged.run(settlesAt, settlesAt, ...keyOf(place));
    });
  }

  /** Removes what is overdue at `now`: retained objects whose time is over, and purged names. Returns when to look again. */
  purgeOverdue(now: number): number {
    return inTransaction(this.#database, () => {
      this.#statements.removeOverdueVersions.run(now);
      this.#statements.removeOverdue.run(now);
      return (this.#statements.nextPurge.get() as { next: number | null }).next ?? Number.POSITIVE_INFINITY;
    });
  }

  /** Active objects of one kind by name, after the name `after`, at most `limit`. */
  listActive(vault: string, kind: ObjectKind, after: string, limit: number): ListedObject[] {
    return this.#list(vault, kind, 'active', Number.MAX_SAFE_INTEGER, after, limit);
  }

  /** Soft-deleted objects whose deletion is done at `now`, by name, after the name `after`, at most `limit`. */
  listDeleted(vault: string, kind: ObjectKind, now: number, after: string, limit: number): ListedObject[] {
    return this.#list(vault, kind, 'deleted', now, after, limit);
  }

  #list(...parameters: [string, ObjectKind, StoredObject['state'], number, string, number]): ListedObject[] {
    const rows = this.#statements.list.all(...parameters) as unknown as (ObjectRow & {
      properties: string;
    })[];
    return rows.map((row) => ({ object: fromRow(row), properties: readProperties(row.properties) }));
  }

  /** Versions in no promised order, after the version `after`, at most `limit`; without material. */
  listVersions(place: ObjectPlace, after: string, limit: number): (VersionProperties & { version: string })[] {
    const rows = this.#statements.listVersions.all(...keyOf(place), after, limit) as unknown as VersionRow[];
    return rows.map((row) => ({ ...readProperties(row.properties), version: row.version }));
  }

  /** Forgets everything that a vault holds. */
  removeVault(vault: string): void {
    inTransaction(this.#database, () => {
      this.#statements.removeVaultVersions.run(vault);
      this.#statements.removeVaultObjects.run(vault);
      this.#statements.removeVaultPending.run(vault);
      this.#statements.removeVaultNotes.run(vault);
    });
  }
}
