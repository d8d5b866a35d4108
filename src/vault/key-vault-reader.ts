import { type ListedObject, type ObjectKind, type ObjectVersion } from '../contracts/objects';
import { StrongroomError } from '../errors';
import { createValueReads } from './key-vault-values';
import { type ListedProperties, newestFirst, toListedObject, toObjectVersion } from './listed-properties';
import { type VaultReader } from './port';
import { type VaultClients } from './vault-clients';
import { type DataAction, notFound, translateVaultError, unreachable } from './vault-errors';

/** The same three calls, which each SDK names in its own way, and the permissions that they need. */
interface KindCalls {
  listing: DataAction;
  backup: DataAction;
  list: (clients: VaultClients, vaultUrl: string) => AsyncIterable<ListedProperties>;
  versions: (clients: VaultClients, vaultUrl: string, name: string) => AsyncIterable<ListedProperties>;
  backUp: (clients: VaultClients, vaultUrl: string, name: string) => Promise<Uint8Array | undefined>;
}

/** So many versions fit into a backup. */
const BACKED_UP_VERSIONS = 500;

const CALLS: Record<ObjectKind, KindCalls> = {
  secret: {
    listing: 'secrets/readMetadata/action',
    backup: 'secrets/backup/action',
    list: (clients, url) => clients.secrets(url).listPropertiesOfSecrets(),
    versions: (clients, url, name) => clients.secrets(url).listPropertiesOfSecretVersions(name),
    backUp: (clients, url, name) => clients.secrets(url).backupSecret(name),
  },
  key: {
    listing: 'keys/read',
    backup: 'keys/backup/action',
    list: (clients, url) => clients.keys(url).listPropertiesOfKeys(),
    versions: (clients, url, name) => clients.keys(url).listPropertiesOfKeyVersions(name),
    backUp: (clients, url, name) => clients.keys(url).backupKey(name),
  },
  certificate: {
    listing: 'certificates/read',
    backup: 'certificates/backup/action',
    list: (clients, url) => clients.certificates(url).listPropertiesOfCertificates(),
    versions: (clients, url, name) => clients.certificates(url).listPropertiesOfCertificateVersions(name),
    backUp: (clients, url, name) => clients.certificates(url).backupCertificate(name),
  },
};

/** Reads vaults over the Key Vault SDKs. Limits and retries are those of the clients. */
export function createKeyVaultReader(clients: VaultClients): VaultReader {
  return {
    listObjects: (vaultUrl, kind) => listObjects(clients, vaultUrl, kind),
    listVersions: (vaultUrl, kind, name) => listVersions(clients, vaultUrl, kind, name),
    backUp: (vaultUrl, kind, name) => backUp(clients, vaultUrl, kind, name),
    ...createValueReads(clients),
  };
}

async function* listObjects(clients: VaultClients, vaultUrl: string, kind: ObjectKind): AsyncGenerator<ListedObject> {
  const calls = CALLS[kind];
  // A vault that changes while it is listed may show an object on two pages; names differ in more than case.
  const seen = new Set<string>();
  try {
    for await (const properties of calls.list(clients, vaultUrl)) {
      const name = nameOf(properties);
      if (seen.has(name.toLowerCase())) continue;
      seen.add(name.toLowerCase());
      yield toListedObject(kind, name, properties);
    }
  } catch (error) {
    throw translateVaultError(error, calls.listing);
  }
}

/** An object without a name could not be backed up, and must not be passed over in silence. */
function nameOf({ name }: ListedProperties): string {
  if (name !== undefined && name !== '') return name;
  throw new StrongroomError('vault_refused', 'The vault listed an object without a name.');
}

async function listVersions(
  clients: VaultClients,
  vaultUrl: string,
  kind: ObjectKind,
  name: string,
): Promise<ObjectVersion[]> {
  const calls = CALLS[kind];
  const versions = new Map<string, ObjectVersion>();
  try {
    for await (const properties of calls.versions(clients, vaultUrl, name)) {
      const version = toObjectVersion(properties);
      versions.set(version.version, version);
    }
  } catch (error) {
    throw translateVaultError(error, calls.listing);
  }
  // A vault lists no versions of an object that it does not have, rather than answer 404.
  if (versions.size === 0) throw notFound(calls.listing);
  return [...versions.values()].sort(newestFirst);
}

async function backUp(clients: VaultClients, vaultUrl: string, kind: ObjectKind, name: string): Promise<Uint8Array> {
  const calls = CALLS[kind];
  try {
    const backup = await calls.backUp(clients, vaultUrl, name);
    if (backup === undefined || backup.length === 0) throw unreachable('EMPTY_BACKUP');
    return backup;
  } catch (error) {
    const failure = translateVaultError(error, calls.backup);
    throw mayMeanTooManyVersions(failure) ? await countedVersions(clients, vaultUrl, kind, name, failure) : failure;
  }
}

/** A vault that cannot back up so many versions answers 400 or nothing at all; neither says why in words to rely on. */
function mayMeanTooManyVersions({ code, details }: StrongroomError): boolean {
  return (code === 'vault_refused' && details.status === 400) || details.reason === 'TIMEOUT';
}

async function countedVersions(
  clients: VaultClients,
  vaultUrl: string,
  kind: ObjectKind,
  name: string,
  failure: StrongroomError,
): Promise<StrongroomError> {
  const versions = await listVersions(clients, vaultUrl, kind, name).then(
    (listed) => listed.length,
    () => 0, // What went wrong first is what counts.
  );
  if (versions <= BACKED_UP_VERSIONS) return failure;
  return new StrongroomError(
    'too_many_versions',
    'The object has more versions than a vault can back up (500). Make its plan portable, or store it under a new name.',
    { cause: failure, details: { ...failure.details, versions } },
  );
}
