import { createHash, randomBytes } from 'node:crypto';
import { type CertificatePolicy } from '@azure/keyvault-certificates';
import { collect, LocalVaults, QUICK_VAULT, refusalOf } from './local-vaults';
import { OpenSsl } from './open-ssl';

const READER = '22222222-2222-4222-8222-222222222222';
const QUICK = { intervalInMs: 5 };
const SELF: CertificatePolicy = { issuerName: 'Self', subject: 'CN=x', keyType: 'EC' };
const UNKNOWN: CertificatePolicy = { issuerName: 'Unknown', subject: 'CN=asked', keyType: 'EC', keyCurveName: 'P-256' };

let vaults: LocalVaults;
let openSsl: OpenSsl;
beforeAll(async () => {
  openSsl = await OpenSsl.start();
  vaults = await LocalVaults.start();
  await vaults.vault('source');
  await vaults.vault('same-world');
  await vaults.vault('other-geography', { geography: 'Asia' });
});
afterAll(async () => {
  await vaults.stop();
  await openSsl.stop();
});

// Clients compare with their own clock.
beforeEach(() => {
  vaults.clock.setOffset(0);
});

const pass = (milliseconds: number) => {
  vaults.clock.setOffset(vaults.clock.offsetMs + milliseconds);
};

async function created(vault: string, name: string, policy = SELF) {
  return (await vaults.certificates(vault).beginCreateCertificate(name, policy, QUICK)).pollUntilDone();
}

const create = (name: string, policy: object, vault = 'source') =>
  vaults.plain(vault, 'POST', `/certificates/${name}/create`, { body: { policy } });
const pendingOf = async (name: string, vault = 'source') =>
  (await vaults.plain(vault, 'GET', `/certificates/${name}/pending`)) as { status: number; body: unknown };
const WIRE_SELF = { issuer: { name: 'Self' }, x509_props: { subject: 'CN=x' }, key_props: { kty: 'EC', crv: 'P-256' } };
const WIRE_UNKNOWN = { ...WIRE_SELF, issuer: { name: 'Unknown' } };

