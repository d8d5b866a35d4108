import { createHash } from 'node:crypto';
import { type KeyVaultKey, parseKeyVaultKeyIdentifier } from '@azure/keyvault-keys';
import { StrongroomError } from '../errors';
import { newestFirst, toObjectVersion } from './listed-properties';
import { type SignatureAlgorithm, type VaultKeys, type VaultPublicKey } from './port';
import { type VaultClients } from './vault-clients';
import { type DataAction, notFound, translateVaultError } from './vault-errors';

/** Octets of a coordinate; RFC 7518 wants all of them, leading zeros too. */
const COORDINATE_OCTETS: Partial<Record<string, number>> = { 'P-256': 32, 'P-256K': 32, 'P-384': 48, 'P-521': 66 };

/** Reads and uses keys over the Key Vault SDK. Limits and retries are those of the clients. */
export function createKeyVaultKeys(clients: VaultClients): VaultKeys {
  return {
    readPublicKey: (keyId) => translated('keys/read', () => readPublicKey(clients, keyId)),
    listKeyVersions: (keyId) => translated('keys/read', () => listKeyVersions(clients, keyId)),
    sign: (kid, algorithm, input) => translated('keys/sign/action', () => sign(clients, kid, algorithm, input)),
  };
}

async function readPublicKey(clients: VaultClients, keyId: string): Promise<VaultPublicKey> {
  const { vaultUrl, name, version } = parseKeyVaultKeyIdentifier(keyId);
  const key = await clients.keys(vaultUrl).getKey(name, version === undefined ? {} : { version });
  const { enabled = true, createdOn, notBefore, expiresOn } = key.properties;
  return {
    kid: key.id ?? keyId,
    jwk: publicJwk(key),
    enabled,
    keyOps: key.keyOperations ?? [],
    ...(createdOn instanceof Date && { created: createdOn.toISOString() }),
    ...(notBefore instanceof Date && { notBefore: notBefore.toISOString() }),
    ...(expiresOn instanceof Date && { expires: expiresOn.toISOString() }),
  };
}

async function listKeyVersions(clients: VaultClients, keyId: string): Promise<{ kid: string; enabled: boolean }[]> {
  const { vaultUrl, name } = parseKeyVaultKeyIdentifier(keyId);
  const versions: { kid: string; enabled: boolean; created?: string; version: string }[] = [];
  for await (const properties of clients.keys(vaultUrl).listPropertiesOfKeyVersions(name)) {
    versions.push({ kid: properties.id ?? '', ...toObjectVersion(properties) });
  }
  if (versions.length === 0) throw notFound('keys/read');
  return versions.sort(newestFirst).map(({ kid, enabled }) => ({ kid, enabled }));
}

async function sign(
  clients: VaultClients,
  kid: string,
  algorithm: SignatureAlgorithm,
  input: Uint8Array,
): Promise<Uint8Array> {
  const digest = createHash('sha256').update(input).digest();
  const { result } = await clients.cryptography(kid).sign(algorithm, digest);
  return result;
}

function publicJwk({ key }: KeyVaultKey): VaultPublicKey['jwk'] {
  const { kty, n, e, crv, x, y } = key ?? {};
  if ((kty === 'RSA' || kty === 'RSA-HSM') && n !== undefined && e !== undefined) {
    return { kty: 'RSA', n: base64url(withoutLeadingZeros(n)), e: base64url(withoutLeadingZeros(e)) };
  }
  if ((kty === 'EC' || kty === 'EC-HSM') && crv !== undefined && x !== undefined && y !== undefined) {
    const octets = COORDINATE_OCTETS[crv] ?? x.length;
    return { kty: 'EC', crv, x: base64url(padded(x, octets)), y: base64url(padded(y, octets)) };
  }
  throw new StrongroomError(
    'vault_refused',
    'The key is neither an RSA nor an EC key, so nothing can be sealed or signed with it.',
  );
}

/** A thumbprint is taken over the text of these members, so each number may have one form only (RFC 7518, 2 and 6). */
function withoutLeadingZeros(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  return first <= 0 ? octets : octets.subarray(first);
}

function padded(octets: Uint8Array, length: number): Uint8Array {
  const bare = withoutLeadingZeros(octets);
  return bare.length >= length ? bare : Buffer.concat([Buffer.alloc(length - bare.length), bare]);
}

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64url');
}

async function translated<T>(action: DataAction, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateVaultError(error, action);
  }
}
