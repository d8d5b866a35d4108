import { type ListedObject, type ObjectKind, type ObjectVersion } from '../../src/contracts/objects';
import { type StrongroomError, StrongroomError as Failure } from '../../src/errors';
import { type RotationPolicy } from '../../src/contracts/snapshots';
import { type PublicCertificate, type SecretValue, type VaultReader } from '../../src/vault/port';

/** The calls of the port, as failures are asked for by name. */
export type ReaderCall = keyof VaultReader;

/** An object as a test puts it into a vault. */
export interface FakeObject {
  kind: ObjectKind;
  name: string;
  managed?: boolean;
  /** Newest first; one enabled version unless given. */
  versions?: ObjectVersion[];
  /** Of a secret, or of the secret behind a certificate, by version; a text that names the object and version unless given. */
  values?: Record<string, SecretValue>;
  /** Of a certificate, by version; a text that names it unless given. */
  certificates?: Record<string, PublicCertificate>;
  /** Of a key; the vault refuses to give it otherwise. */
  rotationPolicy?: RotationPolicy;
}

interface PlannedFailure {
  call: ReaderCall;
  name: string | undefined;
  error: StrongroomError;
  times: number;
}

/** Vaults in memory. A backup is a text that names the object and its versions, so that a test can recognise it. */
export class FakeVaultReader implements VaultReader {
  /** The calls so far, such as `backUp secret db`. */
  readonly calls: string[] = [];
  readonly #vaults = new Map<string, Map<string, Required<FakeObject>>>();
  #failures: PlannedFailure[] = [];

  /** Puts objects into a vault, which is made if need be; an object of that name is replaced. */
  put(vaultUrl: string, ...objects: FakeObject[]): void {
    const vault = this.#vaults.get(vaultUrl) ?? new Map<string, Required<FakeObject>>();
    this.#vaults.set(vaultUrl, vault);
    for (const object of objects) {
      const versions = object.versions ?? [{ version: '0123456789abcdef0123456789abcdef', enabled: true }];
      vault.set(keyOf(object.kind, object.name), {
        managed: false,
        values: {},
        certificates: {},
        rotationPolicy: { lifetimeActions: [], attributes: {} },
        ...object,
        versions,
      });
    }
  }

  /** Deletes an object, as somebody might between inventory and backup. */
  delete(vaultUrl: string, kind: ObjectKind, name: string): void {
    this.#vaults.get(vaultUrl)?.delete(keyOf(kind, name));
  }

  /** Makes the next `times` calls fail; those for the object `name` only, if given. */
  fail(call: ReaderCall, error: StrongroomError, options: { name?: string; times?: number } = {}): void {
    this.#failures.push({ call, error, name: options.name, times: options.times ?? 1 });
  }

  async *listObjects(vaultUrl: string, kind: ObjectKind): AsyncGenerator<ListedObject> {
    await this.#called('listObjects', kind);
    const objects = [...this.#vault(vaultUrl).values()].filter((object) => object.kind === kind);
    for (const { name, managed, versions } of objects) {
      const { enabled, created, updated, notBefore, expires } = versions[0]!;
      const times = { created, updated, notBefore, expires };
      const known = Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined));
      yield { kind, name, managed, attributes: { enabled, ...known } };
    }
  }

  async listVersions(vaultUrl: string, kind: ObjectKind, name: string): Promise<ObjectVersion[]> {
    await this.#called('listVersions', kind, name);
    return structuredClone(this.#object(vaultUrl, kind, name).versions);
  }

  async backUp(vaultUrl: string, kind: ObjectKind, name: string): Promise<Uint8Array> {
    await this.#called('backUp', kind, name);
    const { managed, versions } = this.#object(vaultUrl, kind, name);
    if (managed) throw new Failure('vault_forbidden', 'It belongs to a certificate.');
    if (versions.length > 500) throw new Failure('too_many_versions', 'It has too many versions.');
    return Buffer.from(JSON.stringify({ vaultUrl, kind, name, versions }));
  }

  async readValue(vaultUrl: string, name: string, version: string): Promise<SecretValue | 'disabled'> {
    await this.#called('readValue', 'secret', name);
    const object = this.#find(vaultUrl, 'secret', name) ?? this.#object(vaultUrl, 'certificate', name);
    if (!versionOf(object, version).enabled) return 'disabled';
    return object.values[version] ?? { value: `the value of ${object.name} ${version}` };
  }

  async readCertificate(vaultUrl: string, name: string, version: string): Promise<PublicCertificate | 'disabled'> {
    await this.#called('readCertificate', 'certificate', name);
    const object = this.#object(vaultUrl, 'certificate', name);
    versionOf(object, version);
    const given = object.certificates[version];
    if (given !== undefined) return given;
    return { cer: Buffer.from(`the DER of ${name} ${version}`), x5t: Buffer.from('the thumbprint') };
  }

  async readCertificatePolicy(vaultUrl: string, name: string): Promise<object> {
    await this.#called('readCertificatePolicy', 'certificate', name);
    this.#object(vaultUrl, 'certificate', name);
    return { key_props: { exportable: true, kty: 'RSA', key_size: 2048, reuse_key: false } };
  }

  async readRotationPolicy(vaultUrl: string, name: string): Promise<RotationPolicy> {
    await this.#called('readRotationPolicy', 'key', name);
    return structuredClone(this.#object(vaultUrl, 'key', name).rotationPolicy);
  }

  async #called(call: ReaderCall, kind: ObjectKind, name?: string): Promise<void> {
    await Promise.resolve();
    this.calls.push([call, kind, name].filter(Boolean).join(' '));
    const failure = this.#failures.find((one) => one.call === call && (one.name === undefined || one.name === name));
    if (failure === undefined) return;
    if (--failure.times === 0) this.#failures = this.#failures.filter((one) => one !== failure);
    throw failure.error;
  }

  #vault(vaultUrl: string): Map<string, Required<FakeObject>> {
    const vault = this.#vaults.get(vaultUrl);
    if (vault === undefined) throw new Failure('vault_unreachable', 'There is no such vault.', { retryable: true });
    return vault;
  }

  #find(vaultUrl: string, kind: ObjectKind, name: string): Required<FakeObject> | undefined {
    return this.#vault(vaultUrl).get(keyOf(kind, name));
  }

  #object(vaultUrl: string, kind: ObjectKind, name: string): Required<FakeObject> {
    const object = this.#find(vaultUrl, kind, name);
    if (object === undefined) throw new Failure('source_not_found', 'The vault has no such object.');
    return object;
  }
}

function versionOf({ versions }: Required<FakeObject>, version: string): ObjectVersion {
  const found = versions.find((one) => one.version === version);
  if (found === undefined) throw new Failure('source_not_found', 'The object has no such version.');
  return found;
}

function keyOf(kind: ObjectKind, name: string): string {
  return `${kind} ${name.toLowerCase()}`;
}
