import { createHash, X509Certificate } from 'node:crypto';
import { type CertificatePolicy, type KeyVaultCertificateWithPolicy } from '@azure/keyvault-certificates';
import { collect, LocalVaults, refusalOf } from './local-vaults';
import { OpenSsl } from './open-ssl';

let vaults: LocalVaults;
let openSsl: OpenSsl;
beforeAll(async () => {
  openSsl = await OpenSsl.start();
  vaults = await LocalVaults.start();
  await vaults.vault('contoso-prod');
});
afterAll(async () => {
  await vaults.stop();
  await openSsl.stop();
});

const QUICK = { intervalInMs: 5 };

async function created(
  name: string,
  policy: Partial<CertificatePolicy>,
  options = {},
): Promise<KeyVaultCertificateWithPolicy> {
  const whole = { issuerName: 'Self', subject: `CN=${name}`, ...policy } as CertificatePolicy;
  const poller = await vaults
    .certificates('contoso-prod')
    .beginCreateCertificate(name, whole, { ...QUICK, ...options });
  return poller.pollUntilDone();
}

const pemOf = ({ cer }: { cer?: Uint8Array }): string => new X509Certificate(cer!).toString();

describe('a self-signed certificate', () => {
  it.each([
    ['RSA', { keySize: 2048 }, 'sha256WithRSAEncryption', 'Public-Key: (2048 bit)'],
    ['RSA', { keySize: 3072 }, 'sha256WithRSAEncryption', 'Public-Key: (3072 bit)'],
    ['RSA', { keySize: 4096 }, 'sha256WithRSAEncryption', 'Public-Key: (4096 bit)'],
    ['EC', { keyCurveName: 'P-256' }, 'ecdsa-with-SHA256', 'NIST CURVE: P-256'],
    ['EC', { keyCurveName: 'P-384' }, 'ecdsa-with-SHA384', 'NIST CURVE: P-384'],
    ['EC', { keyCurveName: 'P-521' }, 'ecdsa-with-SHA512', 'NIST CURVE: P-521'],
    ['EC', { keySize: 384 }, 'ecdsa-with-SHA384', 'NIST CURVE: P-384'],
  ] as const)(
    'by %s %j is what OpenSSL verifies, and its secret what OpenSSL opens',
    async (keyType, shape, algorithm, size) => {
      const name = `made-${keyType}-${Object.values(shape).join('')}`;
      const certificate = await created(name, { keyType, ...shape });
      await openSsl.put('self.pem', pemOf(certificate));
      expect(await openSsl.run('verify', '-check_ss_sig', '-x509_strict', '-CAfile', 'self.pem', 'self.pem')).toContain(
        'self.pem: OK',
      );
      const text = await openSsl.run('x509', '-in', 'self.pem', '-noout', '-text');
      expect(text).toContain(`Signature Algorithm: ${algorithm}`);
      expect(text).toContain(size);

      const { value } = await vaults.secrets('contoso-prod').getSecret(name);
      await openSsl.put('self.pfx', Buffer.from(value!, 'base64'));
      const opened = await openSsl.run('pkcs12', '-in', 'self.pfx', '-passin', 'pass:', '-nodes');
      expect(opened).toContain(pemOf(certificate).trim());
      await openSsl.put('opened.pem', opened);
      const publicKey = await openSsl.run('x509', '-in', 'self.pem', '-noout', '-pubkey');
      expect(await openSsl.run('pkey', '-in', 'opened.pem', '-pubout')).toBe(publicKey);
    },
  );

  it('says what its policy says', async () => {
    const certificate = await created('worded', {
      subject: 'CN=www.contoso.com, O="Contoso, Ltd.", OU=Größe\\, Maß, C=DE, DC=contoso, E=ops@contoso.com',
      subjectAlternativeNames: {
        dnsNames: ['www.contoso.com', '*.contoso.com'],
        emails: ['ops@contoso.com'],
        userPrincipalNames: ['ops@contoso.local'],
        uniformResourceIdentifiers: ['spiffe://contoso/web'],
        ipAddresses: ['10.1.2.3', '2001:db8::1:2'],
      } as never,
      keyUsage: ['digitalSignature', 'keyCertSign', 'decipherOnly'],
      enhancedKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.4.1.311.10.3.12'],
      validityInMonths: 25,
      lifetimeActions: [{ action: 'EmailContacts', daysBeforeExpiry: 30 }],
    });
    const x509 = new X509Certificate(certificate.cer!);
    expect(x509.subject.split('\n')).toEqual([
      'CN=www.contoso.com',
      'O=Contoso\\, Ltd.',
      'OU=Größe\\, Maß',
      'C=DE',
      'DC=contoso',
      'emailAddress=ops@contoso.com',
    ]);
    await openSsl.put('worded.pem', pemOf(certificate));
    const text = await openSsl.run('x509', '-in', 'worded.pem', '-noout', '-text');
    for (const words of [
      'DNS:www.contoso.com, DNS:*.contoso.com',
      'email:ops@contoso.com',
      'UPN::ops@contoso.local',
      'URI:spiffe://contoso/web',
      'IP Address:10.1.2.3',
      'IP Address:2001:DB8:0:0:0:0:1:2',
      'Digital Signature, Certificate Sign, Decipher Only',
      'TLS Web Server Authentication, 1.3.6.1.4.1.311.10.3.12',
      'CA:FALSE',
      'X509v3 Key Usage: critical',
    ]) {
      expect(text).toContain(words);
    }
    const { notBefore, expiresOn } = certificate.properties;
    expect(x509.validFromDate).toEqual(notBefore);
    expect(x509.validToDate).toEqual(expiresOn);
    expect(
      (expiresOn!.getUTCFullYear() - notBefore!.getUTCFullYear()) * 12 +
        expiresOn!.getUTCMonth() -
        notBefore!.getUTCMonth(),
    ).toBe(25);
    expect(certificate.policy).toMatchObject({
      issuerName: 'Self',
      subjectAlternativeNames: {
        dnsNames: ['www.contoso.com', '*.contoso.com'],
        ipAddresses: ['10.1.2.3', '2001:db8::1:2'],
      },
      keyUsage: ['digitalSignature', 'keyCertSign', 'decipherOnly'],
      validityInMonths: 25,
      lifetimeActions: [{ action: 'EmailContacts', daysBeforeExpiry: 30 }],
      keyType: 'RSA',
      keySize: 2048,
      exportable: true,
      contentType: 'application/x-pkcs12',
    });
  });

  it('has a thumbprint, and a key and a secret of its own version', async () => {
    const certificate = await created('named', { keyType: 'EC' }, { tags: { owner: 'web' } });
    const { version, x509Thumbprint, id, tags } = certificate.properties;
    expect(tags).toEqual({ owner: 'web' });
    expect(Buffer.from(x509Thumbprint!)).toEqual(createHash('sha1').update(certificate.cer!).digest());
    expect(id).toBe(`https://contoso-prod.vault.azure.net/certificates/named/${version}`);
    expect(certificate.keyId).toBe(`https://contoso-prod.vault.azure.net/keys/named/${version}`);
    expect(certificate.secretId).toBe(`https://contoso-prod.vault.azure.net/secrets/named/${version}`);
    const key = await vaults.keys('contoso-prod').getKey('named');
    const secret = await vaults.secrets('contoso-prod').getSecret('named');
    expect(key.properties).toMatchObject({ version, managed: true, tags: { owner: 'web' } });
    expect(secret.properties).toMatchObject({ version, contentType: 'application/x-pkcs12', tags: { owner: 'web' } });
    expect(secret.properties.certificateKeyId?.toString()).toBe(certificate.keyId);
    expect(await vaults.certificates('contoso-prod').getCertificateVersion('named', version!)).toMatchObject({
      keyId: certificate.keyId,
    });
  });

  it('takes years beyond 2049', async () => {
    const certificate = await created('far', { validityInMonths: 600, keyType: 'EC' });
    expect(new X509Certificate(certificate.cer!).validToDate.getUTCFullYear()).toBeGreaterThan(2060);
  });

  it.each([
    ['a subject that is none', { subject: 'www.contoso.com' }],
    ['no subject', { subject: '' }],
    ['a size that is not offered', { keyType: 'RSA', keySize: 1024 }],
    ['an issuer that is not known', { issuerName: 'Nobody' }],
    ['an exportable key of an HSM', { keyType: 'RSA-HSM', exportable: true }],
    ['a content type that is not offered', { contentType: 'text/plain' as never }],
  ] as const)('is refused for %s', async (_what, policy) => {
    expect(await refusalOf(created('refused', policy as Partial<CertificatePolicy>))).toMatchObject({
      status: 400,
      code: 'BadParameter',
    });
    expect(await refusalOf(vaults.certificates('contoso-prod').getCertificate('refused'))).toMatchObject({
      code: 'CertificateNotFound',
    });
  });
});

