import { randomBytes } from 'node:crypto';
import { collect, LocalVaults, QUICK_VAULT, refusalOf } from './local-vaults';

let vaults: LocalVaults;
beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.vault('source');
  await vaults.vault('same-world');
  await vaults.vault('other-geography', { geography: 'Asia' });
  await vaults.vault('other-subscription', { subscriptionId: 'aaaaaaaa-0000-4000-8000-000000000002' });
});
afterAll(() => vaults.stop());

it('restores a secret with all versions, their ids, values, attributes and tags', async () => {
  const value = `canary-${randomBytes(12).toString('hex')}`;
  await vaults.seed('source', {
    secrets: [
      {
        name: 'Legacy-Secret',
        versions: [
          { value: 'first', created: 1_600_000_000, contentType: 'text/plain', tags: { a: '1' } },
          { value: 'second', enabled: false, exp: 1_900_000_000, nbf: 1_500_000_000 },
          { value, tags: { b: '2' } },
        ],
      },
    ],
  });
  const blob = await vaults.secrets('source').backupSecret('legacy-secret');
  const text = Buffer.from(blob!).toString('latin1');
  expect(text).toMatch(/^&AzureKeyVaultSecretBackupV1\.microsoft\.com/);
  for (const form of [value, Buffer.from(value).toString('base64').slice(0, 20), Buffer.from(value).toString('hex')]) {
    expect(text).not.toContain(form);
  }

  const restored = await vaults.secrets('same-world').restoreSecretBackup(blob!);
  expect(restored.name).toBe('Legacy-Secret');
  const byVersion = async (name: string) =>
    (await collect(vaults.secrets(name).listPropertiesOfSecretVersions('Legacy-Secret'))).map((properties) => {
      const { id: _id, vaultUrl: _url, ...rest } = properties;
      return rest;
    });
  expect(await byVersion('same-world')).toEqual(await byVersion('source'));
  expect((await vaults.secrets('same-world').getSecret('Legacy-Secret')).value).toBe(value);
  const first = (await byVersion('same-world')).find(({ tags }) => tags?.a === '1')!;
  expect((await vaults.secrets('same-world').getSecret('Legacy-Secret', { version: first.version! })).value).toBe(
    'first',
  );
});

it('restores a key that opens what its original wrapped', async () => {
  const key = await vaults.keys('source').createRsaKey('Wrapping');
  const dataKey = randomBytes(32);
  const { result } = await vaults.cryptography(key.id!).wrapKey('RSA-OAEP-256', dataKey);
  const blob = await vaults.keys('source').backupKey('wrapping');
  const restored = await vaults.keys('same-world').restoreKeyBackup(blob!);
  expect(restored.properties.version).toBe(key.properties.version);
  expect(Buffer.from((await vaults.cryptography(restored.id!).unwrapKey('RSA-OAEP-256', result)).result)).toEqual(
    dataKey,
  );
});

it.each(['other-geography', 'other-subscription'])('refuses to open a blob in %s', async (name) => {
  await vaults.secrets('source').setSecret('bound', 'x');
  const blob = await vaults.secrets('source').backupSecret('bound');
  const refusal = await refusalOf(vaults.secrets(name).restoreSecretBackup(blob!));
  expect(refusal).toMatchObject({ status: 400, code: 'BadParameter', message: 'Cannot decrypt backup blob.' });
});

it('refuses a blob that was changed, is of another kind, or is none', async () => {
  await vaults.secrets('source').setSecret('changed', 'x');
  const blob = await vaults.secrets('source').backupSecret('changed');
  const changed = Buffer.from(blob!);
  changed[changed.length - 5]! ^= 1;
  expect(await refusalOf(vaults.secrets('same-world').restoreSecretBackup(changed))).toMatchObject({ status: 400 });
  expect(await refusalOf(vaults.keys('same-world').restoreKeyBackup(blob!))).toMatchObject({ status: 400 });
  expect(await refusalOf(vaults.secrets('same-world').restoreSecretBackup(randomBytes(200)))).toMatchObject({
    status: 400,
  });
});

it('never overwrites: not an object in use, not a soft-deleted one, not a name just purged', async () => {
  await vaults.vault('taken', { transitions: { ...QUICK_VAULT.transitions, purgedMs: 60_000 } });
  const client = vaults.secrets('taken');
  await client.setSecret('name', 'x');
  const blob = (await client.backupSecret('name'))!;
  expect(await refusalOf(client.restoreSecretBackup(blob))).toMatchObject({ status: 409, code: 'Conflict' });
  await client.beginDeleteSecret('name');
  expect(await refusalOf(client.restoreSecretBackup(blob))).toMatchObject({
    status: 409,
    inner: 'ObjectIsDeletedButRecoverable',
  });
  await client.purgeDeletedSecret('name');
  expect(await refusalOf(client.restoreSecretBackup(blob))).toMatchObject({
    status: 409,
    inner: 'ObjectIsBeingDeleted',
  });
  vaults.clock.setOffset(vaults.clock.offsetMs + 61_000);
  expect((await client.restoreSecretBackup(blob)).name).toBe('name');
});

it('refuses more than 500 versions, and takes 500', async () => {
  const versions = Array.from({ length: 500 }, (_, n) => ({ value: `v${n}` }));
  await vaults.seed('source', { secrets: [{ name: 'long', versions }] });
  const blob = await vaults.secrets('source').backupSecret('long');
  expect((await vaults.secrets('same-world').restoreSecretBackup(blob!)).name).toBe('long');
  await vaults.secrets('source').setSecret('long', 'one more');
  expect(await refusalOf(vaults.secrets('source').backupSecret('long'))).toMatchObject({ status: 400 });
});

it('refuses to back up, change or delete what belongs to a certificate', async () => {
  await vaults.seed('source', {
    secrets: [{ name: 'tls', managed: true, versions: [{ value: 'x' }] }],
    keys: [{ name: 'tls', managed: true, versions: [{ kty: 'EC', crv: 'P-256' }] }],
  });
  const managed = (await collect(vaults.secrets('source').listPropertiesOfSecrets())).find(
    ({ name }) => name === 'tls',
  )!;
  expect(managed).toMatchObject({ managed: true });
  const secrets = vaults.secrets('source');
  expect(await refusalOf(secrets.backupSecret('tls'))).toMatchObject({ status: 403, inner: 'SecretManagedByKeyVault' });
  expect(await refusalOf(secrets.setSecret('tls', 'y'))).toMatchObject({
    status: 403,
    inner: 'SecretManagedByKeyVault',
  });
  expect(await refusalOf(vaults.keys('source').backupKey('tls'))).toMatchObject({
    status: 403,
    inner: 'KeyManagedByKeyVault',
  });
  expect(await refusalOf(vaults.keys('source').beginDeleteKey('tls'))).toMatchObject({
    status: 403,
    inner: 'KeyManagedByKeyVault',
  });
  const { value, properties } = await secrets.getSecret('tls');
  expect(value).toBe('x');
  expect(properties.certificateKeyId).toBe(`https://source.vault.azure.net/keys/tls/${properties.version}`);
});
