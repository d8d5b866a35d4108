import fc from 'fast-check';
import { REDACTED, redacted } from '../../../src/control-plane/redaction';

const SECRET = 'hunter2-never-to-be-seen';

test.each([
  ['a telling name', { properties: { clientSecret: SECRET } }],
  ['a telling name with an underscore', { properties: { access_key: SECRET } }],
  ['a list under a telling name', { properties: { keys: [{ primaryKey: SECRET }] } }],
  ['a tag', { tags: { 'admin-password': SECRET } }],
  ['a connection string', { properties: { target: `Endpoint=sb://x/;SharedAccessKey=${SECRET}` } }],
  ['a shared access signature', { properties: { target: `https://x.blob.core.windows.net/c?sv=1&sig=${SECRET}` } }],
  ['a query', { properties: { target: `https://x.example/hook?code=${SECRET}` } }],
  ['credentials in an address', { properties: { target: `https://user:${SECRET}@x.example/` } }],
  ['a fragment', { properties: { target: `https://x.example/#${SECRET}` } }],
  ['an address that is none', { properties: { target: `https://[${SECRET}` } }],
  [
    'the path of an event endpoint',
    { properties: { destination: { properties: { endpointBaseUrl: `https://hooks.example/services/${SECRET}` } } } },
  ],
  ['a bearer token', { properties: { header: `Bearer ${SECRET}` } }],
  [
    'a static delivery attribute',
    {
      properties: {
        deliveryAttributeMappings: [{ name: 'X-Api', type: 'Static', properties: { value: SECRET, isSecret: false } }],
      },
    },
  ],
])('nothing is left of a secret in %s', (_where, document) => {
  expect(JSON.stringify(redacted(document))).not.toContain(SECRET);
});

test('what is no secret stays as it is', () => {
  const document = {
    id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v',
    tags: { owner: 'payments' },
    properties: {
      vaultUri: 'https://v.vault.azure.net/',
      accessPolicies: [{ objectId: 'o', permissions: { secrets: ['get', 'list'], keys: ['all'], certificates: [] } }],
      networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.0/24' }] },
      softDeleteRetentionInDays: 90,
      enablePurgeProtection: true,
      privateEndpointConnections: null,
      mappings: [{ name: 'id', type: 'Dynamic', properties: { sourceField: 'data.Id' } }],
    },
  };
  expect(redacted(document)).toEqual(document);
});

test('redacting twice is redacting once, and never throws', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
      const once = redacted(document);
      expect(redacted(once)).toEqual(once);
    }),
  );
});

test('a secret under a telling name is found at any depth', () => {
  const name = fc.constantFrom('password', 'Secret', 'sharedAccessKey', 'connectionString', 'sasToken', 'apiKey');
  const wrap = fc.array(fc.oneof(fc.constant('[]'), fc.string({ minLength: 1 })), { maxLength: 8 });
  fc.assert(
    fc.property(name, wrap, (member, path) => {
      const nested = path.reduce<unknown>((inner, step) => (step === '[]' ? [inner] : { [step]: inner }), {
        [member]: SECRET,
      });
      const text = JSON.stringify(redacted({ nested }));
      expect(text).not.toContain(SECRET);
      expect(text).toContain(REDACTED);
    }),
  );
});
