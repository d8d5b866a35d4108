import { ArmClient } from '../../../src/control-plane/arm-client';
import { createArmConfigurationReader } from '../../../src/control-plane/arm-configuration-reader';
import { type ConfigurationReader } from '../../../src/control-plane/port';
import { LocalControlPlane, READER, SUBSCRIPTION, vaultId } from '../../local/control-plane/local-control-plane';
import { hurriedTiming } from '../vault/manual-timing';

const VAULT = {
  url: 'https://contoso.vault.azure.net',
  shortName: 'contoso',
  subscriptionId: SUBSCRIPTION,
  geography: 'Europe',
};
let plane: LocalControlPlane;
let reader: ConfigurationReader;

beforeAll(async () => {
  plane = await LocalControlPlane.start();
  const credential = {
    getToken: async () => ({ token: await plane.token(), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const gateway = plane.vaults.endpoints.controlPlane ?? '';
  reader = createArmConfigurationReader(new ArmClient({ credential, gateway, timing: hurriedTiming }));
  await plane.vaults.vault('contoso', { purgeProtection: true });
});
afterAll(() => plane.stop());
beforeEach(async () => {
  await plane.order('DELETE', 'role-assignments');
  await plane.order('DELETE', 'faults');
  await plane.order('DELETE', 'requests');
  await plane.order('DELETE', 'extensions');
});

const requests = async () =>
  ((await plane.order('GET', 'requests')).requests as { operation: string }[]).map(({ operation }) => operation);
const unread = (status: string, code: string) => ({ status, code });

test('finds the vault among many and reads every part to its last page', async () => {
  for (let index = 0; index < 7; index++) await plane.vaults.vault(`another-${index}`);
  await plane.allow('Reader');
  await plane.order('PUT', 'vaults/contoso', { tags: { owner: 'payments' }, publicNetworkAccess: 'Disabled' });
  for (let index = 0; index < 8; index++) {
    const principal = `55555555-5555-4555-8555-55555555555${index}`;
    await plane.allow('Contributor', { scope: vaultId('contoso'), principal });
    for (const kind of ['diagnosticSettings', 'eventSubscriptions', 'locks'])
      await plane.order('PUT', 'extensions', { kind, scope: vaultId('contoso'), name: `${kind}-${index}` });
  }
  const { vault, roleAssignments, ...lists } = await reader.read(VAULT);
  expect(vault).toMatchObject({
    status: 'read',
    document: { id: vaultId('contoso'), tags: { owner: 'payments' }, properties: { publicNetworkAccess: 'Disabled' } },
  });
  expect(roleAssignments).toMatchObject({ status: 'read' });
  const { documents, roleNames } = roleAssignments as Extract<typeof roleAssignments, { status: 'read' }>;
  expect(documents).toHaveLength(9);
  expect(Object.values(roleNames).sort()).toEqual(['Contributor', 'Reader']);
  for (const list of Object.values(lists)) {
    expect((list as { documents?: object[] }).documents).toHaveLength(8);
  }
});

test('with the resource id in the settings nothing is looked for, and rights at the vault suffice', async () => {
  await plane.allow('Reader', { scope: vaultId('contoso') });
  const configuration = await reader.read({ ...VAULT, resourceId: vaultId('contoso') });
  const parts = Object.values(configuration) as { status: string }[];
  expect(parts.map(({ status }) => status)).toEqual(Array(5).fill('read'));
  expect(Object.values((configuration.roleAssignments as { roleNames: object }).roleNames)).toEqual(['Reader']);
  expect(await requests()).not.toContain('resources.list');
});

test('a part that is not permitted is said to be so, and takes nothing from the others', async () => {
  await plane.order('PUT', 'role-definitions', {
    name: 'Vaults only',
    actions: ['Microsoft.KeyVault/vaults/read', 'Microsoft.Authorization/roleAssignments/read'],
  });
  await plane.allow('Vaults only');
  const configuration = await reader.read(VAULT);
  const forbidden = unread('not_permitted', 'control_plane_forbidden');
  expect(configuration).toMatchObject({
    vault: { status: 'read' },
    roleAssignments: { status: 'read', documents: [{}], roleNames: {} },
    diagnosticSettings: forbidden,
    eventSubscriptions: forbidden,
    locks: forbidden,
  });
});

test('without any right, and for a vault that is not there', async () => {
  const nothing = await reader.read(VAULT);
  expect(Object.values(nothing)).toEqual(Array(5).fill(unread('not_permitted', 'control_plane_forbidden')));
  await plane.allow('Reader');
  const gone = await reader.read({ ...VAULT, shortName: 'gone', url: 'https://gone.vault.azure.net' });
  expect(Object.values(gone)).toEqual(Array(5).fill(unread('not_found', 'control_plane_not_found')));
  const moved = await reader.read({ ...VAULT, resourceId: vaultId('contoso').replace('/strongroom/', '/elsewhere/') });
  expect(moved.vault).toEqual(unread('not_found', 'control_plane_not_found'));
  await plane.vaults.vault('another');
  const another = await reader.read({ ...VAULT, resourceId: vaultId('another') });
  expect(another.vault).toEqual(unread('not_found', 'control_plane_not_found'));
});

test('a throttled or failing part is asked again, and is unavailable in the end', async () => {
  await plane.allow('Reader');
  await plane.order('POST', 'faults', { operation: 'vaults.get', kind: 'throttle', retryAfter: 0, next: 2 });
  await plane.order('POST', 'faults', { operation: 'locks.list', kind: '503' });
  await plane.order('POST', 'faults', { operation: 'diagnosticSettings.list', kind: 'torn', next: 1 });
  const configuration = await reader.read(VAULT);
  expect(configuration.vault.status).toBe('read');
  expect(configuration.diagnosticSettings.status).toBe('read');
  expect(configuration.locks).toEqual(unread('unavailable', 'control_plane_unavailable'));
  expect((await requests()).filter((operation) => operation === 'locks.list')).toHaveLength(4);
});

test('what could be a secret in a document of Azure is not handed on', async () => {
  await plane.allow('Reader');
  await plane.order('PUT', 'extensions', {
    kind: 'eventSubscriptions',
    scope: vaultId('contoso'),
    name: 'to-hook',
    properties: {
      destination: {
        endpointType: 'WebHook',
        properties: {
          endpointBaseUrl: 'https://hooks.example/services/T1/B2/path-secret',
          endpointUrl: 'https://hooks.example/run?code=query-secret',
          deliveryAttributeMappings: [{ name: 'k', type: 'Static', properties: { value: 'attribute-secret' } }],
        },
      },
    },
  });
  const { eventSubscriptions } = await reader.read(VAULT);
  const text = JSON.stringify(eventSubscriptions);
  expect(text).not.toMatch(/path-secret|query-secret|attribute-secret/);
  expect(text).toContain('https://hooks.example/');
});

test('the caller is the identity, by a token for the control plane', async () => {
  await plane.allow('Reader');
  await reader.read(VAULT);
  const { requests: log } = await plane.order('GET', 'requests');
  expect(new Set((log as { caller: string }[]).map(({ caller }) => caller))).toEqual(new Set([READER]));
});
