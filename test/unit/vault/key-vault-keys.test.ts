import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { createKeyVaultKeys } from '../../../src/vault/key-vault-keys';
import { type VaultClientOptions } from '../../../src/vault/vault-clients';
import { refusal, ScriptedVault, throttledAnswer, VAULT_URL } from './scripted-vault';

const KID = `${VAULT_URL}/keys/signer/0123456789abcdef0123456789abcdef`;

let vault: ScriptedVault;
beforeEach(async () => {
  vault = await new ScriptedVault().start();
});
afterEach(() => vault.stop());

const keys = (options: Partial<VaultClientOptions> = {}) => createKeyVaultKeys(vault.clients(options));

function bundle(jwk: object, attributes: object = {}, keyOps = ['sign', 'verify']) {
  return { json: { key: { kid: KID, key_ops: keyOps, ...jwk }, attributes: { enabled: true, ...attributes } } };
}

/** Signs a digest as a vault does; node signs digests only for RSA without padding, so the input is looked up. */
function serveSigning(jwk: object, inputs: Buffer[], signInput: (input: Buffer) => Buffer): void {
  vault.script = ({ method, body }) => {
    if (method === 'GET') return bundle(jwk);
    const { value } = JSON.parse(body) as { value: string };
    const input = inputs.find((one) => createHash('sha256').update(one).digest('base64url') === value);
    return { json: { kid: KID, value: signInput(input!).toString('base64url') } };
  };
}

const RSA_PSS = { padding: 6, saltLength: 32 };

describe('signing', () => {
  it.each([
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), { dsaEncoding: 'ieee-p1363' }],
    ['PS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), RSA_PSS],
  ] as const)('lets the vault sign the SHA-256 of the input, %s', async (algorithm, pair, encoding) => {
    const how = (key: KeyObject) => ({ key, ...encoding });
    const input = Buffer.from('a manifest');
    serveSigning(pair.publicKey.export({ format: 'jwk' }), [input], (found) =>
      sign('sha256', found, how(pair.privateKey)),
    );
    const signature = await keys().sign(KID, algorithm, input);
    expect(verify('sha256', input, how(pair.publicKey), signature)).toBe(true);
    const [read, signed] = vault.requests;
    expect([read?.method, signed?.method, signed?.path]).toEqual(['GET', 'POST', new URL(`${KID}/sign`).pathname]);
    expect(JSON.parse(signed!.body)).toMatchObject({ alg: algorithm });
  });

  it('asks for the key once, and signs again after throttling', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    vault.script = ({ method }, nth) => {
      if (method === 'GET') return bundle(jwk);
      return nth === 1 ? throttledAnswer : { json: { kid: KID, value: 'AAAA' } };
    };
    const subject = keys();
    for (let round = 0; round < 3; round++) await subject.sign(KID, 'ES256', Buffer.from('input'));
    expect(vault.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST', 'POST', 'POST']);
    // The body came along each time, also after the challenge.
    for (const { method, body } of vault.requests) expect(body === '').toBe(method === 'GET');
  });

  it('names the permission that is missing', async () => {
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    vault.script = ({ method }) => (method === 'GET' ? bundle(jwk) : refusal(403, 'Forbidden', 'ForbiddenByRbac'));
    await expect(keys().sign(KID, 'ES256', Buffer.from(''))).rejects.toMatchObject({
      code: 'vault_forbidden',
      message: expect.stringContaining('Microsoft.KeyVault/vaults/keys/sign/action') as string,
    });
  });

  it('refuses a key that has expired, without quoting it', async () => {
    vault.script = () => bundle({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, { exp: 1_600_000_000 });
    await expect(keys().sign(KID, 'ES256', Buffer.from(''))).rejects.toMatchObject({
      code: 'vault_refused',
      message: expect.not.stringContaining('signer') as string,
    });
  });
});

describe('a public key', () => {
  it.each([
    ['EC', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['EC-HSM', generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['RSA-HSM', generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey],
  ])('is read as a JWK, %s', async (kty, publicKey) => {
    vault.script = () => bundle({ ...publicKey.export({ format: 'jwk' }), kty });
    const { jwk, ...rest } = await keys().readPublicKey(`${VAULT_URL}/keys/signer`);
    expect(rest).toEqual({ kid: KID, enabled: true, keyOps: ['sign', 'verify'] });
    expect(createPublicKey({ key: jwk, format: 'jwk' }).equals(publicKey)).toBe(true);
    expect(jwk.kty).toBe(kty.replace('-HSM', ''));
  });

  it('has one form, whatever zeros the vault sends or leaves out', async () => {
    const octets = (length: number, first: number) =>
      Buffer.concat([Buffer.from([first]), Buffer.alloc(length - 1, 7)]);
    const url = (octets: Buffer) => octets.toString('base64url');
    const [short, full] = [octets(31, 9), Buffer.concat([Buffer.from([0]), octets(31, 9)])];
    vault.script = () => bundle({ kty: 'EC', crv: 'P-256', x: url(short), y: url(full) });
    const ec = await keys().readPublicKey(KID);
    expect(ec.jwk).toEqual({ kty: 'EC', crv: 'P-256', x: url(full), y: url(full) });
    const modulus = octets(256, 0x80);
    vault.script = () => bundle({ kty: 'RSA', n: url(Buffer.concat([Buffer.from([0]), modulus])), e: 'AAEAAQ' });
    const rsa = await keys().readPublicKey(KID);
    expect(rsa.jwk).toEqual({ kty: 'RSA', n: url(modulus), e: 'AQAB' });
  });

  it('comes with its state', async () => {
    vault.script = () => bundle({ kty: 'RSA', n: 'gAAA', e: 'AQAB' }, { enabled: false, exp: 1_800_000_000 });
    expect(await keys().readPublicKey(KID)).toMatchObject({ enabled: false, expires: '2027-01-15T08:00:00.000Z' });
    expect(vault.requests[0]?.path).toBe(new URL(KID).pathname);
  });

  it('is neither symmetric nor unknown', async () => {
    vault.script = () => bundle({ kty: 'oct-HSM' });
    await expect(keys().readPublicKey(KID)).rejects.toMatchObject({ code: 'vault_refused' });
    vault.script = () => refusal(404, 'KeyNotFound');
    await expect(keys().readPublicKey(KID)).rejects.toMatchObject({ code: 'source_not_found' });
    await expect(keys().readPublicKey('not an id')).rejects.toMatchObject({ code: 'vault_refused' });
  });
});

describe('versions of a key', () => {
  it('are listed newest first', async () => {
    const version = (id: string, created: number, enabled = true) => ({
      kid: `${VAULT_URL}/keys/signer/${id}`,
      attributes: { enabled, created },
    });
    vault.script = () => ({ json: { value: [version('a', 1_700_000_000), version('b', 1_700_000_500, false)] } });
    expect(await keys().listKeyVersions(KID)).toEqual([
      { kid: `${VAULT_URL}/keys/signer/b`, enabled: false },
      { kid: `${VAULT_URL}/keys/signer/a`, enabled: true },
    ]);
  });

  it('are missing where the key is', async () => {
    await expect(keys().listKeyVersions(KID)).rejects.toMatchObject({ code: 'source_not_found' });
  });
});
