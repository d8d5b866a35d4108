import { collect, LocalVaults, refusalOf, TENANT } from './local-vaults';

let vaults: LocalVaults;
beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.vault('contoso-prod');
});
afterAll(() => vaults.stop());

describe('setting and getting', () => {
  it('keeps value, content type, tags and attributes, by version and as the latest', async () => {
    const client = vaults.secrets('contoso-prod');
    const expiresOn = new Date(Date.UTC(2031, 0, 1));
    const first = await client.setSecret('App-Password', 'one', {
      contentType: 'text/plain',
      tags: { owner: 'ops' },
      expiresOn,
    });
    const second = await client.setSecret('app-password', 'two');

    expect(first.properties.version).toMatch(/^[0-9a-f]{32}$/);
    expect(first.properties.id).toBe(
      `https://contoso-prod.vault.azure.net/secrets/App-Password/${first.properties.version}`,
    );
    expect(first.properties).toMatchObject({
      contentType: 'text/plain',
      tags: { owner: 'ops' },
      expiresOn,
      enabled: true,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: 90,
    });
    expect((await client.getSecret('APP-PASSWORD')).value).toBe('two');
    const latest = await client.getSecret('app-password');
    expect(latest.properties.version).toBe(second.properties.version);
    // The first spelling is kept, and nothing is inherited from the version before.
    expect(latest.properties.id).toContain('/secrets/App-Password/');
    expect(latest.properties.tags).toBeUndefined();
    expect((await client.getSecret('App-Password', { version: first.properties.version! })).value).toBe('one');
  });

  it('hides the value of a disabled version, and shows that of an expired one', async () => {
    const client = vaults.secrets('contoso-prod');
    await client.setSecret('disabled', 'x', { enabled: false });
    await client.setSecret('expired', 'x', { expiresOn: new Date(1000) });
    expect(await refusalOf(client.getSecret('disabled'))).toMatchObject({
      status: 403,
      code: 'Forbidden',
      inner: 'SecretDisabled',
    });
    expect((await client.getSecret('expired')).value).toBe('x');
  });

  it('changes attributes, tags and content type of one version', async () => {
    const client = vaults.secrets('contoso-prod');
    const { properties } = await client.setSecret('changing', 'x', { tags: { a: '1' } });
    await client.updateSecretProperties('changing', properties.version!, { enabled: false, contentType: 'text/json' });
    const [listed] = (await collect(client.listPropertiesOfSecretVersions('changing'))).filter(
      ({ version }) => version === properties.version,
    );
    expect(listed).toMatchObject({ enabled: false, contentType: 'text/json', tags: { a: '1' } });
  });

  it.each([
    ['a name', 'bad_name', 'x', {}],
    ['the length of a value', 'big', 'x'.repeat(25 * 1024 + 1), {}],
    [
      'the number of tags',
      'tagged',
      'x',
      { tags: Object.fromEntries([...Array(16).keys()].map((n) => [`t${n}`, 'v'])) },
    ],
  ])('refuses %s beyond the limits', async (_what, name, value, options) => {
    const refusal = await refusalOf(vaults.secrets('contoso-prod').setSecret(name, value, options));
    expect(refusal).toMatchObject({ status: 400, code: 'BadParameter' });
    expect(refusal.message).not.toContain('xxx');
  });

  it('says what is missing, with the headers of Key Vault', async () => {
    const client = vaults.secrets('contoso-prod');
    expect(await refusalOf(client.getSecret('nowhere'))).toMatchObject({ status: 404, code: 'SecretNotFound' });
    await client.setSecret('here', 'x');
    expect(await refusalOf(client.getSecret('here', { version: '0'.repeat(32) }))).toMatchObject({
      code: 'SecretNotFound',
    });
    const answer = await vaults.plain('contoso-prod', 'GET', '/secrets/nowhere');
    expect(answer.headers.get('x-ms-keyvault-region')).toBe('westeurope');
    expect(answer.headers.get('x-ms-request-id')).toBeTruthy();
    expect((await vaults.plain('contoso-prod', 'GET', '//secrets/here')).body.value).toBe('x');
    expect((await vaults.plain('contoso-prod', 'GET', '/secrets/nowhere/versions')).body.value).toEqual([]);
    expect((await vaults.plain('contoso-prod', 'GET', '/secrets/%zz')).status).toBe(400);
    expect((await vaults.plain('contoso-prod', 'POST', '/secrets/here')).status).toBe(405);
    expect((await vaults.plain('contoso-prod', 'GET', '/nothing')).status).toBe(404);
    expect(answer.headers.get('x-ms-keyvault-service-version')).toBeTruthy();
  });
});