describe('the secret of a certificate', () => {
  it('is PEM where the policy says so', async () => {
    const certificate = await created('pem', { keyType: 'EC', contentType: 'application/x-pem-file' });
    const { value, properties } = await vaults.secrets('contoso-prod').getSecret('pem');
    expect(properties.contentType).toBe('application/x-pem-file');
    expect(value).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(value).toContain(pemOf(certificate));
  });

  it.each(['application/x-pkcs12', 'application/x-pem-file'] as const)(
    'has no private key if it must not leave (%s)',
    async (contentType) => {
      const name = `kept-${contentType.slice(14, 17)}`;
      const certificate = await created(name, { exportable: false, contentType });
      const { value } = await vaults.secrets('contoso-prod').getSecret(name);
      await openSsl.put('kept', Buffer.from(value!, contentType === 'application/x-pkcs12' ? 'base64' : 'utf8'));
      const text =
        contentType === 'application/x-pkcs12'
          ? await openSsl.run('pkcs12', '-in', 'kept', '-passin', 'pass:', '-nodes')
          : value!;
      expect(text).toContain(pemOf(certificate).trim());
      expect(text).not.toContain('PRIVATE KEY');
      const { result } = await vaults
        .cryptography(certificate.keyId!)
        .sign('RS256', createHash('sha256').update('x').digest());
      await openSsl.put('kept.pem', pemOf(certificate));
      await openSsl.put('kept.pub', await openSsl.run('x509', '-in', 'kept.pem', '-noout', '-pubkey'));
      await openSsl.put('kept.sig', result);
      await openSsl.put('kept.txt', 'x');
      expect(
        await openSsl.run('dgst', '-sha256', '-verify', 'kept.pub', '-signature', 'kept.sig', 'kept.txt'),
      ).toContain('Verified OK');
    },
  );

  it('and the key cannot be changed, backed up, deleted, recovered or purged by themselves', async () => {
    const certificate = await created('guarded', { keyType: 'RSA' });
    const [secrets, keys] = [vaults.secrets('contoso-prod'), vaults.keys('contoso-prod')];
    const { version } = certificate.properties;
    for (const attempt of [
      () => secrets.backupSecret('guarded'),
      () => secrets.setSecret('guarded', 'x'),
      () => secrets.updateSecretProperties('guarded', version!, { enabled: false }),
      () => secrets.beginDeleteSecret('guarded'),
    ]) {
      expect(await refusalOf(attempt())).toMatchObject({ status: 403, inner: 'SecretManagedByKeyVault' });
    }
    for (const attempt of [
      () => keys.backupKey('guarded'),
      () => keys.createEcKey('guarded'),
      () => keys.rotateKey('guarded'),
      () => keys.beginDeleteKey('guarded'),
    ]) {
      expect(await refusalOf(attempt())).toMatchObject({ status: 403, inner: 'KeyManagedByKeyVault' });
    }
    const wrapped = await vaults.cryptography(certificate.keyId!).wrapKey('RSA-OAEP-256', Buffer.alloc(32, 7));
    const { result } = await vaults.cryptography(certificate.keyId!).unwrapKey('RSA-OAEP-256', wrapped.result);
    expect(Buffer.from(result)).toEqual(Buffer.alloc(32, 7));
    await vaults.certificates('contoso-prod').beginDeleteCertificate('guarded');
    expect(await refusalOf(secrets.purgeDeletedSecret('guarded'))).toMatchObject({ status: 403 });
    expect(await refusalOf(keys.beginRecoverDeletedKey('guarded'))).toMatchObject({ status: 403 });
  });
});

