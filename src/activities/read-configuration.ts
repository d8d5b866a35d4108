import { type Clock } from '../clock';
import { type ConfigurationPart, type UnreadPart, type VaultConfiguration } from '../contracts/configuration';
import { type ErrorCode } from '../contracts/error-codes';
import { type ProtectedVault } from '../contracts/objects';
import { type ConfigurationReader } from '../control-plane/port';
import { StrongroomError } from '../errors';
import { type CertificateSettings } from '../vault/port';

/** Where a vault's configuration is read. */
export interface ConfigurationSources {
  configuration: ConfigurationReader;
  certificateSettings: CertificateSettings;
  clock: Clock;
}

/**
 * A vault's own configuration, from both planes. Never throws: a backup of the objects is worth more than the settings around them, so a part that
 * cannot be read says why. It belongs into the sealed index and nowhere else.
 */
export async function readConfiguration(
  { configuration, certificateSettings, clock }: ConfigurationSources,
  vault: ProtectedVault,
): Promise<VaultConfiguration> {
  const readAt = clock.now().toISOString();
  const [parts, certificateIssuers, certificateContacts] = await Promise.all([
    configuration.read(vault),
    part(async () => ({ issuers: await certificateSettings.listIssuers(vault.url) })),
    part(async () => ({ contacts: await certificateSettings.listContacts(vault.url) })),
  ]);
  return { readAt, ...parts, certificateIssuers, certificateContacts };
}

/** The parts to which there was no answer, with their codes: not those that are not permitted or not there. */
export function unavailableParts(configuration: VaultConfiguration): { part: string; code: ErrorCode }[] {
  const { readAt: _readAt, ...parts } = configuration;
  return Object.entries(parts).flatMap(([name, value]: [string, ConfigurationPart<object>]) =>
    value.status === 'unavailable' ? [{ part: name, code: value.code }] : [],
  );
}

async function part<T extends object>(read: () => Promise<T>): Promise<ConfigurationPart<T>> {
  try {
    return { status: 'read', ...(await read()) };
  } catch (error) {
    const code = error instanceof StrongroomError ? error.code : 'internal_error';
    return { status: statusOf(code), code };
  }
}

function statusOf(code: ErrorCode): UnreadPart['status'] {
  if (code === 'vault_forbidden' || code === 'vault_unauthorized') return 'not_permitted';
  return code === 'source_not_found' ? 'not_found' : 'unavailable';
}
