import { collect, LocalVaults, refusalOf, TENANT } from './local-vaults';

const READER = '22222222-2222-4222-8222-222222222222';
let vaults: LocalVaults;
beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.vault('guarded');
  await vaults.vault('open');
  await vaults.secrets('guarded').setSecret('one', 'x');
});
afterAll(() => vaults.stop());

const CHALLENGE = `Bearer authorization="https://login.microsoftonline.com/${TENANT}", resource="https://vault.azure.net"`;

describe('authentication', () => {
  it('challenges a request without a token, and ignores its body', async () => {
    const answer = await vaults.plain('guarded', 'PUT', '/secrets/two', { body: { value: 'y' }, authorization: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect(answer.body.error).toEqual({
      code: 'Unauthorized',
      message: 'AKV10000: Request is missing a Bearer or PoP token.',
    });
    expect(await refusalOf(vaults.secrets('guarded').getSecret('two'))).toMatchObject({ status: 404 });
  });

  it.each([
    ['another audience', { aud: 'https://management.azure.com' }, 'AKV10022'],
    ['another tenant', { tenantId: '33333333-3333-4333-8333-333333333333' }, 'AKV10032'],
    ['a time that is over', { expiresIn: -60 }, 'TokenExpired'],
  ])('refuses a token for %s', async (_what, request, code) => {
    const token = await vaults.token(request);
    const answer = await vaults.plain('guarded', 'GET', '/secrets/one', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect(answer.body.error.message).toContain(code);
  });

  it('refuses a token whose signature was changed, and one that expired since it was last seen', async () => {
    const token = await vaults.token();
    const [header, payload, signature = ''] = token.split('.');
    const changed = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    const get = (text: string) => vaults.plain('guarded', 'GET', '/secrets/one', { authorization: `Bearer ${text}` });
    expect((await get(changed)).status).toBe(401);
    expect((await get(token)).status).toBe(200);
    vaults.clock.setOffset(3_601_000);
    expect((await get(token)).status).toBe(401);
    expect((await get(await vaults.token())).status).toBe(200);
  });

  it('takes tokens of a retired signing key no longer', async () => {
    const token = await vaults.token();
    const get = () => vaults.plain('guarded', 'GET', '/secrets/one', { authorization: `Bearer ${token}` });
    await vaults.control('POST', 'signing-keys/rotate', {});
    expect((await get()).status).toBe(200);
    await vaults.control('POST', 'signing-keys/rotate', { retire: true });
    expect((await get()).status).toBe(401);
  });
});

describe('authorization', () => {
  it('refuses with the words of Azure RBAC', async () => {
    const refusal = await refusalOf(vaults.secrets('guarded', READER).getSecret('one'));
    expect(refusal).toMatchObject({ status: 403, code: 'Forbidden', inner: 'ForbiddenByRbac' });
    expect(refusal.message).toContain(`;oid=${READER};iss=https://sts.windows.net/${TENANT}/`);
    expect(refusal.message).toContain("Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'");
    expect(refusal.message).toContain('/providers/microsoft.keyvault/vaults/guarded/secrets/one');
    expect(refusal.message).toContain('DecisionReason');
  });

  it('grants action by action, vault by vault; backup does not need the right to get', async () => {
    await vaults.control('PUT', 'roles', {
      principal: READER,
      vault: 'guarded',
      actions: ['secrets/readMetadata/action', 'Microsoft.KeyVault/vaults/secrets/backup/action', 'keys/*'],
    });
    const client = vaults.secrets('guarded', READER);
    expect(await collect(client.listPropertiesOfSecrets())).toHaveLength(1);
    expect(await client.backupSecret('one')).toBeInstanceOf(Uint8Array);
    expect(await refusalOf(client.getSecret('one'))).toMatchObject({ inner: 'ForbiddenByRbac' });
    expect((await vaults.keys('guarded', READER).createEcKey('mine')).name).toBe('mine');
    const elsewhere = await refusalOf(collect(vaults.secrets('open', READER).listPropertiesOfSecrets()));
    expect(elsewhere).toMatchObject({ status: 403 });
    await vaults.control('DELETE', `roles?principal=${READER}`);
    expect(await refusalOf(client.backupSecret('one'))).toMatchObject({ inner: 'ForbiddenByRbac' });
  });

  it.each([
    ['GET', '/secrets/one/versions', 'secrets/readMetadata/action'],
    ['PUT', '/secrets/one', 'secrets/setSecret/action'],
    ['PATCH', '/secrets/one/', 'secrets/update/action'],
    ['DELETE', '/secrets/one', 'secrets/delete'],
    ['POST', '/secrets/restore', 'secrets/restore/action'],
    ['POST', '/deletedsecrets/one/recover', 'secrets/recover/action'],
    ['DELETE', '/deletedsecrets/one', 'secrets/purge/action'],
    ['GET', '/keys/one/', 'keys/read'],
    ['POST', '/keys/one/create', 'keys/create/action'],
    ['PUT', '/keys/one', 'keys/import/action'],
    ['POST', '/keys/one/rotate', 'keys/rotate/action'],
    ['GET', '/keys/one/rotationpolicy', 'keyrotationpolicies/read'],
    ['PUT', '/keys/one/rotationpolicy', 'keyrotationpolicies/write'],
    ['POST', '/keys/one//sign', 'keys/sign/action'],
    ['POST', '/keys/one//verify', 'keys/verify/action'],
    ['POST', '/keys/one//wrapkey', 'keys/wrap/action'],
    ['POST', '/keys/one//unwrapkey', 'keys/unwrap/action'],
    ['POST', '/keys/one//encrypt', 'keys/encrypt/action'],
    ['POST', '/keys/one//decrypt', 'keys/decrypt/action'],
    ['GET', '/certificates', 'certificates/read'],
  ])('%s %s needs %s', async (method, path, action) => {
    const authorization = `Bearer ${await vaults.token({ oid: READER })}`;
    const answer = await vaults.plain('guarded', method, path, { authorization });
    expect(answer.status).toBe(403);
    expect(answer.body.error.message).toContain(`Action: 'Microsoft.KeyVault/vaults/${action}'`);
  });
});
