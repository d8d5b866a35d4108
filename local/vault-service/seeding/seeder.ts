import { type DatabaseSync } from 'node:sqlite';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type StackClock } from '../../clock/stack-clock';
import { generateKey, type KeyMaterial } from '../cryptography/key-material';
import { seededRandom } from '../disturbances/seeded-random';
import { keyVersion } from '../kinds/keys';
import { type ObjectKind } from '../kinds/object-kind';
import { newVersionId } from '../kinds/vault-objects';
import { inTransaction } from '../store/database';
import { type ObjectStore, type StoredVersion, type VersionAttributes } from '../store/object-store';
import { type SeededCertificate, seededCertificate } from './seeded-certificate';
import { type SeededKeyVersion, type SeededSecretVersion, type SeedRequest } from './seed-request';

const CHUNK = 500;
const POOL_SIZE = 8;

/** One object to be written. */
interface SeededObject {
  kind: ObjectKind;
  name: string;
  managed: boolean;
  versions: StoredVersion[];
  policy?: string;
  /** Belongs to the certificate of the same name, and is not counted by itself. */
  ofCertificate?: boolean;
}

/** How much was written. The managed keys and secrets of certificates are not counted, nor are their versions. */
export interface SeedCounts {
  secrets: number;
  keys: number;
  certificates: number;
  versions: number;
}

/** Fills vaults quickly, past all limits and rights. */
export class Seeder {
  readonly #database: DatabaseSync;
  readonly #store: ObjectStore;
  readonly #clock: StackClock;
  readonly #seed: number;
  #pool: Promise<KeyMaterial[]> | undefined;

  /** `seed` decides generated names and values where a request brings no seed of its own. */
  constructor(parts: { database: DatabaseSync; store: ObjectStore; clock: StackClock }, seed: number) {
    this.#database = parts.database;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#seed = seed;
  }