describe('versions and changes', () => {
  it('keeps every version, and the key if the policy says to reuse it', async () => {
    const client = vaults.certificates('contoso-prod');
    const first = await created('renewed', { keyType: 'EC' });
    const second = await created('renewed', { keyType: 'EC', reuseKey: true });
    const third = await created('renewed', { keyType: 'EC' });
    const keyOf = ({ cer }: { cer?: Uint8Array }) => new X509Certificate(cer!).publicKey;
    expect(keyOf(second).equals(keyOf(first))).toBe(true);
    expect(keyOf(third).equals(keyOf(first))).toBe(false);
    const listed = await collect(client.listPropertiesOfCertificateVersions('renewed'));
    expect(listed.map(({ version }) => version).sort()).toEqual(
      [first, second, third].map(({ properties }) => properties.version).sort(),
    );
    expect((await client.getCertificate('renewed')).properties.version).toBe(third.properties.version);
    expect(Buffer.from((await client.getCertificateVersion('renewed', first.properties.version!)).cer!)).toEqual(
      Buffer.from(first.cer!),
    );
    expect(await collect(vaults.secrets('contoso-prod').listPropertiesOfSecretVersions('renewed'))).toHaveLength(3);
  });

  it('disables certificate, key and secret together', async () => {
    const client = vaults.certificates('contoso-prod');
    const { properties } = await created('switched', { keyType: 'EC' });
    await client.updateCertificateProperties('switched', properties.version!, { enabled: false, tags: { off: 'yes' } });
    expect((await client.getCertificate('switched')).properties).toMatchObject({
      enabled: false,
      tags: { off: 'yes' },
      notBefore: properties.notBefore,
    });
    expect(await refusalOf(vaults.secrets('contoso-prod').getSecret('switched'))).toMatchObject({
      inner: 'SecretDisabled',
    });
    expect((await vaults.keys('contoso-prod').getKey('switched')).properties).toMatchObject({
      enabled: false,
      tags: { off: 'yes' },
    });
    const listed = (await collect(client.listPropertiesOfCertificates())).find(({ name }) => name === 'switched');
    expect(listed).toMatchObject({ enabled: false, x509Thumbprint: properties.x509Thumbprint });
  });

  it('changes the policy group by group', async () => {
    const client = vaults.certificates('contoso-prod');
    await created('policed', { keyType: 'EC', keyCurveName: 'P-384' });
    await client.updateCertificatePolicy('policed', { issuerName: 'Self', subject: 'CN=other', validityInMonths: 3 });
    expect(await client.getCertificatePolicy('policed')).toMatchObject({
      subject: 'CN=other',
      validityInMonths: 3,
      keyType: 'EC',
      keyCurveName: 'P-384',
    });
    expect(await refusalOf(client.getCertificatePolicy('nowhere'))).toMatchObject({
      status: 404,
      code: 'CertificateNotFound',
    });
  });

  it('is refused where a secret or key of that name stands by itself', async () => {
    await vaults.secrets('contoso-prod').setSecret('occupied', 'x');
    expect(await refusalOf(created('occupied', {}))).toMatchObject({ status: 409, code: 'Conflict' });
  });
});

