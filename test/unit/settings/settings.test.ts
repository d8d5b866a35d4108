import { StrongroomError } from '../../../src/errors';
import { parseSettings } from '../../../src/settings';

const THUMBPRINT = 'A'.repeat(43);
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const GUID = '11111111-2222-4333-8444-555555555555';

const valid: Record<string, string> = {
  PROTECTED_VAULTS: JSON.stringify([
    { url: 'https://Contoso-Prod.vault.azure.net/', subscriptionId: GUID, geography: 'Europe' },
  ]),
  RECIPIENTS: JSON.stringify([{ kek: 'https://keys.vault.azure.net/keys/kek', approved: [THUMBPRINT] }]),
  SIGNING_KEY: 'https://keys.vault.azure.net/keys/signing',
  PRUNE_SIGNING_KEY: 'https://keys.vault.azure.net/keys/pruning',
  TENANT_ID: GUID,
  API_AUDIENCE: 'api://strongroom',
  ARCHIVE_URL: 'https://archive.blob.core.windows.net',
  LEDGER_URL: 'https://ledger.table.core.windows.net',
};

function faultsOf(change: Record<string, string | undefined>): string {
  try {
    parseSettings({ ...valid, ...change });
  } catch (error) {
    if (error instanceof StrongroomError && error.code === 'invalid_settings') return error.message;
    throw error;
  }
  return '';
}

test('the least that is needed gives the documented defaults', () => {
  const settings = parseSettings(valid);
  expect(settings.vaults).toEqual([
    {
      url: 'https://contoso-prod.vault.azure.net',
      shortName: 'contoso-prod',
      subscriptionId: GUID,
      geography: 'Europe',
    },
  ]);
  expect(settings.schedules).toEqual({ daily: '0 0 2 * * *', monthly: '0 0 2 1 * *' });
  expect(settings.retention).toEqual({ dailyDays: 30, monthlyMonths: 12 });
  expect(settings.tuning).toEqual({ batchSize: 20, pageSize: 1000 });
  expect(settings.archive.containers).toEqual({ daily: 'strongroom-daily', monthly: 'strongroom-monthly' });
  expect(settings.duties.size).toBe(6);
  expect(settings.callers).toEqual({
    tenantId: GUID,
    audiences: ['api://strongroom'],
    authorityHost: 'https://login.microsoftonline.com',
  });
});

test('pruning wants a key of its own, in an app that prunes', () => {
  expect(parseSettings(valid).pruning).toEqual({
    signingKey: 'https://keys.vault.azure.net/keys/pruning',
    schedule: '0 30 3 * * *',
    archive: {},
  });
  expect(faultsOf({ PRUNE_SIGNING_KEY: undefined })).toContain('PRUNE_SIGNING_KEY: is required');
  expect(faultsOf({ PRUNE_SIGNING_KEY: undefined, DUTIES: 'operate, prune' })).toContain('PRUNE_SIGNING_KEY');
  expect(faultsOf({ PRUNE_SIGNING_KEY: valid['SIGNING_KEY'] })).toContain('PRUNE_SIGNING_KEY: must be another key');
  expect(parseSettings({ ...valid, PRUNE_SIGNING_KEY: undefined, DUTIES: 'protect,operate' }).pruning).toBeUndefined();
  expect(parseSettings({ ...valid, DUTIES: 'protect' }).pruning).toBeUndefined();
  expect(faultsOf({ PRUNE_ARCHIVE_CONNECTION: 'x' })).toContain('PRUNE_ARCHIVE_CONNECTION: is for development only');
});

test('what is not the archive has its times, and objects are not kept longer than their run', () => {
  expect(parseSettings(valid).housekeeping).toEqual({
    schedule: '0 0 5 * * *',
    retention: { objectRows: 35, records: 400, audit: 731, histories: 30 },
  });
  expect(faultsOf({ RECORDS_RETENTION_DAYS: '31' })).toContain('RECORDS_RETENTION_DAYS');
  expect(faultsOf({ AUDIT_RETENTION_DAYS: '89' })).toContain('AUDIT_RETENTION_DAYS');
  expect(faultsOf({ OBJECT_ROWS_RETENTION_DAYS: '401' })).toContain('longer than RECORDS_RETENTION_DAYS');
});

