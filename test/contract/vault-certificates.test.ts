import { X509Certificate } from 'node:crypto';
import { hasPrivateKey } from '../../src/domain/payloads';
import { createKeyVaultReader } from '../../src/vault/key-vault-reader';
import { type PublicCertificate, type VaultReader } from '../../src/vault/port';
import { LocalVaults } from '../local/vault-service/local-vaults';
import { clientsOf } from './local-vault-clients';

// Portable certificates, read over the SDKs from real PKCS #12 files and PEM.

const vaultUrl = 'https://contoso.vault.azure.net';
let vaults: LocalVaults;
let reader: VaultReader;

beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.vault('contoso', { limits: { enabled: false } });
  const pem = { contentType: 'application/x-pem-file' };
  const certificates = [
    {
      name: 'rsa',
      versions: [
        { kty: 'RSA', size: 2048 },
        { kty: 'RSA', size: 2048, enabled: false },
      ],
    },
    { name: 'ec', versions: [{ kty: 'EC', crv: 'P-384' }] },
    { name: 'rsa-pem', versions: [{ kty: 'RSA', size: 2048, ...pem }] },
    { name: 'closed', versions: [{ kty: 'RSA', size: 2048, exportable: false }] },
    { name: 'closed-pem', versions: [{ kty: 'EC', crv: 'P-256', exportable: false, ...pem }] },
  ];
  await vaults.seed('contoso', { certificates });
  reader = createKeyVaultReader(clientsOf(vaults));
});
afterAll(() => vaults.stop());

it.each([
  ['rsa', 'application/x-pkcs12', true],
  ['ec', 'application/x-pkcs12', true],
  ['rsa-pem', 'application/x-pem-file', true],
  ['closed', 'application/x-pkcs12', false],
  ['closed-pem', 'application/x-pem-file', false],
])('%s comes as %s; with its private key: %s', async (name, contentType, isExportable) => {
  for (const { version, enabled } of await reader.listVersions(vaultUrl, 'certificate', name)) {
    const { cer, x5t } = (await reader.readCertificate(vaultUrl, name, version)) as PublicCertificate;
    const certificate = new X509Certificate(cer);
    const thumbprint = certificate.fingerprint.replaceAll(':', '').toLowerCase();
    expect(Buffer.from(x5t ?? []).toString('hex')).toBe(thumbprint);
    const secret = await reader.readValue(vaultUrl, name, version);
    if (secret === 'disabled') {
      expect(enabled).toBe(false);
      continue;
    }
    expect(enabled).toBe(true);
    expect(secret.contentType).toBe(contentType);
    expect(hasPrivateKey(secret.value, secret.contentType)).toBe(isExportable);
  }
  const policy = await reader.readCertificatePolicy(vaultUrl, name);
  expect(policy).toMatchObject({ key_props: { exportable: isExportable }, secret_props: { contentType } });
  expect(policy).not.toHaveProperty('id');
});

it('says that a certificate is missing', async () => {
  const missing = { code: 'source_not_found', retryable: false };
  await expect(reader.readCertificatePolicy(vaultUrl, 'missing')).rejects.toMatchObject(missing);
  await expect(reader.readCertificate(vaultUrl, 'missing', '0'.repeat(32))).rejects.toMatchObject(missing);
});
