import { type DutyConnections, type StorageUrls } from '../storage/connections';
import {
  API_AUDIENCE,
  APP_PRINCIPAL,
  ARCHIVE_RESOURCE_ID,
  type ArchiveContainer,
  type Estate,
  GEOGRAPHY,
  KEY_NAMES,
  KEY_VAULT,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from './estate';

/** App settings by name, as a Functions host keeps them in the environment. */
export type AppSettings = Record<string, string>;

/** Settings that replace those of the stack; `undefined` takes one away. */
export type SettingOverrides = Record<string, string | undefined>;

/** What the settings are made from. */
export interface SettingsGround {
  estate: Estate;
  urls: StorageUrls;
  duty: DutyConnections;
  account: string;
  vaultGateway: string;
  identity: string;
  identityHeader: string;
  controlPlane: string;
}

// Retention of the manifests and the lock of the container: twelve months may have 366 days.
const DEFAULT_CONTAINERS = {
  daily: { name: 'strongroom-daily', retentionDays: 30 },
  monthly: { name: 'strongroom-monthly', retentionDays: 366 },
} as const;

/** The app's settings on this stack: those that have a default in the app are set only where the stack cares. */
export function appSettings(ground: SettingsGround): AppSettings {
  const { estate, urls, duty } = ground;
  const keyId = (name: string): string => `${vaultUrl(KEY_VAULT)}/keys/${name}`;
  const vaults = estate.vaults.map((name) => ({
    url: vaultUrl(name),
    subscriptionId: SUBSCRIPTION_ID,
    geography: GEOGRAPHY,
  }));
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsStorage: ground.account,
    PROTECTED_VAULTS: JSON.stringify(vaults),
    RECIPIENTS: JSON.stringify([{ kek: keyId(KEY_NAMES.encryption), approved: [estate.kekThumbprint] }]),
    SIGNING_KEY: keyId(KEY_NAMES.signing),
    PRUNE_SIGNING_KEY: keyId(KEY_NAMES.pruning),
    ARCHIVE_URL: urls.blob,
    LEDGER_URL: urls.table,
    EVENTS_URL: urls.queue,
    ARCHIVE_CONNECTION: duty.archive,
    PRUNE_ARCHIVE_CONNECTION: duty.prune,
    LEDGER_CONNECTION: duty.ledger,
    EVENTS_CONNECTION: duty.events,
    VAULT_GATEWAY: ground.vaultGateway,
    ARM_GATEWAY: ground.controlPlane,
    ARCHIVE_RESOURCE_ID,
    IDENTITY_ENDPOINT: `${ground.identity}/msi/token`,
    IDENTITY_HEADER: ground.identityHeader,
    AZURE_CLIENT_ID: APP_PRINCIPAL.clientId,
    TENANT_ID,
    API_AUDIENCE: `${API_AUDIENCE},api://${API_AUDIENCE}`,
    IDENTITY_GATEWAY: ground.identity,
    DAILY_CONTAINER: DEFAULT_CONTAINERS.daily.name,
    MONTHLY_CONTAINER: DEFAULT_CONTAINERS.monthly.name,
    DAILY_SCHEDULE: '0 0 2 * * *',
    MONTHLY_SCHEDULE: '0 0 2 1 * *',
  };
}

/** The settings with the overrides applied. */
export function merged(settings: AppSettings, overrides: SettingOverrides): AppSettings {
  const entries = Object.entries({ ...settings, ...overrides });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The containers that a deployment with these settings would have. */
export function archiveContainers(overrides: SettingOverrides): ArchiveContainer[] {
  const { daily, monthly } = DEFAULT_CONTAINERS;
  return [
    { ...daily, name: overrides['DAILY_CONTAINER'] ?? daily.name },
    { ...monthly, name: overrides['MONTHLY_CONTAINER'] ?? monthly.name },
  ];
}

function vaultUrl(name: string): string {
  return `https://${name}.vault.azure.net`;
}