test('every fault is reported at once, by name', () => {
  const text = faultsOf({
    RECIPIENTS: '[]',
    SIGNING_KEY: undefined,
    TENANT_ID: undefined,
    API_AUDIENCE: 'the app',
    AZURE_AUTHORITY_HOST: 'https://login.example',
    DAILY_SCHEDULE: 'at two',
    BATCH_SIZE: '1000',
    DUTIES: 'protect,rule',
  });
  for (const name of [
    'RECIPIENTS',
    'SIGNING_KEY: is required and not set',
    'TENANT_ID: is required and not set',
    'API_AUDIENCE',
    'AZURE_AUTHORITY_HOST',
    'DAILY_SCHEDULE',
    'BATCH_SIZE',
    'DUTIES',
  ])
    expect(text).toContain(name);
  expect(text).toContain('8 setting(s)');
});

test.each([
  [
    'a Managed HSM, by name',
    {
      PROTECTED_VAULTS: JSON.stringify([
        { url: 'https://x.managedhsm.azure.net', subscriptionId: GUID, geography: 'E' },
      ]),
    },
    'Managed HSM',
  ],
  [
    'a vault URL with a path',
    {
      PROTECTED_VAULTS: JSON.stringify([
        { url: 'https://abc.vault.azure.net/secrets', subscriptionId: GUID, geography: 'E' },
      ]),
    },
    'PROTECTED_VAULTS.0.url',
  ],
  [
    'one vault twice',
    {
      PROTECTED_VAULTS: JSON.stringify(
        ['https://abc.vault.azure.net', 'https://ABC.vault.azure.net/'].map((url) => ({
          url,
          subscriptionId: GUID,
          geography: 'E',
        })),
      ),
    },
    'PROTECTED_VAULTS.1.url: names the same vault',
  ],
  [
    'a KEK with a version',
    { RECIPIENTS: JSON.stringify([{ kek: 'https://keys.vault.azure.net/keys/kek/0123', approved: [THUMBPRINT] }]) },
    'RECIPIENTS.0',
  ],
  [
    'an approval that is no thumbprint',
    { RECIPIENTS: JSON.stringify([{ kek: 'https://keys.vault.azure.net/keys/kek', approved: ['all'] }]) },
    'RECIPIENTS.0',
  ],
  [
    'a recipient whose key is for signing',
    { RECIPIENTS: JSON.stringify([{ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB', use: 'sig' } }]) },
    'RECIPIENTS.0',
  ],
  [
    'a recipient whose key may not wrap',
    { RECIPIENTS: JSON.stringify([{ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB', key_ops: ['verify'] } }]) },
    'RECIPIENTS.0',
  ],
  ['a webhook without a secret', { ALERT_WEBHOOK_URL: 'https://a.example/hook' }, 'ALERT_WEBHOOK_SECRET: is required'],
  ['a secret without a webhook', { ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET }, 'ALERT_WEBHOOK_URL: is required'],
  [
    'a webhook over plain http',
    { ALERT_WEBHOOK_URL: 'http://a.example/hook', ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET },
    'ALERT_WEBHOOK_URL: must be an https URL',
  ],
  [
    'a webhook with credentials',
    { ALERT_WEBHOOK_URL: 'https://u:p@a.example/hook', ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET },
    'ALERT_WEBHOOK_URL: must be an https URL',
  ],
  [
    'a webhook on this machine in production',
    { ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/hook', ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET },
    'ALERT_WEBHOOK_URL: may be http',
  ],
  [
    'one short secret of two',
    {
      ALERT_WEBHOOK_URL: 'https://a.example/hook',
      ALERT_WEBHOOK_SECRET: `${WEBHOOK_SECRET} whsec_${Buffer.alloc(23).toString('base64')}`,
    },
    'ALERT_WEBHOOK_SECRET.1: must be whsec_',
  ],
  ['an unknown kind of alert', { ALERT_KINDS_OFF: 'backup_failed,all' }, 'ALERT_KINDS_OFF.1'],
  [
    'a former signing key with a version',
    { FORMER_SIGNING_KEYS: JSON.stringify(['https://keys.vault.azure.net/keys/signing/0123456789abcdef']) },
    'FORMER_SIGNING_KEYS.0',
  ],
  ['a pinned key that is no thumbprint', { SIGNING_KEY_THUMBPRINTS: '["x"]' }, 'SIGNING_KEY_THUMBPRINTS.0'],
  [
    'a private key as a recipient',
    { RECIPIENTS: JSON.stringify([{ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB', d: 'SECRET-D' } }]) },
    'RECIPIENTS.0',
  ],
  ['text that is not JSON', { PROTECTED_VAULTS: 'contoso' }, 'PROTECTED_VAULTS: is not JSON'],
])('refuses %s', (_, change, expected) => {
  expect(faultsOf(change)).toContain(expected);
});

test('never repeats a value, not even a wrong one', () => {
  const text = faultsOf({
    RECIPIENTS: JSON.stringify([{ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB', d: 'CANARY-1' } }]),
    ARCHIVE_CONNECTION: 'AccountKey=CANARY-2',
    PROTECTED_VAULTS: JSON.stringify([{ url: 'https://x/?sig=CANARY-3', subscriptionId: 'CANARY-4', geography: 'E' }]),
  });
  expect(text).not.toBe('');
  expect(text).not.toContain('CANARY');
});

test('development settings are refused outside of development, and taken there', () => {
  const development = { VAULT_GATEWAY: 'http://127.0.0.1:8200', ARCHIVE_CONNECTION: 'UseDevelopmentStorage=true' };
  expect(faultsOf(development)).toContain('VAULT_GATEWAY: is for development only');
  const settings = parseSettings({ ...valid, ...development, AZURE_FUNCTIONS_ENVIRONMENT: 'Development' });
  expect(settings.vaultGateway).toBe('http://127.0.0.1:8200');
  expect(settings.archive.connection).toBe('UseDevelopmentStorage=true');
});

test('a setting that is set and empty counts as absent', () => {
  expect(parseSettings({ ...valid, DAILY_SCHEDULE: ' ' }).schedules.daily).toBe('0 0 2 * * *');
});

test('alerts: who is told, by which secrets, of what', () => {
  const { alerts } = parseSettings(valid);
  expect(alerts).toEqual({ kindsOff: new Set(['backup_succeeded']), quietHours: 24, sweepSchedule: '0 */15 * * * *' });
  const other = `whsec_${Buffer.alloc(64, 2).toString('base64')}`;
  const told = parseSettings({
    ...valid,
    ALERT_WEBHOOK_URL: 'https://a.example/hook?x=1',
    ALERT_WEBHOOK_SECRET: `${WEBHOOK_SECRET}  ${other}`,
    ALERT_KINDS_OFF: 'none',
  }).alerts;
  expect(told).toMatchObject({ kindsOff: new Set(), webhook: { url: 'https://a.example/hook?x=1' } });
  expect(told.webhook?.secrets).toEqual([WEBHOOK_SECRET, other]);
  const local = {
    ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/hook',
    ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  };
  expect(parseSettings({ ...valid, ...local }).alerts.webhook?.url).toBe('http://127.0.0.1:9/hook');
});

describe('ids of Azure Resource Manager', () => {
  const vault = { url: 'https://contoso-prod.vault.azure.net', subscriptionId: GUID, geography: 'Europe' };
  const group = `/subscriptions/${GUID}/resourceGroups/rg-1`;
  const vaultId = `${group}/providers/Microsoft.KeyVault/vaults/Contoso-Prod`;

  test('of a vault and of the archive are taken as they are', () => {
    const accountId = `${group}/providers/Microsoft.Storage/storageAccounts/archive`;
    const settings = parseSettings({
      ...valid,
      PROTECTED_VAULTS: JSON.stringify([{ ...vault, resourceId: vaultId }]),
      ARCHIVE_RESOURCE_ID: accountId,
    });
    expect(settings.vaults[0]?.resourceId).toBe(vaultId);
    expect(settings.archive.resourceId).toBe(accountId);
  });

  test.each([
    ['no id', 'contoso-prod'],
    ['of another type', `${group}/providers/Microsoft.Storage/storageAccounts/archive`],
    ['of another vault', vaultId.replace('Contoso-Prod', 'contoso-web')],
    ['of another subscription', vaultId.replace(GUID, '99999999-2222-4333-8444-555555555555')],
    ['with something after it', `${vaultId}/secrets/x`],
    ['that climbs', `${group}/../../x/providers/Microsoft.KeyVault/vaults/contoso-prod`],
  ])('an id of a vault %s is a fault', (_what, resourceId) => {
    expect(faultsOf({ PROTECTED_VAULTS: JSON.stringify([{ ...vault, resourceId }]) })).toContain('resourceId');
  });

  test('an archive that is none, and a control plane elsewhere in production, are faults', () => {
    expect(faultsOf({ ARCHIVE_RESOURCE_ID: vaultId })).toContain('ARCHIVE_RESOURCE_ID: must look like');
    expect(faultsOf({ ARM_GATEWAY: 'http://127.0.0.1:1' })).toContain('ARM_GATEWAY: is for development only');
  });
});
