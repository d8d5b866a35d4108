import { type KeyRotationPolicy } from '@azure/keyvault-keys';
import { z } from 'zod';
import { type RotationPolicy } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type PublicCertificate, type SecretValue, type VaultReader } from './port';
import { type VaultClients } from './vault-clients';
import { type DataAction, translateVaultError, unreachable } from './vault-errors';

type ValueReads = Pick<VaultReader, 'readValue' | 'readCertificate' | 'readCertificatePolicy' | 'readRotationPolicy'>;

/** The reads of a vault that give contents rather than lists, over the Key Vault SDKs. Limits and retries are those of the clients. */
export function createValueReads(clients: VaultClients): ValueReads {
  return {
    readValue: (vaultUrl, name, version) => unlessDisabled(readValue(clients, vaultUrl, name, version)),
    readCertificate: (vaultUrl, name, version) => unlessDisabled(readCertificate(clients, vaultUrl, name, version)),
    readCertificatePolicy: (vaultUrl, name) =>
      translated('certificates/read', () => readCertificatePolicy(clients, vaultUrl, name)),
    readRotationPolicy: (vaultUrl, name) =>
      translated('keyrotationpolicies/read', async () =>
        toRotationPolicy(await clients.keys(vaultUrl).getKeyRotationPolicy(name)),
      ),
  };
}

async function readValue(clients: VaultClients, vaultUrl: string, name: string, version: string): Promise<SecretValue> {
  try {
    return await translated('secrets/getSecret/action', async () => {
      const { value, properties } = await clients.secrets(vaultUrl).getSecret(name, { version });
      if (value === undefined) throw unreachable('NO_VALUE');
      return { value, ...(properties.contentType !== undefined && { contentType: properties.contentType }) };
    });
  } catch (error) {
    throw isForbidden(error) ? valuesForbidden(error) : error;
  }
}

function readCertificate(
  clients: VaultClients,
  vaultUrl: string,
  name: string,
  version: string,
): Promise<PublicCertificate> {
  return translated('certificates/read', async () => {
    const { cer, properties } = await clients.certificates(vaultUrl).getCertificateVersion(name, version);
    if (cer === undefined || cer.length === 0) throw unreachable('NO_CERTIFICATE');
    return { cer, ...(properties.x509Thumbprint !== undefined && { x5t: properties.x509Thumbprint }) };
  });
}

const policySchema = z.looseObject({ id: z.string().optional() });

/** The SDK's own reading of a policy leaves out what it does not know, so the answer itself is taken. */
async function readCertificatePolicy(clients: VaultClients, vaultUrl: string, name: string): Promise<object> {
  let body: unknown;
  await clients.certificates(vaultUrl).getCertificatePolicy(name, {
    onResponse: (answer) => {
      body = JSON.parse(answer.bodyAsText ?? 'null');
    },
  });
  const parsed = policySchema.safeParse(body);
  if (!parsed.success) throw unreachable('NO_POLICY');
  const { id: _id, ...policy } = parsed.data;
  return policy;
}

/** As the REST interface takes it; the times of the policy itself are left out. */
function toRotationPolicy({ lifetimeActions = [], expiresIn }: KeyRotationPolicy): RotationPolicy {
  return {
    lifetimeActions: lifetimeActions.map(({ action, timeAfterCreate, timeBeforeExpiry }) => ({
      trigger: { ...given('timeAfterCreate', timeAfterCreate), ...given('timeBeforeExpiry', timeBeforeExpiry) },
      action: { type: action },
    })),
    attributes: given('expiryTime', expiresIn),
  };
}

/** The SDK passes a null of the vault on. */
function given<Name extends string>(name: Name, duration: string | null | undefined): Partial<Record<Name, string>> {
  const entry: Partial<Record<string, string>> = duration == null ? {} : { [name]: duration };
  return entry;
}

async function translated<T>(action: DataAction, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateVaultError(error, action);
  }
}

/** A version that is disabled is listed, and answered with 403 of this reason. */
async function unlessDisabled<T>(read: Promise<T>): Promise<T | 'disabled'> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof StrongroomError && /^(Secret|Certificate)Disabled$/.test(String(error.details.reason)))
      return 'disabled';
    throw error;
  }
}

/** A firewall keeps everything out, not only values, and the disabled are no question of rights. */
function isForbidden(error: unknown): error is StrongroomError {
  return (
    error instanceof StrongroomError &&
    error.code === 'vault_forbidden' &&
    error.details.reason !== 'ForbiddenByFirewall' &&
    error.details.reason !== 'SecretDisabled'
  );
}

function valuesForbidden({ options }: StrongroomError): StrongroomError {
  return new StrongroomError(
    'values_forbidden',
    'The vault forbids reading values, which portable payloads need. Give the identity of the app the data action Microsoft.KeyVault/vaults/secrets/getSecret/action, or make the plan native.',
    options,
  );
}
