import { type ObjectVersion } from '../contracts/objects';
import { type PortableVersion } from '../contracts/snapshots';
import { hasPrivateKey } from '../domain/payloads';
import { type ObjectRow } from '../ledger/port';
import { type VaultReader } from '../vault/port';

/** Versions that are read at once: enough to keep the vault busy, few enough that a batch of objects holds only so many values. */
const AT_ONCE = 8;

/** A version with its value, and what its fingerprint is made of, if there is anything. */
export interface ReadVersion {
  version: PortableVersion;
  content: string | Uint8Array | undefined;
}

/**
 * Reads the values of the listed versions, some at a time and in their order. A version that is disabled comes without value. Throws
 * `values_forbidden`, `source_not_found` and what else a vault may answer. Needs `secrets/getSecret/action`, for certificates also `certificates/read`.
 */
export async function* readPortableVersions(
  reader: VaultReader,
  vaultUrl: string,
  { kind, name }: ObjectRow,
  versions: readonly ObjectVersion[],
): AsyncGenerator<ReadVersion> {
  const read = kind === 'certificate' ? readCertificateVersion : readSecretVersion;
  for (let first = 0; first < versions.length; first += AT_ONCE) {
    const reads = versions.slice(first, first + AT_ONCE).map((version) => read(reader, vaultUrl, name, version));
    // Waits for all before it throws, so that nothing of this execution goes on behind a second one.
    await Promise.allSettled(reads);
    yield* await Promise.all(reads);
  }
}

async function readSecretVersion(
  reader: VaultReader,
  vaultUrl: string,
  name: string,
  listed: ObjectVersion,
): Promise<ReadVersion> {
  const secret = await reader.readValue(vaultUrl, name, listed.version);
  if (secret === 'disabled') return { version: { ...listed, missing: 'unreadable_disabled' }, content: undefined };
  return { version: { ...listed, value: secret.value }, content: secret.value };
}

async function readCertificateVersion(
  reader: VaultReader,
  vaultUrl: string,
  name: string,
  listed: ObjectVersion,
): Promise<ReadVersion> {
  const certificate = await reader.readCertificate(vaultUrl, name, listed.version);
  const secret = await reader.readValue(vaultUrl, name, listed.version);
  const version: PortableVersion = { ...listed };
  if (certificate !== 'disabled') {
    version.cer = base64url(certificate.cer);
    if (certificate.x5t !== undefined) version.x5t = base64url(certificate.x5t);
  }
  if (secret === 'disabled') version.missing = 'unreadable_disabled';
  else {
    version.value = secret.value;
    if (secret.contentType !== undefined) version.contentType = secret.contentType;
    if (!hasPrivateKey(secret.value, secret.contentType)) version.missing = 'unexportable';
  }
  return { version, content: certificate === 'disabled' ? undefined : certificate.cer };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
