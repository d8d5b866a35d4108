import { TENANT } from '../vault-service/local-vaults';
import { LocalControlPlane, READER, SUBSCRIPTION, vaultId } from './local-control-plane';

let plane: LocalControlPlane;
const READER_ROLE = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/strongroom`;

beforeAll(async () => {
  plane = await LocalControlPlane.start();
  await plane.allow('Reader');
});
afterAll(() => plane.stop());

test('a vault as Azure shows it, with what the vault service knows and what was set beside', async () => {
  await plane.vaults.vault('documented', { purgeProtection: true, softDeleteDays: 30, region: 'northeurope' });
  const facets = {
    tags: { owner: 'payments' },
    sku: 'premium',
    enableRbacAuthorization: false,
    accessPolicies: [{ tenantId: TENANT, objectId: READER, permissions: { secrets: ['get'] } }],
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny', ipRules: [{ value: '203.0.113.0/24' }] },
    publicNetworkAccess: 'Disabled',
  };
  await plane.order('PUT', 'vaults/documented', facets);
  const { body } = await plane.ask(vaultId('documented'));
  expect(body).toEqual({
    id: vaultId('documented'),
    name: 'documented',
    type: 'Microsoft.KeyVault/vaults',
    location: 'northeurope',
    tags: { owner: 'payments' },
    properties: {
      sku: { family: 'A', name: 'premium' },
      tenantId: TENANT,
      enableRbacAuthorization: false,
      accessPolicies: facets.accessPolicies,
      networkAcls: facets.networkAcls,
      publicNetworkAccess: 'Disabled',
      privateEndpointConnections: [],
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 30,
      enablePurgeProtection: true,
      vaultUri: 'https://documented.vault.azure.net/',
      provisioningState: 'Succeeded',
    },
  });
});

test('listings come in small pages with nextLink, and leave nothing out', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `paged-${index}`);
  for (const name of names) await plane.vaults.vault(name, { resourceGroup: 'paged' });
  const scope = `/subscriptions/${SUBSCRIPTION}/resourceGroups/paged`;
  expect(await plane.list(`${scope}/providers/Microsoft.KeyVault/vaults`)).toEqual({ names, pages: 3 });
});

test('role assignments: at the scope and above with atScope(), and below it too without', async () => {
  await plane.vaults.vault('assigned');
  await plane.allow('Owner', { scope: GROUP, principal: '44444444-4444-4444-8444-444444444444' });
  await plane.allow('Key Vault Secrets User', { scope: `${vaultId('assigned')}/secrets/one` });
  await plane.allow('Contributor', { scope: vaultId('assigned') });
  const path = `${vaultId('assigned')}/providers/Microsoft.Authorization/roleAssignments`;
  const filtered = await plane.list(`${path}?$filter=atScope()`, '2022-04-01');
  const all = await plane.list(path, '2022-04-01');
  expect([filtered.names.length, all.names.length]).toEqual([3, 4]);
  const { body } = await plane.ask(`${path}?$filter=atScope()`, { version: '2022-04-01' });
  const inherited = body.value!.find(({ properties }) => properties['scope'] === `/subscriptions/${SUBSCRIPTION}`);
  expect(inherited?.properties).toMatchObject({
    principalId: READER,
    roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${READER_ROLE}`,
  });
  const definition = await plane.ask(String(inherited?.properties['roleDefinitionId']), { version: '2022-04-01' });
  expect(definition.body.properties).toMatchObject({ roleName: 'Reader', type: 'BuiltInRole' });
  const none = await plane.ask(`${GROUP}/providers/Microsoft.Authorization/roleDefinitions/${READER}`, {
    version: '2022-04-01',
  });
  expect(`${none.status} ${none.body.error?.code ?? ''}`).toBe('404 RoleDefinitionDoesNotExist');
});

test('diagnostic settings and event subscriptions hang on a vault, locks also hold from above', async () => {
  await plane.vaults.vault('watched');
  const extension = (kind: string, scope: string, name: string, properties: object) =>
    plane.order('PUT', 'extensions', { kind, scope, name, properties });
  await extension('diagnosticSettings', vaultId('watched'), 'to-logs', { workspaceId: '/w' });
  await extension('eventSubscriptions', vaultId('watched'), 'to-queue', { topic: vaultId('watched') });
  await extension('locks', GROUP, 'keep', { level: 'CanNotDelete' });
  await extension('locks', vaultId('other'), 'elsewhere', { level: 'ReadOnly' });
  const below = (type: string) => `${vaultId('watched')}/providers/${type}`;
  const listed = async (type: string, version: string) => (await plane.list(below(type), version)).names;
  expect(await listed('Microsoft.Insights/diagnosticSettings', '2021-05-01-preview')).toEqual(['to-logs']);
  expect(await listed('Microsoft.EventGrid/eventSubscriptions', '2025-02-15')).toEqual(['to-queue']);
  expect(await listed('Microsoft.Authorization/locks', '2020-05-01')).toEqual(['keep']);
  const gone = await plane.ask(`${vaultId('no-such')}/providers/Microsoft.Authorization/locks`, {
    version: '2020-05-01',
  });
  expect(`${gone.status} ${gone.body.error?.code ?? ''}`).toBe('404 ResourceNotFound');
});

test('what was ordered is there again after a restart', async () => {
  await plane.vaults.vault('kept');
  await plane.order('PUT', 'vaults/kept', { tags: { still: 'here' } });
  await plane.vaults.close();
  await plane.vaults.open();
  expect((await plane.ask(vaultId('kept'))).body.tags).toEqual({ still: 'here' });
});
