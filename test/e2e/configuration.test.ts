import { compactDecrypt, generalDecrypt, importJWK, type GeneralJWE, base64url } from 'jose';
import { APP_PRINCIPAL, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { type VaultConfiguration } from '../../src/contracts/configuration';
import { type RunView } from '../../src/contracts/api';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, asPerson, offlinePair, type OfflinePair } from './archive-judge';
import { filesBelow, find, type Place, storageOf } from './canary-scan';

const VAULT = 'contoso-prod';
const VAULT_ID = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/strongroom/providers/Microsoft.KeyVault/vaults/${VAULT}`;
/** Stands in the configuration, and must be in sealed blobs only. */
const MARKER = 'marker-of-the-owner-8f3a61c2';
const ACCOUNT = 'account-of-the-issuer-5d0e77';
const PASSWORD = 'password-of-the-issuer-c41b90';
const ALL_PARTS = ['vault', 'roleAssignments', 'diagnosticSettings', 'eventSubscriptions', 'locks'] as const;

let app: AppOnStack;
let judge: ArchiveJudge;
let offline: OfflinePair;

beforeAll(async () => {
  offline = await offlinePair();
  app = await AppOnStack.start({ [VAULT]: { generate: { secrets: 3, seed: 4 } } });
  judge = await ArchiveJudge.join(app.stack, offline);
  await app.stack.control.put(`/vault-service/control-plane/vaults/${VAULT}`, {
    tags: { owner: MARKER },
    networkAcls: { bypass: 'None', defaultAction: 'Deny', ipRules: [{ value: '203.0.113.0/24' }] },
  });
  await app.stack.control.put('/vault-service/control-plane/extensions', {
    kind: 'locks',
    scope: VAULT_ID,
    name: 'keep',
    properties: { level: 'CanNotDelete' },
  });
  await asPerson(app.stack, {
    vault: VAULT,
    method: 'PUT',
    path: '/certificates/issuers/digicert',
    body: { provider: 'DigiCert', credentials: { account_id: ACCOUNT, pwd: PASSWORD }, org_details: { id: 'org-1' } },
  });
});
afterAll(() => app.stop());

/** The configuration in a snapshot's index, opened by nothing but a JOSE library and the offline key. */
async function sealedConfiguration(run: RunView): Promise<VaultConfiguration> {
  const snapshot = (await judge.snapshots(VAULT)).find(({ manifest }) => manifest.snapshot === run.id);
  if (snapshot === undefined) throw new Error(`There is no snapshot ${run.id}.`);
  const { manifest } = snapshot;
  const paths = await judge.paths();
  const read = (blob: string): Promise<Buffer> => {
    const path = paths.find((candidate) => candidate.endsWith(`/${run.id}/${blob}`)) ?? '';
    return judge.container().getBlobClient(path).downloadToBuffer();
  };
  const privateKey = await importJWK(offline.privateJwk, 'RSA-OAEP-256');
  const keys = new Map<string, string>();
  for (const { id, blob } of manifest.dataKeys) {
    const sealed = JSON.parse((await read(blob)).toString()) as GeneralJWE;
    const { plaintext } = await generalDecrypt(sealed, privateKey);
    keys.set(id, (JSON.parse(Buffer.from(plaintext).toString()) as { k: string }).k);
  }
  const { plaintext } = await compactDecrypt(await read(manifest.index), ({ kid = '' }) =>
    base64url.decode(keys.get(kid) ?? ''),
  );
  const { configuration } = JSON.parse(Buffer.from(plaintext).toString()) as { configuration: VaultConfiguration };
  return configuration;
}

test('a backup holds the configuration of its vault, sealed in the index and nowhere else', async () => {
  await app.stack.control.put('/vault-service/roles', {
    principal: APP_PRINCIPAL.oid,
    vault: VAULT,
    actions: [...SOURCE_ACTIONS, 'certificatecas/read', 'certificatecontacts/write'],
  });
  const run = await app.backUp(VAULT);
  const configuration = await sealedConfiguration(run);
  expect(run).toMatchObject({ status: 'succeeded', warnings: [] });
  expect(configuration.vault).toMatchObject({
    status: 'read',
    document: {
      id: VAULT_ID,
      tags: { owner: MARKER },
      properties: { networkAcls: { defaultAction: 'Deny' }, vaultUri: `https://${VAULT}.vault.azure.net/` },
    },
  });
  expect(configuration.roleAssignments).toMatchObject({
    status: 'read',
    documents: [{ properties: { principalId: APP_PRINCIPAL.oid } }],
  });
  const { roleNames } = configuration.roleAssignments as { roleNames: Record<string, string> };
  expect(Object.values(roleNames)).toEqual(['Strongroom configuration reader']);
  expect(configuration.locks).toMatchObject({ status: 'read', documents: [{ name: 'keep' }] });
  expect(configuration.diagnosticSettings).toEqual({ status: 'read', documents: [] });
  expect(configuration.eventSubscriptions).toEqual({ status: 'read', documents: [] });
  expect(configuration.certificateContacts).toEqual({ status: 'read', contacts: [] });
  expect(configuration.certificateIssuers).toEqual({
    status: 'read',
    issuers: [{ name: 'digicert', provider: 'DigiCert', enabled: true, organizationId: 'org-1' }],
  });
  expect(new Date(configuration.readAt).toISOString()).toBe(configuration.readAt);

  const { stack } = app;
  const places: Place[] = [
    ...filesBelow(`${stack.endpoints.data}/host`),
    ...filesBelow(`${stack.endpoints.data}/logs`),
    ...(await storageOf(stack.endpoints.connections.account)),
    { where: 'answers of the API', bytes: Buffer.from(app.heard.join('\n')) },
  ];
  expect(places.length).toBeGreaterThan(10);
  const canaries = [
    { what: 'configuration', value: MARKER },
    { what: "the issuer's account", value: ACCOUNT },
    { what: "the issuer's password", value: PASSWORD },
  ];
  expect(find(canaries, places)).toEqual([]);
});

test('without the rights the backup is as good, and says what was not permitted', async () => {
  const { control } = app.stack;
  await control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault: VAULT, actions: SOURCE_ACTIONS });
  await control.delete(`/vault-service/control-plane/role-assignments?principal=${APP_PRINCIPAL.oid}`);
  const run = await app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'succeeded', warnings: [] });
  const configuration = await sealedConfiguration(run);
  for (const part of ALL_PARTS)
    expect(configuration[part]).toEqual({ status: 'not_permitted', code: 'control_plane_forbidden' });
  for (const part of ['certificateIssuers', 'certificateContacts'] as const)
    expect(configuration[part]).toEqual({ status: 'not_permitted', code: 'vault_forbidden' });
});

test('with Azure Resource Manager down the backup succeeds, and warns of what is missing', async () => {
  const { stack } = app;
  const { ARM_GATEWAY } = stack.settings;
  await stack.stopHost();
  // Port 9 is for what is thrown away; nothing of the stack listens there.
  await stack.startHost({ ARM_GATEWAY: 'http://127.0.0.1:9' });
  const run = await app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'succeeded', warnings: ['configuration_incomplete'] });
  const configuration = await sealedConfiguration(run);
  for (const part of ALL_PARTS)
    expect(configuration[part]).toEqual({ status: 'unavailable', code: 'control_plane_unreachable' });
  expect((await app.snapshot(run.id)).outcome).toBe('complete');

  await stack.stopHost();
  await stack.startHost({ ARM_GATEWAY });
  expect(await app.backUp(VAULT)).toMatchObject({ status: 'succeeded', warnings: [] });
});
