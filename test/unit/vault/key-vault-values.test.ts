import { StrongroomError } from '../../../src/errors';
import { createKeyVaultReader } from '../../../src/vault/key-vault-reader';
import { refusal, ScriptedVault, tornAnswer, VAULT_URL } from './scripted-vault';

let vault: ScriptedVault;
beforeEach(async () => {
  vault = await new ScriptedVault().start();
});
afterEach(() => vault.stop());

const reader = () => createKeyVaultReader(vault.clients());

async function failureOf(work: Promise<unknown>): Promise<StrongroomError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StrongroomError);
  return error as StrongroomError;
}

describe('values', () => {
  const secret = (value: string, more = {}) => ({
    json: { value, id: `${VAULT_URL}/secrets/db/v1`, attributes: { enabled: true }, ...more },
  });

  it('are those of the version that was asked for', async () => {
    vault.script = () => secret('a value', { contentType: 'text/plain' });
    expect(await reader().readValue(VAULT_URL, 'db', 'v1')).toEqual({ value: 'a value', contentType: 'text/plain' });
    expect(vault.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /secrets/db/v1']);
  });

  it.each([
    ['SecretDisabled', 'disabled'],
    ['CertificateDisabled', 'disabled'],
  ])('of a disabled version (%s) are none', async (reason, found) => {
    vault.script = () => refusal(403, 'Forbidden', reason);
    expect(await reader().readValue(VAULT_URL, 'db', 'v1')).toBe(found);
    expect(await reader().readCertificate(VAULT_URL, 'db', 'v1')).toBe(found);
  });

  it.each(['ForbiddenByRbac', 'ForbiddenByPolicy'])(
    'without the right to read them (%s) have a code of their own',
    async (reason) => {
      vault.script = () => refusal(403, 'Forbidden', reason);
      const error = await failureOf(reader().readValue(VAULT_URL, 'db', 'v1'));
      expect(error).toMatchObject({ code: 'values_forbidden', retryable: false });
      expect(error.message).toContain('secrets/getSecret/action');
      expect(error.details).toMatchObject({ status: 403, reason, action: 'secrets/getSecret/action' });
      const other = await failureOf(reader().readCertificate(VAULT_URL, 'db', 'v1'));
      expect(other).toMatchObject({ code: 'vault_forbidden', details: { action: 'certificates/read' } });
    },
  );

  it('behind a firewall are no question of that right', async () => {
    vault.script = () => refusal(403, 'Forbidden', 'ForbiddenByFirewall');
    expect((await failureOf(reader().readValue(VAULT_URL, 'db', 'v1'))).code).toBe('vault_forbidden');
  });

  it('appear in no error, whatever breaks', async () => {
    vault.script = () => tornAnswer;
    const error = await failureOf(reader().readValue(VAULT_URL, 'db', 'v1'));
    expect(error).toMatchObject({ code: 'vault_unreachable', retryable: true });
    vault.script = () => ({ json: { id: `${VAULT_URL}/secrets/db/v1`, attributes: {} } });
    expect((await failureOf(reader().readValue(VAULT_URL, 'db', 'v1'))).code).toBe('vault_unreachable');
  });
});

describe('certificates', () => {
  const policy = {
    key_props: { exportable: true, kty: 'EC', crv: 'P-256', reuse_key: false },
    secret_props: { contentType: 'application/x-pkcs12' },
    x509_props: {
      subject: 'CN=a',
      sans: { dns_names: ['a.example'] },
      ekus: ['1.3.6.1.5.5.7.3.1'],
      validity_months: 12,
    },
    lifetime_actions: [{ trigger: { lifetime_percentage: 80 }, action: { action_type: 'AutoRenew' } }],
    issuer: { name: 'Self', cert_transparency: false },
    attributes: { enabled: true, created: 1_700_000_000 },
    added_later: { of: 'the vault' },
  };

  it('come as DER with their thumbprint', async () => {
    const [cer, x5t] = [Buffer.from('some DER'), Buffer.from('20 bytes of a digest')];
    const id = `${VAULT_URL}/certificates/tls/v1`;
    const json = {
      id,
      cer: cer.toString('base64'),
      x5t: x5t.toString('base64url'),
      attributes: { enabled: true },
      policy,
    };
    vault.script = () => ({ json });
    const found = await reader().readCertificate(VAULT_URL, 'tls', 'v1');
    expect(found).not.toBe('disabled');
    const { cer: der, x5t: thumbprint } = found as Exclude<typeof found, 'disabled'>;
    expect([Buffer.from(der), Buffer.from(thumbprint!)]).toEqual([cer, x5t]);
    expect(vault.requests.map(({ path }) => path)).toEqual(['/certificates/tls/v1']);
  });

  it('have their policy as the vault gives it, whatever the SDK makes of it', async () => {
    vault.script = () => ({ json: { id: `${VAULT_URL}/certificates/tls/policy`, ...policy } });
    expect(await reader().readCertificatePolicy(VAULT_URL, 'tls')).toEqual(policy);
  });
});

describe('rotation policies', () => {
  it('come as the vault takes them', async () => {
    const lifetimeActions = [
      { trigger: { timeAfterCreate: 'P90D', timeBeforeExpiry: null }, action: { type: 'Rotate' } },
      { trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } },
    ];
    const attributes = { expiryTime: 'P2Y', created: 1_700_000_000, updated: 1_700_000_000 };
    vault.script = () => ({ json: { id: `${VAULT_URL}/keys/k/rotationpolicy`, lifetimeActions, attributes } });
    expect(await reader().readRotationPolicy(VAULT_URL, 'k')).toEqual({
      lifetimeActions: [
        { trigger: { timeAfterCreate: 'P90D' }, action: { type: 'Rotate' } },
        { trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } },
      ],
      attributes: { expiryTime: 'P2Y' },
    });
  });

  it('that may not be read name the right', async () => {
    vault.script = () => refusal(403, 'Forbidden', 'ForbiddenByRbac');
    const error = await failureOf(reader().readRotationPolicy(VAULT_URL, 'k'));
    expect(error).toMatchObject({ code: 'vault_forbidden', details: { action: 'keyrotationpolicies/read' } });
  });
});
