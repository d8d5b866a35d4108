/** A protected vault and what is seeded into it (the control route's own form). */
export interface SampleVault {
  name: string;
  content: object;
}

const YEAR_2020 = 1_577_836_800;
const YEAR_2021 = 1_609_459_200;
const YEAR_2040 = 2_208_988_800;

/**
 * Two vaults as one finds them in the field: most objects ordinary, some with a long history, disabled, expired, not yet
 * valid, tagged, or oddly but legally named. The same for the same seed.
 */
export function sampleVaults(seed: number): SampleVault[] {
  return [
    {
      name: 'contoso-prod',
      content: {
        secrets: remarkableSecrets(),
        keys: remarkableKeys(),
        certificates: remarkableCertificates(),
        generate: { secrets: 36, keys: 6, versions: 2, prefix: 'service-', seed },
      },
    },
    {
      name: 'contoso-web',
      content: {
        secrets: [
          secret('session-cookie-key', ['first', 'second', 'third']),
          secret('payment-gateway', ['pk-sample'], { tags: { owner: 'web', pci: 'yes' } }),
        ],
        keys: [{ name: 'token-signing', versions: [{ kty: 'EC', crv: 'P-256' }] }],
        certificates: [{ name: 'web-tls', versions: [{ kty: 'EC', crv: 'P-256', dnsNames: ['www.contoso.com'] }] }],
        generate: { secrets: 10, keys: 2, prefix: 'web-', seed: seed + 1 },
      },
    },
  ];
}

function remarkableSecrets(): object[] {
  return [
    secret(
      'database-password',
      Array.from({ length: 12 }, (_, index) => `password ${index + 1}`),
      { contentType: 'text/plain' },
    ),
    secret('retired-api-token', ['no longer used'], { enabled: false }),
    secret('old-partner-key', ['expired long ago'], { created: YEAR_2020, exp: YEAR_2021 }),
    secret('next-partner-key', ['not yet valid'], { nbf: YEAR_2040 }),
    secret('0', ['a name of one digit']),
    secret('-leading-and-trailing-', ['a legal name']),
    secret('n'.repeat(127), ['the longest name']),
    secret('largest-value', ['x'.repeat(25 * 1024)]),
    secret('unicode', ['pässwörd – 密码 – 🔑']),
    secret('connection-string', ['{"host":"db","retries":3}'], {
      contentType: 'application/json',
      tags: { env: 'prod', team: 'data' },
    }),
  ];
}

function secret(name: string, values: string[], attributes: object = {}): object {
  return { name, versions: values.map((value) => ({ value, ...attributes })) };
}

function remarkableKeys(): object[] {
  return [
    {
      name: 'disk-encryption',
      versions: [
        { kty: 'RSA', size: 2048 },
        { kty: 'RSA', size: 2048 },
      ],
    },
    { name: 'document-signing', versions: [{ kty: 'EC', crv: 'P-384', tags: { owner: 'legal' } }] },
    { name: 'retired-key', versions: [{ kty: 'EC', crv: 'P-521', enabled: false }] },
  ];
}

function remarkableCertificates(): object[] {
  return [
    {
      name: 'shop-tls',
      versions: [
        { kty: 'RSA', size: 2048, created: YEAR_2020, dnsNames: ['shop.contoso.com'], tags: { round: '1' } },
        { kty: 'RSA', size: 2048, dnsNames: ['shop.contoso.com', '*.shop.contoso.com'], tags: { round: '2' } },
      ],
    },
    { name: 'device-identity', versions: [{ kty: 'EC', crv: 'P-384', subject: 'CN=device, O="Contoso, Ltd."' }] },
    { name: 'mail-gateway', versions: [{ kty: 'RSA', contentType: 'application/x-pem-file' }] },
    { name: 'code-signing', versions: [{ kty: 'RSA', size: 3072, exportable: false }] },
    { name: 'retired-tls', versions: [{ kty: 'EC', crv: 'P-256', enabled: false }] },
  ];
}