  /** Writes everything; returns how much. A second run adds the same versions once more. */
  async fill(vault: string, request: SeedRequest): Promise<SeedCounts> {
    const objects = [
      ...this.#givenSecrets(request),
      ...(await this.#givenKeys(request)),
      ...(await this.#givenCertificates(request)),
      ...(await this.#generated(request)),
    ];
    for (let start = 0; start < objects.length; start += CHUNK) {
      inTransaction(this.#database, () => {
        for (const { kind, name, managed, versions, policy } of objects.slice(start, start + CHUNK)) {
          this.#store.add({ vault, kind, name }, versions, managed);
          if (policy !== undefined) this.#store.setPolicy({ vault, kind, name }, policy);
        }
      });
      await yieldToOthers();
    }
    const counted = objects.filter(({ ofCertificate }) => ofCertificate !== true);
    const amountOf = (wanted: ObjectKind): number => counted.filter(({ kind }) => kind === wanted).length;
    return {
      secrets: amountOf('secrets'),
      keys: amountOf('keys'),
      certificates: amountOf('certificates'),
      versions: counted.reduce((sum, { versions }) => sum + versions.length, 0),
    };
  }

  #attributes(given: Pick<SeededSecretVersion, 'enabled' | 'nbf' | 'exp' | 'created'>): VersionAttributes {
    const created = given.created ?? Math.floor(this.#clock.now() / 1000);
    const { enabled, nbf, exp } = given;
    return {
      enabled,
      ...(nbf === undefined ? {} : { nbf }),
      ...(exp === undefined ? {} : { exp }),
      created,
      updated: created,
    };
  }

  #secretVersion(given: SeededSecretVersion): StoredVersion {
    return {
      version: newVersionId(),
      attributes: this.#attributes(given),
      ...(given.tags === undefined ? {} : { tags: given.tags }),
      shown: given.contentType === undefined ? {} : { contentType: given.contentType },
      material: given.value,
    };
  }

  #givenSecrets({ secrets }: SeedRequest): SeededObject[] {
    return secrets.map(({ name, managed, versions }) => ({
      kind: 'secrets',
      name,
      managed,
      versions: versions.map((version) => this.#secretVersion(version)),
    }));
  }

  async #keyVersion(given: SeededKeyVersion): Promise<StoredVersion> {
    const material = await generateKey({
      kty: given.kty,
      ...(given.size === undefined ? {} : { size: given.size }),
      ...(given.crv === undefined ? {} : { curve: given.crv }),
    });
    return keyVersion(material, this.#attributes(given), { keyOps: given.keyOps, tags: given.tags });
  }

  #givenKeys({ keys }: SeedRequest): Promise<SeededObject[]> {
    return Promise.all(
      keys.map(async ({ name, managed, versions }) => ({
        kind: 'keys' as const,
        name,
        managed,
        versions: await Promise.all(versions.map((version) => this.#keyVersion(version))),
      })),
    );
  }

  async #givenCertificates({ certificates }: SeedRequest): Promise<SeededObject[]> {
    const random = seededRandom(this.#seed);
    const made = certificates.map(async ({ name, versions }) => {
      const drafts = versions.map(async (version) => {
        const { kty, size, crv } = version;
        const shape = { kty, ...(size === undefined ? {} : { size }), ...(crv === undefined ? {} : { curve: crv }) };
        return { ...version, attributes: this.#attributes(version), material: await generateKey(shape) };
      });
      return { name, drafts: await Promise.all(drafts) };
    });
    const whole = await Promise.all(made);
    const parts = whole.map(async ({ name, drafts }) => partsOf(name, await seededCertificate(name, drafts, random)));
    return (await Promise.all(parts)).flat();
  }

  async #generated({ generate }: SeedRequest): Promise<SeededObject[]> {
    if (generate === undefined) return [];
    const random = seededRandom(generate.seed ?? this.#seed);
    const numbered = (kind: 'secret' | 'key' | 'certificate', index: number): string =>
      `${generate.prefix}${kind}-${String(index + 1).padStart(5, '0')}`;
    const value = (): string =>
      Buffer.from(Array.from({ length: generate.valueBytes }, () => 33 + random() * 94)).toString('latin1');
    const secrets = Array.from({ length: generate.secrets }, (_, index): SeededObject => {
      const versions = Array.from({ length: generate.versions }, () =>
        this.#secretVersion({ enabled: true, value: value() }),
      );
      return { kind: 'secrets', name: numbered('secret', index), managed: false, versions };
    });
    const pool = generate.keys + generate.certificates === 0 ? [] : await this.#keyPool();
    const keys = Array.from({ length: generate.keys }, (_, index): SeededObject => {
      const versions = Array.from(
        { length: generate.versions },
        (_unused, version) => pool[(index + version) % pool.length],
      )
        .filter((material) => material !== undefined)
        .map((material) => keyVersion(material, this.#attributes({ enabled: true }), {}));
      return { kind: 'keys', name: numbered('key', index), managed: false, versions };
    });
    const certificates = Array.from({ length: generate.certificates }, async (_, index) => {
      const name = numbered('certificate', index);
      const drafts = Array.from(
        { length: generate.versions },
        (_unused, version) => pool[(index + version) % pool.length],
      )
        .filter((material) => material !== undefined)
        .map((material) => ({ material, attributes: this.#attributes({ enabled: true }) }));
      return partsOf(name, await seededCertificate(name, drafts, random));
    });
    return [...secrets, ...keys, ...(await Promise.all(certificates)).flat()];
  }

  /** A few keys that all generated objects share, since making a key takes longer than storing it. */
  #keyPool(): Promise<KeyMaterial[]> {
    this.#pool ??= Promise.all([
      generateKey({ kty: 'RSA', size: 2048 }),
      ...Array.from({ length: POOL_SIZE - 1 }, () => generateKey({ kty: 'EC', curve: 'P-256' })),
    ]);
    return this.#pool;
  }
}

/** The certificate with its key and its secret. */
function partsOf(name: string, { policy, versions }: SeededCertificate): SeededObject[] {
  const managed = { name, managed: true, ofCertificate: true };
  return [
    { kind: 'certificates', name, managed: false, policy, versions: versions.map(({ certificates }) => certificates) },
    { kind: 'keys', ...managed, versions: versions.map(({ keys }) => keys) },
    { kind: 'secrets', ...managed, versions: versions.map(({ secrets }) => secrets) },
  ];
}