it('seeds certificates as asked, and thousands at once', async () => {
  await vaults.vault('seeded', { limits: { enabled: false } });
  const counts = await vaults.seed('seeded', {
    certificates: [
      {
        name: 'shop',
        versions: [
          { kty: 'RSA', created: 1_700_000_000, subject: 'CN=shop.contoso.com', tags: { v: '1' } },
          {
            kty: 'EC',
            crv: 'P-384',
            exportable: false,
            contentType: 'application/x-pem-file',
            enabled: false,
            dnsNames: ['shop.contoso.com'],
          },
        ],
      },
    ],
    generate: { certificates: 2000, versions: 1, prefix: 'g-' },
  });
  expect(counts).toEqual({ secrets: 0, keys: 0, certificates: 2001, versions: 2002 });
  const client = vaults.certificates('seeded');
  const listed = await collect(client.listPropertiesOfCertificates());
  expect(new Set(listed.map(({ x509ThumbprintString }) => x509ThumbprintString)).size).toBe(2001);
  const shop = await client.getCertificate('shop');
  expect(shop).toMatchObject({
    properties: { enabled: false },
    policy: { keyCurveName: 'P-384', exportable: false, contentType: 'application/x-pem-file' },
  });
  const versions = await collect(client.listPropertiesOfCertificateVersions('shop'));
  const old = versions.find(({ tags }) => tags?.v === '1')!;
  expect(old.notBefore!.getTime() / 1000).toBe(1_700_000_000 - 600);
  const { value } = await vaults.secrets('seeded').getSecret('shop', { version: old.version! });
  await openSsl.put('shop.pfx', Buffer.from(value!, 'base64'));
  expect(await openSsl.run('pkcs12', '-in', 'shop.pfx', '-passin', 'pass:', '-nokeys')).toContain('shop.contoso.com');
  await openSsl.put('one.pem', pemOf(await client.getCertificate('g-certificate-00777')));
  expect(await openSsl.run('verify', '-check_ss_sig', '-CAfile', 'one.pem', 'one.pem')).toContain('OK');
  const managed = await collect(vaults.keys('seeded').listPropertiesOfKeys());
  expect(managed.filter(({ managed: byCertificate }) => byCertificate)).toHaveLength(2001);
});
