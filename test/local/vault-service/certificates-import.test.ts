import { X509Certificate } from 'node:crypto';
import { type CertificateContentType } from '@azure/keyvault-certificates';
import { LocalVaults, refusalOf } from './local-vaults';
import { OpenSsl } from './open-ssl';

let vaults: LocalVaults;
let rsa: OpenSsl;
let ec: OpenSsl;
beforeAll(async () => {
  [rsa, ec] = [await OpenSsl.start(), await OpenSsl.start()];
  await rsa.makeChain(['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']);
  await ec.makeChain(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']);
  vaults = await LocalVaults.start();
  await vaults.vault('imports');
});
afterAll(async () => {
  await vaults.stop();
  await Promise.all([rsa.stop(), ec.stop()]);
});

async function pfxOf(made: OpenSsl, password: string, ...more: string[]): Promise<Buffer> {
  const chain = ['-certfile', 'root.pem'];
  await made.run(
    'pkcs12',
    '-export',
    '-inkey',
    'leaf.key',
    '-in',
    'leaf.pem',
    ...chain,
    '-out',
    'leaf.pfx',
    '-passout',
    `pass:${password}`,
    ...more,
  );
  return made.get('leaf.pfx');
}

async function pemOf(made: OpenSsl, ...files: string[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(files.map((file) => made.get(file))));
}

const derOf = async (made: OpenSsl, file = 'leaf.pem'): Promise<Buffer> =>
  new X509Certificate(await made.get(file)).raw;

describe('a PFX', () => {
  it.each([
    ['RSA, AES, a password', () => rsa, 'pässwörd €', []],
    ['EC, AES, a password', () => ec, 'secret', []],
    [
      'EC, AES-128 and SHA-512',
      () => ec,
      'secret',
      ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC', '-macalg', 'sha512'],
    ],
    ['RSA, no password', () => rsa, '', []],
    [
      'RSA, triple DES and SHA-1 as Windows wrote it',
      () => rsa,
      'secret',
      ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    [
      'EC, triple DES without a password',
      () => ec,
      '',
      ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    ['RSA, certificates not encrypted', () => rsa, 'secret', ['-certpbe', 'NONE']],
    ['EC, nothing encrypted', () => ec, 'secret', ['-certpbe', 'NONE', '-keypbe', 'NONE']],
    ['EC, no MAC', () => ec, 'secret', ['-nomac']],
  ] as const)('of %s comes in with its chain', async (_what, made, password, options) => {
    const name = `pfx-${options.join('').replace(/[^A-Za-z0-9]/g, '')}-${password.length}-${made() === rsa ? 'rsa' : 'ec'}`;
    const certificate = await vaults
      .certificates('imports')
      .importCertificate(name, await pfxOf(made(), password, ...options), {
        ...(password === '' ? {} : { password }),
        tags: { from: 'pfx' },
      });
    expect(Buffer.from(certificate.cer!)).toEqual(await derOf(made()));
    expect(certificate.properties.tags).toEqual({ from: 'pfx' });
    expect(certificate.policy).toMatchObject({
      issuerName: 'Unknown',
      contentType: 'application/x-pkcs12',
      exportable: true,
      subject: 'C=DE, O=Contoso, CN=a.example',
      subjectAlternativeNames: { dnsNames: ['a.example', 'b.example'], ipAddresses: ['10.1.2.3'] },
      keyUsage: ['digitalSignature', 'keyAgreement'],
      enhancedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
      ...(made() === rsa ? { keyType: 'RSA', keySize: 2048 } : { keyType: 'EC', keyCurveName: 'P-384' }),
    });

    const { value } = await vaults.secrets('imports').getSecret(name);
    await made().put('back.pfx', Buffer.from(value!, 'base64'));
    const opened = await made().run('pkcs12', '-in', 'back.pfx', '-passin', 'pass:', '-nodes');
    expect(opened.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    await made().put('back.pem', opened);
    expect(await made().run('pkey', '-in', 'back.pem')).toBe(await made().run('pkey', '-in', 'leaf.key'));
    expect(await made().run('verify', '-CAfile', 'root.pem', 'leaf.pem')).toContain('OK');
  });

  it('is refused for a wrong password, without one, and if it is none', async () => {
    const pfx = await pfxOf(rsa, 'right');
    const attempt = (bytes: Buffer, options = {}) =>
      refusalOf(vaults.certificates('imports').importCertificate('no', bytes, options));
    const wrong = { status: 400, code: 'BadParameter', message: 'The specified network password is not correct.' };
    expect(await attempt(pfx, { password: 'wrong' })).toMatchObject(wrong);
    expect(await attempt(pfx)).toMatchObject(wrong);
    const none = { status: 400, code: 'BadParameter' };
    expect((await attempt(Buffer.from('not a PFX at all'))).message).toContain('valid PKCS#12 format');
    expect((await attempt(pfx.subarray(0, 300), { password: 'right' })).message).toContain('valid PKCS#12 format');
    await rsa.run('pkcs12', '-export', '-nokeys', '-in', 'leaf.pem', '-out', 'keyless.pfx', '-passout', 'pass:x');
    expect((await attempt(await rsa.get('keyless.pfx'), { password: 'x' })).message).toContain('private key');
    await rsa.run(
      'pkcs12',
      '-export',
      '-inkey',
      'root.key',
      '-in',
      'root.pem',
      '-out',
      'other.pfx',
      '-passout',
      'pass:x',
    );
    expect(
      await attempt(await rsa.get('other.pfx'), { password: 'x', policy: { contentType: 'application/x-pem-file' } }),
    ).toMatchObject(none);
    expect(await refusalOf(vaults.certificates('imports').getCertificate('no'))).toMatchObject({ status: 404 });
  });

  it('that bytes were changed in is refused, or is what it was', async () => {
    const pfx = await pfxOf(ec, 'right');
    const cer = (await derOf(ec)).toString('base64');
    for (let offset = 0; offset < pfx.length; offset += 37) {
      const changed = Buffer.from(pfx);
      changed[offset]! ^= 0x55;
      const body = { value: changed.toString('base64'), pwd: 'right' };
      const answer = await vaults.plain('imports', 'POST', '/certificates/changed/import', { body });
      expect(answer).toMatchObject(answer.status === 200 ? { body: { cer } } : { status: 400 });
    }
  });
});

it('takes keys of the curve P-256K, for which it issues nothing itself', async () => {
  const made = await OpenSsl.start();
  await made.makeChain(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1']);
  const client = vaults.certificates('imports');
  const password = 'secret';
  const { policy } = await client.importCertificate('k', await pfxOf(made, password), { password });
  expect(policy).toMatchObject({ keyType: 'EC', keyCurveName: 'P-256K' });
  const { value } = await vaults.secrets('imports').getSecret('k');
  await made.put('back.pfx', Buffer.from(value!, 'base64'));
  await made.put('back.pem', await made.run('pkcs12', '-in', 'back.pfx', '-passin', 'pass:', '-nodes'));
  expect(await made.run('pkey', '-in', 'back.pem')).toBe(await made.run('pkey', '-in', 'leaf.key'));
  await made.stop();
  const asked = { issuerName: 'Self', subject: 'CN=k', keyType: 'EC', keyCurveName: 'P-256K' };
  expect(await refusalOf(client.beginCreateCertificate('issued-k', asked))).toMatchObject({
    status: 400,
    code: 'BadParameter',
  });
});

describe('PEM', () => {
  const pem = { policy: { contentType: 'application/x-pem-file' as CertificateContentType } };

  it.each([
    ['RSA', () => rsa],
    ['EC', () => ec],
  ] as const)('of %s comes in with its chain, leaf first whatever its order', async (kind, made) => {
    const body = {
      value: (await pemOf(made(), 'root.pem', 'leaf.key', 'leaf.pem')).toString(),
      attributes: { enabled: true },
      policy: { key_props: { exportable: true }, secret_props: { contentType: 'application/x-pem-file' } },
    };
    expect((await vaults.plain('imports', 'POST', `/certificates/pem-${kind}/import`, { body })).status).toBe(200);
    const { value, properties } = await vaults.secrets('imports').getSecret(`pem-${kind}`);
    expect(properties.contentType).toBe('application/x-pem-file');
    expect(value!.indexOf((await made().get('leaf.pem')).toString().trim())).toBeGreaterThan(0);
    expect(value!.indexOf((await made().get('root.pem')).toString().trim())).toBeGreaterThan(
      value!.indexOf((await made().get('leaf.pem')).toString().trim()),
    );
    await made().put('back.key', value!);
    expect(await made().run('pkey', '-in', 'back.key')).toBe(await made().run('pkey', '-in', 'leaf.key'));
  });

  it('comes in by the SDK', async () => {
    const certificate = await vaults
      .certificates('imports')
      .importCertificate('pem-sdk', await pemOf(ec, 'leaf.pem', 'leaf.key'), pem);
    expect(Buffer.from(certificate.cer!)).toEqual(await derOf(ec));
  });

  it.each([
    ['without a key', ['leaf.pem'], 'Private key is not specified'],
    ['with several keys', ['leaf.pem', 'leaf.key', 'root.key'], 'more than one private key'],
    ['without a certificate', ['leaf.key'], 'valid PEM format'],
    ["with another one's key", ['leaf.pem', 'root.key'], 'does not match'],
  ])('is refused %s', async (_what, files, message) => {
    const body = { value: (await pemOf(rsa, ...files)).toString() };
    const answer = await vaults.plain('imports', 'POST', '/certificates/refused/import', { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadParameter' } } });
    expect(answer.body.error.message).toContain(message);
  });

  it('is refused where the policy says PKCS #12', async () => {
    const body = {
      value: (await pemOf(rsa, 'leaf.pem', 'leaf.key')).toString(),
      policy: { secret_props: { contentType: 'application/x-pkcs12' } },
    };
    expect((await vaults.plain('imports', 'POST', '/certificates/refused/import', { body })).status).toBe(400);
  });
});

it('honours policy and attributes of the import', async () => {
  const body = {
    value: (await pfxOf(ec, 'x')).toString('base64'),
    pwd: 'x',
    attributes: { enabled: false },
    tags: { a: '1' },
    policy: {
      key_props: { exportable: false, reuse_key: true },
      issuer: { name: 'Unknown', cty: 'OV-SSL' },
      lifetime_actions: [{ trigger: { days_before_expiry: 9 }, action: { action_type: 'EmailContacts' } }],
    },
  };
  const answer = await vaults.plain('imports', 'POST', '/certificates/told/import', { body });
  expect(answer.body).toMatchObject({
    attributes: { enabled: false },
    tags: { a: '1' },
    policy: {
      key_props: { exportable: false, reuse_key: true, kty: 'EC', crv: 'P-384' },
      issuer: { cty: 'OV-SSL' },
      lifetime_actions: [{ trigger: { days_before_expiry: 9 } }],
    },
  });
  const client = vaults.certificates('imports');
  const { properties } = await client.getCertificate('told');
  await client.updateCertificateProperties('told', properties.version!, { enabled: true });
  const { value } = await vaults.secrets('imports').getSecret('told');
  await ec.put('told.pfx', Buffer.from(value!, 'base64'));
  expect(await ec.run('pkcs12', '-in', 'told.pfx', '-passin', 'pass:', '-nodes')).not.toContain('PRIVATE KEY');
});
