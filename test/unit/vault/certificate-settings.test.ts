import { createCertificateSettings } from '../../../src/vault/certificate-settings';
import { refusal, ScriptedVault, VAULT_URL } from './scripted-vault';

const vault = new ScriptedVault();
beforeAll(() => vault.start());
afterAll(() => vault.stop());

const settings = () => createCertificateSettings(vault.clients());

test('issuers with their administrators, without account and password', async () => {
  vault.script = ({ path }) =>
    path.endsWith('/issuers')
      ? {
          json: { value: [{ id: `${VAULT_URL}/certificates/issuers/digicert`, provider: 'DigiCert' }], nextLink: null },
        }
      : {
          json: {
            id: `${VAULT_URL}/certificates/issuers/digicert`,
            provider: 'DigiCert',
            credentials: { account_id: 'account-4711', pwd: 'issuer-password' },
            org_details: {
              id: 'org-1',
              admin_details: [{ first_name: 'Ada', last_name: 'L', email: 'ada@contoso.example', phone: '1' }],
            },
            attributes: { enabled: true, created: 1, updated: 2 },
          },
        };
  const issuers = await settings().listIssuers(VAULT_URL);
  expect(issuers).toEqual([
    {
      name: 'digicert',
      provider: 'DigiCert',
      enabled: true,
      organizationId: 'org-1',
      administrators: [{ firstName: 'Ada', lastName: 'L', email: 'ada@contoso.example', phone: '1' }],
    },
  ]);
  expect(JSON.stringify(issuers)).not.toMatch(/4711|issuer-password/);
});

test('contacts, and none where the vault knows of none', async () => {
  vault.script = () => ({
    json: { id: `${VAULT_URL}/certificates/contacts`, contacts: [{ email: 'pki@contoso.example', name: 'PKI' }] },
  });
  expect(await settings().listContacts(VAULT_URL)).toEqual([{ email: 'pki@contoso.example', name: 'PKI' }]);
  vault.script = () => refusal(404, 'ContactsNotFound');
  expect(await settings().listContacts(VAULT_URL)).toEqual([]);
});

test('a right that is missing is named', async () => {
  vault.script = () => refusal(403, 'Forbidden', 'ForbiddenByRbac');
  await expect(settings().listIssuers(VAULT_URL)).rejects.toMatchObject({
    code: 'vault_forbidden',
    details: { action: 'certificatecas/read' },
  });
  await expect(settings().listContacts(VAULT_URL)).rejects.toMatchObject({
    code: 'vault_forbidden',
    details: { action: 'certificatecontacts/write' },
  });
});