describe('a pending certificate', () => {
  it('is issued after a while, and not before', async () => {
    await vaults.vault('slow', { transitions: { ...QUICK_VAULT.transitions, issuedMs: 60_000 } });
    const answer = await create('slow', WIRE_SELF, 'slow');
    expect(answer).toMatchObject({
      status: 202,
      body: {
        id: 'https://slow.vault.azure.net/certificates/slow/pending',
        status: 'inProgress',
        cancellation_requested: false,
      },
    });
    pass(59_000);
    expect(await pendingOf('slow', 'slow')).toMatchObject({ body: { status: 'inProgress' } });
    const unfinished = await vaults.certificates('slow').getCertificate('slow');
    expect(unfinished).toMatchObject({
      cer: undefined,
      properties: { enabled: false },
      policy: { issuerName: 'Self' },
    });
    expect(await collect(vaults.certificates('slow').listPropertiesOfCertificates())).toEqual([]);
    expect((await create('slow', WIRE_SELF, 'slow')).status).toBe(409);
    expect(await vaults.certificates('slow').getCertificatePolicy('slow')).toMatchObject({ subject: 'CN=x' });
    await vaults.close();
    await vaults.open();
    pass(1_000);
    expect(await pendingOf('slow', 'slow')).toMatchObject({
      body: { status: 'completed', target: 'https://slow.vault.azure.net/certificates/slow' },
    });
    const issued = await vaults.certificates('slow').getCertificate('slow');
    expect(issued).toMatchObject({ properties: { enabled: true, version: unfinished.properties.version } });
  });

  it('is issued once, however many ask at the moment', async () => {
    await vaults.vault('crowded', { transitions: { ...QUICK_VAULT.transitions, issuedMs: 1000 } });
    await create('crowded', WIRE_SELF, 'crowded');
    pass(1000);
    const answers = await Promise.all(Array.from({ length: 8 }, () => pendingOf('crowded', 'crowded')));
    for (const answer of answers) expect(answer).toMatchObject({ body: { status: 'completed' } });
    const versions = vaults.certificates('crowded').listPropertiesOfCertificateVersions('crowded');
    expect(await collect(versions)).toHaveLength(1);
  });

  it('can be cancelled and forgotten', async () => {
    await create('cancelled', WIRE_UNKNOWN);
    const client = vaults.certificates('source');
    const poller = await client.getCertificateOperation('cancelled', QUICK);
    expect(poller.getOperationState().certificateOperation).toMatchObject({ status: 'inProgress' });
    const answer = await vaults.plain('source', 'PATCH', '/certificates/cancelled/pending', {
      body: { cancellation_requested: true },
    });
    expect(answer).toMatchObject({ status: 200, body: { cancellation_requested: true } });
    expect(await pendingOf('cancelled')).toMatchObject({ body: { status: 'cancelled' } });
    expect(
      (
        await vaults.plain('source', 'PATCH', '/certificates/cancelled/pending', {
          body: { cancellation_requested: true },
        })
      ).status,
    ).toBe(409);
    await client.deleteCertificateOperation('cancelled');
    expect(await pendingOf('cancelled')).toMatchObject({
      status: 404,
      body: { error: { code: 'PendingCertificateNotFound' } },
    });
    expect(await refusalOf(client.getCertificate('cancelled'))).toMatchObject({ status: 404 });
  });

  it('becomes a certificate when what an authority signed is merged', async () => {
    const client = vaults.certificates('source');
    await client.beginCreateCertificate('asked', UNKNOWN, QUICK);
    const { csr } = (await pendingOf('asked')).body as { csr: string };
    await openSsl.makeChain(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    await openSsl.put('asked.csr', Buffer.from(csr, 'base64'));
    expect(await openSsl.run('req', '-inform', 'DER', '-in', 'asked.csr', '-verify', '-noout', '-text')).toContain(
      'Subject: CN = asked',
    );
    await openSsl.run(
      'x509',
      '-req',
      '-inform',
      'DER',
      '-in',
      'asked.csr',
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-CAcreateserial',
      '-out',
      'asked.pem',
      '-days',
      '30',
    );
    for (const file of ['asked', 'root', 'leaf'])
      await openSsl.run('x509', '-in', `${file}.pem`, '-outform', 'DER', '-out', `${file}.der`);
    const [leaf, root, other] = await Promise.all(
      ['asked.der', 'root.der', 'leaf.der'].map((file) => openSsl.get(file)),
    );
    expect(await refusalOf(client.mergeCertificate('asked', [other!, root!]))).toMatchObject({
      status: 400,
      code: 'BadParameter',
    });
    const merged = await client.mergeCertificate('asked', [leaf!, root!]);
    expect(Buffer.from(merged.cer!)).toEqual(leaf);
    expect(merged.properties.enabled).toBe(true);
    expect(await pendingOf('asked')).toMatchObject({ body: { status: 'completed' } });
    const { value } = await vaults.secrets('source').getSecret('asked');
    await openSsl.put('asked.pfx', Buffer.from(value!, 'base64'));
    const opened = await openSsl.run('pkcs12', '-in', 'asked.pfx', '-passin', 'pass:', '-nodes');
    expect(opened.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(opened).toContain('BEGIN PRIVATE KEY');
  });

  it('fails if its name was taken meanwhile', async () => {
    await vaults.vault('raced', { transitions: { ...QUICK_VAULT.transitions, issuedMs: 1000 } });
    await create('raced', WIRE_SELF, 'raced');
    await vaults.secrets('raced').setSecret('raced', 'x');
    pass(1000);
    expect(await pendingOf('raced', 'raced')).toMatchObject({
      body: { status: 'failed', error: { code: 'Conflict' } },
    });
    expect((await vaults.secrets('raced').getSecret('raced')).value).toBe('x');
  });
});

describe('issuers and contacts', () => {
  it('are kept, changed and removed; a password is never shown', async () => {
    const client = vaults.certificates('source');
    await client.createIssuer('DigiCert-1', 'DigiCert', {
      accountId: 'acc',
      password: 'never-shown',
      organizationId: 'org',
      administratorContacts: [{ email: 'a@contoso.com' }],
    });
    const text = JSON.stringify((await vaults.plain('source', 'GET', '/certificates/issuers/digicert-1')).body);
    expect(text).not.toContain('never-shown');
    expect(await client.getIssuer('DigiCert-1')).toMatchObject({
      provider: 'DigiCert',
      accountId: 'acc',
      organizationId: 'org',
      enabled: true,
    });
    await client.updateIssuer('DigiCert-1', { accountId: 'other' });
    // Not by the SDK, which sends no `enabled` that is false.
    const body = { attributes: { enabled: false } };
    await vaults.plain('source', 'PATCH', '/certificates/issuers/DigiCert-1', { body });
    expect(await client.getIssuer('DigiCert-1')).toMatchObject({
      provider: 'DigiCert',
      accountId: 'other',
      organizationId: 'org',
      enabled: false,
    });
    const listed = (await collect(client.listPropertiesOfIssuers())).map(({ id }) => id);
    expect(listed).toEqual(['https://source.vault.azure.net/certificates/issuers/DigiCert-1']);
    expect(await refusalOf(created('source', 'by-disabled', { ...SELF, issuerName: 'DigiCert-1' }))).toMatchObject({
      status: 400,
    });
    await client.deleteIssuer('DigiCert-1');
    expect(await refusalOf(client.getIssuer('DigiCert-1'))).toMatchObject({
      status: 404,
      code: 'CertificateIssuerNotFound',
    });

    await client.setContacts([{ email: 'a@contoso.com', name: 'A', phone: '1' }, { email: 'b@contoso.com' }]);
    expect(await client.getContacts()).toEqual([
      { email: 'a@contoso.com', name: 'A', phone: '1' },
      { email: 'b@contoso.com' },
    ]);
    await client.deleteContacts();
    expect(await refusalOf(client.getContacts())).toMatchObject({ status: 404, code: 'ContactsNotFound' });
  });

  it('issue by themselves if their provider is Test, and wait otherwise', async () => {
    const client = vaults.certificates('source');
    await client.createIssuer('tester', 'Test');
    await client.createIssuer('authority', 'DigiCert');
    expect((await created('source', 'tested', { ...SELF, issuerName: 'tester' })).policy).toMatchObject({
      issuerName: 'tester',
    });
    await client.beginCreateCertificate('waiting', { ...SELF, issuerName: 'authority' }, QUICK);
    pass(3_600_000);
    expect(await pendingOf('waiting')).toMatchObject({ body: { status: 'inProgress', issuer: { name: 'authority' } } });
  });
});

describe('deleting', () => {
  it('takes key and secret along, there and back, and for good', async () => {
    const client = vaults.certificates('source');
    const { properties } = await created('source', 'doomed');
    const everywhere = async () => {
      const found = [
        ...(await collect(client.listPropertiesOfCertificates())),
        ...(await collect(vaults.keys('source').listPropertiesOfKeys())),
        ...(await collect(vaults.secrets('source').listPropertiesOfSecrets())),
      ];
      return found.filter(({ name }) => name === 'doomed').length;
    };
    const deleted = async () => {
      const found = [
        ...(await collect(client.listDeletedCertificates())),
        ...(await collect(vaults.keys('source').listDeletedKeys())),
        ...(await collect(vaults.secrets('source').listDeletedSecrets())),
      ];
      return found.filter(({ name }) => name === 'doomed').length;
    };
    expect([await everywhere(), await deleted()]).toEqual([3, 0]);
    await (await client.beginDeleteCertificate('doomed', QUICK)).pollUntilDone();
    expect([await everywhere(), await deleted()]).toEqual([0, 3]);
    expect(await client.getDeletedCertificate('doomed')).toMatchObject({
      name: 'doomed',
      recoveryId: 'https://source.vault.azure.net/deletedcertificates/doomed',
      policy: { issuerName: 'Self' },
    });
    expect(await refusalOf(created('source', 'doomed'))).toMatchObject({
      status: 409,
      inner: 'ObjectIsDeletedButRecoverable',
    });
    await (await client.beginRecoverDeletedCertificate('doomed', QUICK)).pollUntilDone();
    expect([await everywhere(), await deleted()]).toEqual([3, 0]);
    expect((await client.getCertificate('doomed')).properties.version).toBe(properties.version);
    await client.beginDeleteCertificate('doomed', QUICK);
    await client.purgeDeletedCertificate('doomed');
    expect([await everywhere(), await deleted()]).toEqual([0, 0]);
    expect((await created('source', 'doomed')).properties.version).not.toBe(properties.version);
  });

  it('is for good once its time is over, and refused to be earlier under purge protection', async () => {
    await vaults.vault('protected', { purgeProtection: true, softDeleteDays: 7 });
    const client = vaults.certificates('protected');
    await created('protected', 'kept');
    await client.beginDeleteCertificate('kept');
    expect(await refusalOf(client.purgeDeletedCertificate('kept'))).toMatchObject({ status: 403, code: 'Forbidden' });
    pass(7 * 86_400_000 + 1);
    for (const path of ['/deletedcertificates/kept', '/deletedkeys/kept', '/deletedsecrets/kept'])
      expect((await vaults.plain('protected', 'GET', path)).status).toBe(404);
  });
});

describe('backup and restore', () => {
  async function everything(vault: string, name: string) {
    const client = vaults.certificates(vault);
    const versions = await collect(client.listPropertiesOfCertificateVersions(name));
    const read = versions.map(
      async ({ version, enabled, tags, notBefore, expiresOn, createdOn, x509ThumbprintString }) => {
        const secret = enabled ? await vaults.secrets(vault).getSecret(name, { version: version! }) : undefined;
        const key = await vaults.keys(vault).getKey(name, { version: version! });
        const { cer } = await client.getCertificateVersion(name, version!);
        const facts = { version, enabled, tags, notBefore, expiresOn, createdOn, x509ThumbprintString };
        return {
          ...facts,
          cer: Buffer.from(cer!).toString('hex'),
          value: secret?.value,
          contentType: secret?.properties.contentType,
          key: { ...key.key, kid: '' },
          managed: [key.properties.managed, secret?.properties.certificateKeyId !== undefined],
        };
      },
    );
    const policy = await client.getCertificatePolicy(name);
    return { policy, versions: (await Promise.all(read)).sort((a, b) => a.version!.localeCompare(b.version!)) };
  }

  it('brings back all versions with key, secret and policy', async () => {
    await vaults.seed('source', {
      certificates: [
        {
          name: 'Whole',
          versions: [
            { kty: 'RSA', created: 1_600_000_000, tags: { v: '1' } },
            { kty: 'EC', crv: 'P-521', enabled: false, contentType: 'application/x-pem-file' },
            { kty: 'EC', crv: 'P-256', exportable: false, tags: { v: '3' } },
          ],
        },
      ],
    });
    const before = await everything('source', 'whole');
    expect(before.versions).toHaveLength(3);
    const blob = await vaults.certificates('source').backupCertificate('whole');
    expect(Buffer.from(blob!).toString('latin1')).toMatch(/^&AzureKeyVaultCertificateBackupV1\.microsoft\.com/);
    const restored = await vaults.certificates('same-world').restoreCertificateBackup(blob!);
    expect(restored.name).toBe('Whole');
    expect(await everything('same-world', 'whole')).toEqual(before);
    const digest = createHash('sha256').update('x').digest();
    const { result } = await vaults.cryptography(restored.keyId!).sign('ES256', digest);
    expect(
      (
        await vaults
          .cryptography((await vaults.certificates('source').getCertificate('whole')).keyId!)
          .verify('ES256', digest, result)
      ).result,
    ).toBe(true);
    expect(await refusalOf(vaults.certificates('same-world').restoreCertificateBackup(blob!))).toMatchObject({
      status: 409,
    });
    expect(await refusalOf(vaults.certificates('other-geography').restoreCertificateBackup(blob!))).toMatchObject({
      status: 400,
      message: 'Cannot decrypt backup blob.',
    });
    expect(await refusalOf(vaults.secrets('same-world').restoreSecretBackup(blob!))).toMatchObject({ status: 400 });
  });

  it('never overwrites a secret or key that stands under the name', async () => {
    await created('source', 'clashing');
    const blob = (await vaults.certificates('source').backupCertificate('clashing'))!;
    await vaults.secrets('same-world').setSecret('clashing', 'mine');
    expect(await refusalOf(vaults.certificates('same-world').restoreCertificateBackup(blob))).toMatchObject({
      status: 409,
      inner: 'SecretAlreadyExists',
    });
    expect((await vaults.secrets('same-world').getSecret('clashing')).value).toBe('mine');
    expect(await refusalOf(vaults.certificates('same-world').getCertificate('clashing'))).toMatchObject({
      status: 404,
    });
  });

  it('refuses more than 500 versions', async () => {
    const versions = Array.from({ length: 501 }, () => ({ kty: 'EC' }));
    await vaults.seed('source', { certificates: [{ name: 'long', versions }] });
    expect(await refusalOf(vaults.certificates('source').backupCertificate('long'))).toMatchObject({ status: 400 });
  });
});

describe('rights, limits and disturbances', () => {
  it.each([
    ['GET', '/certificates', 'certificates/read'],
    ['GET', '/certificates/one/', 'certificates/read'],
    ['GET', '/certificates/one/versions', 'certificates/read'],
    ['GET', '/certificates/one/policy', 'certificates/read'],
    ['PATCH', '/certificates/one/policy', 'certificates/update/action'],
    ['PATCH', '/certificates/one/', 'certificates/update/action'],
    ['POST', '/certificates/one/create', 'certificates/create/action'],
    ['POST', '/certificates/one/import', 'certificates/import/action'],
    ['GET', '/certificates/one/pending', 'certificates/read'],
    ['PATCH', '/certificates/one/pending', 'certificates/update/action'],
    ['DELETE', '/certificates/one/pending', 'certificates/update/action'],
    ['POST', '/certificates/one/pending/merge', 'certificates/create/action'],
    ['POST', '/certificates/one/backup', 'certificates/backup/action'],
    ['POST', '/certificates/restore', 'certificates/restore/action'],
    ['DELETE', '/certificates/one', 'certificates/delete'],
    ['GET', '/deletedcertificates/one', 'certificates/read'],
    ['POST', '/deletedcertificates/one/recover', 'certificates/recover/action'],
    ['DELETE', '/deletedcertificates/one', 'certificates/purge/action'],
    ['GET', '/certificates/issuers', 'certificatecas/read'],
    ['GET', '/certificates/issuers/one', 'certificatecas/read'],
    ['PUT', '/certificates/issuers/one', 'certificatecas/write'],
    ['PATCH', '/certificates/issuers/one', 'certificatecas/write'],
    ['DELETE', '/certificates/issuers/one', 'certificatecas/delete'],
    ['GET', '/certificates/contacts', 'certificatecontacts/write'],
    ['PUT', '/certificates/contacts', 'certificatecontacts/write'],
    ['DELETE', '/certificates/contacts', 'certificatecontacts/write'],
  ])('%s %s needs %s', async (method, path, action) => {
    const authorization = `Bearer ${await vaults.token({ oid: READER })}`;
    const answer = await vaults.plain('source', method, path, { authorization });
    expect(answer.status).toBe(403);
    expect(answer.body.error.message).toContain(`Action: 'Microsoft.KeyVault/vaults/${action}'`);
  });

  it('lets a backup be made without the right to read', async () => {
    await created('source', 'secret-enough');
    await vaults.control('PUT', 'roles', {
      principal: READER,
      vault: 'source',
      actions: ['certificates/backup/action'],
    });
    const client = vaults.certificates('source', READER);
    expect(await client.backupCertificate('secret-enough')).toBeInstanceOf(Uint8Array);
    expect(await refusalOf(client.getCertificate('secret-enough'))).toMatchObject({ inner: 'ForbiddenByRbac' });
    await vaults.control('DELETE', `roles?principal=${READER}`);
  });

  it('counts creating and importing with the creation of secrets', async () => {
    await vaults.vault('limited', { limits: { createOrImport: 2 } });
    const statuses = [];
    for (const name of ['a', 'b', 'c']) statuses.push((await create(name, WIRE_SELF, 'limited')).status);
    expect(statuses).toContain(429);
    expect((await vaults.plain('limited', 'GET', '/certificates')).status).toBe(200);
  });

  it('is noted and disturbed by names of its own', async () => {
    await vaults.control('POST', 'faults', {
      kind: '503',
      vault: 'source',
      operation: 'certificates.backup',
      object: 'secret-enough',
      next: 1,
    });
    expect(await refusalOf(vaults.certificates('source').backupCertificate('secret-enough'))).toMatchObject({
      status: 503,
    });
    const { counters } = await vaults.control('GET', 'requests');
    const expected = [
      'certificates.create',
      'certificates.getpending',
      'certificates.get',
      'certificates.merge',
      'certificates.backup',
      'certificates.restore',
      'certificates.versions',
      'deletedcertificates.list',
      'deletedcertificates.recover',
      'deletedcertificates.purge',
      'issuers.set',
      'contacts.get',
    ];
    expect(Object.keys(counters)).toEqual(expect.arrayContaining(expected));
  });
});

it('keeps everything over a restart', async () => {
  await created('source', 'lasting');
  await create('asked-for', WIRE_UNKNOWN);
  await vaults.certificates('source').setContacts([{ email: `${randomBytes(4).toString('hex')}@contoso.com` }]);
  const seen = async () => ({
    certificate: await vaults.certificates('source').getCertificate('lasting'),
    secret: await vaults.secrets('source').getSecret('lasting'),
    pending: (await pendingOf('asked-for')).body,
    contacts: await vaults.certificates('source').getContacts(),
    issuers: await collect(vaults.certificates('source').listPropertiesOfIssuers()),
  });
  const before = await seen();
  await vaults.close();
  await vaults.open();
  expect(await seen()).toEqual(before);
  await vaults.control('DELETE', 'vaults/source');
  await vaults.vault('source');
  expect(await pendingOf('asked-for')).toMatchObject({ status: 404 });
  expect(await refusalOf(vaults.certificates('source').getContacts())).toMatchObject({ status: 404 });
});