describe('listing', () => {
  it('pages by 25 with links on the real host, and never shows a value', async () => {
    await vaults.vault('paged');
    await vaults.seed('paged', { generate: { secrets: 60, versions: 2 } });
    const listed = await collect(vaults.secrets('paged').listPropertiesOfSecrets());
    expect(new Set(listed.map(({ name }) => name)).size).toBe(60);
    const page = await vaults.plain('paged', 'GET', '/secrets');
    expect(page.body.value).toHaveLength(25);
    expect(page.body.nextLink).toMatch(
      /^https:\/\/paged\.vault\.azure\.net\/secrets\?api-version=7\.6&\$skiptoken=[^&]+&maxresults=25$/,
    );
    expect(JSON.stringify(page.body)).not.toContain('"value":"');
    expect((await vaults.plain('paged', 'GET', '/secrets?maxresults=26')).status).toBe(400);
  });

  it('lists all versions, and answers for certificates with an empty page', async () => {
    const client = vaults.secrets('contoso-prod');
    const made = [];
    for (let n = 0; n < 30; n += 1) made.push((await client.setSecret('many', `v${n}`)).properties.version);
    const listed = await collect(client.listPropertiesOfSecretVersions('many'));
    expect(listed.map(({ version }) => version).sort()).toEqual(made.sort());
    for (const path of ['/certificates', '/deletedcertificates']) {
      expect((await vaults.plain('contoso-prod', 'GET', path)).body).toEqual({ value: [], nextLink: null });
    }
  });

  it('lists 10,000 objects', async () => {
    await vaults.vault('large', { limits: { enabled: false } });
    expect(await vaults.seed('large', { generate: { secrets: 9000, keys: 1000 } })).toEqual({
      secrets: 9000,
      keys: 1000,
      certificates: 0,
      versions: 10_000,
    });
    expect(await collect(vaults.secrets('large').listPropertiesOfSecrets())).toHaveLength(9000);
    expect(await collect(vaults.keys('large').listPropertiesOfKeys())).toHaveLength(1000);
  });
});

describe('deleting', () => {
  it('soft-deletes, keeps the name taken, recovers', async () => {
    const client = vaults.secrets('contoso-prod');
    const { properties } = await client.setSecret('recoverable', 'x');
    const poller = await client.beginDeleteSecret('recoverable', { intervalInMs: 10 });
    const deleted = await poller.pollUntilDone();
    expect(deleted.recoveryId).toBe('https://contoso-prod.vault.azure.net/deletedsecrets/recoverable');
    expect(deleted.scheduledPurgeDate!.getTime() - deleted.deletedOn!.getTime()).toBe(90 * 86_400_000);
    expect(deleted.value).toBeUndefined();
    expect(await refusalOf(client.getSecret('recoverable'))).toMatchObject({ status: 404 });
    expect(await refusalOf(client.setSecret('recoverable', 'y'))).toMatchObject({
      status: 409,
      code: 'Conflict',
      inner: 'ObjectIsDeletedButRecoverable',
    });
    expect((await collect(client.listDeletedSecrets())).map(({ name }) => name)).toContain('recoverable');
    const recovery = await client.beginRecoverDeletedSecret('recoverable', { intervalInMs: 10 });
    expect((await recovery.pollUntilDone()).version).toBe(properties.version);
    expect((await client.getSecret('recoverable')).value).toBe('x');
  });

  it('shows the states in between', async () => {
    await vaults.vault('slow', { transitions: { deletedMs: 60_000, recoveredMs: 60_000, purgedMs: 60_000 } });
    const client = vaults.secrets('slow');
    const pass = (): void => {
      vaults.clock.setOffset(vaults.clock.offsetMs + 61_000);
    };
    await client.setSecret('moving', 'x');
    await client.beginDeleteSecret('moving');
    expect(await refusalOf(client.getDeletedSecret('moving'))).toMatchObject({ status: 404 });
    expect(await refusalOf(client.purgeDeletedSecret('moving'))).toMatchObject({
      status: 409,
      inner: 'ObjectIsBeingDeleted',
    });
    expect(await refusalOf(client.setSecret('moving', 'y'))).toMatchObject({
      status: 409,
      inner: 'ObjectIsBeingDeleted',
    });
    expect(await collect(client.listDeletedSecrets())).toEqual([]);
    pass();
    expect((await client.getDeletedSecret('moving')).name).toBe('moving');
    await vaults.plain('slow', 'POST', '/deletedsecrets/moving/recover');
    expect(await refusalOf(client.getSecret('moving'))).toMatchObject({ status: 404 });
    vaults.clock.setOffset(vaults.clock.offsetMs + 31_000);
    // Readable already, and still not to be written.
    expect((await client.getSecret('moving')).value).toBe('x');
    expect(await refusalOf(client.setSecret('moving', 'y'))).toMatchObject({
      status: 409,
      inner: 'ObjectIsBeingRecovered',
    });
    pass();
    await client.beginDeleteSecret('moving');
    pass();
    await client.purgeDeletedSecret('moving');
    expect(await refusalOf(client.getSecret('moving'))).toMatchObject({ status: 404 });
    expect(await refusalOf(client.getDeletedSecret('moving'))).toMatchObject({ status: 404 });
    expect(await refusalOf(client.setSecret('moving', 'y'))).toMatchObject({
      status: 409,
      inner: 'ObjectIsBeingDeleted',
    });
    pass();
    expect((await client.setSecret('moving', 'y')).value).toBe('y');
  });

  it('refuses a purge under purge protection, and purges by itself when retention is over', async () => {
    await vaults.vault('protected', { purgeProtection: true, softDeleteDays: 7 });
    const client = vaults.secrets('protected');
    const { properties } = await client.setSecret('kept', 'x');
    expect(properties.recoveryLevel).toBe('CustomizedRecoverable');
    await client.beginDeleteSecret('kept');
    const refusal = await refusalOf(client.purgeDeletedSecret('kept'));
    expect(refusal).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(refusal.message).toContain(
      'Operation "purge" is not allowed because purge protection is enabled for this vault',
    );
    vaults.clock.setOffset(vaults.clock.offsetMs + 6 * 86_400_000);
    expect((await vaults.secrets('protected').getDeletedSecret('kept')).name).toBe('kept');
    vaults.clock.setOffset(vaults.clock.offsetMs + 86_400_000 + 1);
    expect(await refusalOf(vaults.secrets('protected').getDeletedSecret('kept'))).toMatchObject({ status: 404 });
    expect((await vaults.secrets('protected').setSecret('kept', 'new')).value).toBe('new');
  });
});

it('serves other vaults by Host, and closes the connection for hosts that are no vault', async () => {
  await vaults.vault('fabrikam');
  expect(await refusalOf(vaults.secrets('fabrikam').getSecret('App-Password'))).toMatchObject({ status: 404 });
  await expect(vaults.plain('no-such-vault', 'GET', '/secrets')).rejects.toThrow(/hang up|ECONNRESET/);
  await expect(vaults.plain('contoso.managedhsm.azure.net/', 'GET', '/keys')).rejects.toThrow();
  expect((await vaults.control('GET', 'vaults/fabrikam')).tenantId).toBe(TENANT);
});
