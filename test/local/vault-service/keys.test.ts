import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type JsonWebKeyInput,
  verify as nodeVerify,
  constants,
} from 'node:crypto';
import { type JsonWebKey, type KeyVaultKey } from '@azure/keyvault-keys';
import { collect, LocalVaults, refusalOf } from './local-vaults';

let vaults: LocalVaults;
beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.vault('keys-vault', { limits: { createKey: 1000 } });
});
afterAll(() => vaults.stop());

const base64url = (bytes?: Uint8Array): string => Buffer.from(bytes!).toString('base64url');

function publicKeyOf({ key }: KeyVaultKey) {
  const { kty, n, e, crv, x, y } = key!;
  const names: Record<string, string> = { 'P-256K': 'secp256k1' };
  const jwk =
    kty === 'RSA'
      ? { kty, n: base64url(n), e: base64url(e) }
      : { kty, crv: names[crv!] ?? crv, x: base64url(x), y: base64url(y) };
  return createPublicKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' });
}

describe('signing', () => {
  it.each([
    ['P-256', 'ES256', 'sha256'],
    ['P-256K', 'ES256K', 'sha256'],
    ['P-384', 'ES384', 'sha384'],
    ['P-521', 'ES512', 'sha512'],
  ] as const)('by %s is what OpenSSL verifies, and the other way round', async (curve, algorithm, hash) => {
    const key = await vaults.keys('keys-vault').createEcKey(`ec-${curve}`, { curve });
    expect(key.keyOperations).toEqual(['sign', 'verify']);
    const client = vaults.cryptography(key.id!);
    const publicKey = publicKeyOf(key);
    for (let round = 0; round < 20; round += 1) {
      const message = randomBytes(40);
      const digest = createHash(hash).update(message).digest();
      const { result } = await client.sign(algorithm, digest);
      expect(nodeVerify(hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, result)).toBe(true);
      // By the vault, not by the SDK's own arithmetic.
      const path = new URL(key.id!).pathname;
      const check = (signature: Uint8Array) =>
        vaults.plain('keys-vault', 'POST', `${path}/verify`, {
          body: { alg: algorithm, digest: base64url(digest), value: base64url(signature) },
        });
      expect((await check(result)).body).toEqual({ value: true });
      result[5]! ^= 1;
      expect((await check(result)).body).toEqual({ value: false });
    }
  });

  it.each([2048, 3072, 4096])('by RSA-%i in all six algorithms', async (keySize) => {
    const key = await vaults.keys('keys-vault').createRsaKey(`rsa-${keySize}`, { keySize });
    const publicKey = publicKeyOf(key);
    const path = new URL(key.id!).pathname;
    for (const algorithm of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const) {
      const hash = `sha${algorithm.slice(2)}`;
      const message = randomBytes(40);
      const digest = createHash(hash).update(message).digest();
      const { result } = await vaults.cryptography(key.id!).sign(algorithm, digest);
      const padding = algorithm.startsWith('PS')
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: digest.length }
        : { padding: constants.RSA_PKCS1_PADDING };
      expect(nodeVerify(hash, message, { key: publicKey, ...padding }, result)).toBe(true);
      const body = { alg: algorithm, digest: base64url(digest), value: base64url(result) };
      expect((await vaults.plain('keys-vault', 'POST', `${path}/verify`, { body })).body).toEqual({ value: true });
      const other = { ...body, digest: base64url(createHash(hash).update('other').digest()) };
      expect((await vaults.plain('keys-vault', 'POST', `${path}/verify`, { body: other })).body).toEqual({
        value: false,
      });
    }
  });

  it('refuses algorithms and digests that do not fit', async () => {
    const key = await vaults.keys('keys-vault').createEcKey('fitting', { curve: 'P-256' });
    const client = vaults.cryptography(key.id!);
    expect(await refusalOf(client.sign('ES256', randomBytes(31)))).toMatchObject({ status: 400, code: 'BadParameter' });
    expect(await refusalOf(client.sign('ES384', randomBytes(48)))).toMatchObject({ status: 400, code: 'BadParameter' });
    expect(await refusalOf(client.sign('RS256', randomBytes(32)))).toMatchObject({ status: 400, code: 'BadParameter' });
  });
});

describe('wrapping', () => {
  it.each(['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256'] as const)('%s round trip, local and remote', async (algorithm) => {
    const key = await vaults.keys('keys-vault').createRsaKey(`wrap-${algorithm.replaceAll('_', '-')}`);
    const client = vaults.cryptography(key.id!);
    const dataKey = randomBytes(32);
    const { result } = await client.wrapKey(algorithm, dataKey);
    expect(Buffer.from((await client.unwrapKey(algorithm, result)).result)).toEqual(dataKey);
    const encrypted = await client.encrypt({ algorithm, plaintext: dataKey });
    expect(Buffer.from((await client.decrypt({ algorithm, ciphertext: encrypted.result })).result)).toEqual(dataKey);
    expect(
      await refusalOf(client.unwrapKey(algorithm === 'RSA1_5' ? 'RSA-OAEP' : algorithm, randomBytes(256))),
    ).toMatchObject({ status: 400 });
  });

  it('opens by version after a rotation, and without a version by the newest', async () => {
    const keys = vaults.keys('keys-vault');
    const before = await keys.createRsaKey('rotating', { tags: { use: 'kek' }, keyOps: ['wrapKey', 'unwrapKey'] });
    const { result } = await vaults.cryptography(before.id!).wrapKey('RSA-OAEP-256', randomBytes(32));
    await keys.updateKeyRotationPolicy('rotating', {
      expiresIn: 'P90D',
      lifetimeActions: [{ action: 'Rotate', timeBeforeExpiry: 'P30D' }],
    });
    const after = await keys.rotateKey('rotating');
    expect(after.properties.version).not.toBe(before.properties.version);
    expect(after.properties.tags).toEqual({ use: 'kek' });
    expect(after.keyOperations).toEqual(['wrapKey', 'unwrapKey']);
    expect(after.properties.expiresOn!.getTime() - after.properties.createdOn!.getTime()).toBe(90 * 86_400_000);
    expect(await keys.getKeyRotationPolicy('rotating')).toMatchObject({ expiresIn: 'P90D' });
    expect((await vaults.cryptography(before.id!).unwrapKey('RSA-OAEP-256', result)).result).toHaveLength(32);
    const body = { alg: 'RSA-OAEP-256', value: base64url(randomBytes(32)) };
    const wrapped = await vaults.plain('keys-vault', 'POST', '/keys/rotating//wrapkey', { body });
    expect(wrapped.body.kid).toBe(after.id);
  });
});

describe('permission to use a key', () => {
  const use = (path: string, word: string, alg: string, bytes: number) =>
    vaults.plain('keys-vault', 'POST', `${path}/${word}`, { body: { alg, value: base64url(randomBytes(bytes)) } });

  it('follows its operations', async () => {
    const key = await vaults.keys('keys-vault').createRsaKey('wrap-only', { keyOps: ['wrapKey'] });
    const answer = await use(new URL(key.id!).pathname, 'sign', 'RS256', 32);
    expect(answer).toMatchObject({
      status: 403,
      body: {
        error: {
          code: 'Forbidden',
          message: 'Operation sign is not permitted on this key.',
          innererror: { code: 'KeyOperationForbidden' },
        },
      },
    });
  });

  it('ends when it is disabled', async () => {
    const key = await vaults.keys('keys-vault').createRsaKey('disabled', { enabled: false });
    const answer = await use(new URL(key.id!).pathname, 'unwrapkey', 'RSA-OAEP', 256);
    expect(answer).toMatchObject({ status: 403, body: { error: { innererror: { code: 'KeyDisabled' } } } });
    expect((await vaults.keys('keys-vault').getKey('disabled')).properties.enabled).toBe(false);
  });

  it('outside its validity covers only opening and verifying', async () => {
    const key = await vaults.keys('keys-vault').createRsaKey('ageing');
    const path = new URL(key.id!).pathname;
    const { result } = await vaults.cryptography(key.id!).wrapKey('RSA-OAEP-256', randomBytes(32));
    await vaults.keys('keys-vault').updateKeyProperties('ageing', { expiresOn: new Date(Date.now() - 1000) });
    expect((await use(path, 'wrapkey', 'RSA-OAEP-256', 32)).body).toMatchObject({
      error: { innererror: { code: 'KeyExpired' } },
    });
    expect((await use(path, 'sign', 'RS256', 32)).status).toBe(403);
    const opened = await vaults.plain('keys-vault', 'POST', `${path}/unwrapkey`, {
      body: { alg: 'RSA-OAEP-256', value: base64url(result) },
    });
    expect(opened.status).toBe(200);
    const early = await vaults
      .keys('keys-vault')
      .createRsaKey('early', { notBefore: new Date(Date.now() + 3_600_000) });
    const answer = await use(new URL(early.id!).pathname, 'encrypt', 'RSA-OAEP', 16);
    expect(answer.body).toMatchObject({ error: { innererror: { code: 'KeyNotYetValid' } } });
  });
});

describe('importing', () => {
  it.each(['rsa', 'ec'] as const)('keeps a whole %s key usable', async (type) => {
    const pair =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const jwk = Object.fromEntries(
      Object.entries(pair.privateKey.export({ format: 'jwk' })).map(([field, value]) => [
        field,
        field === 'kty' || field === 'crv' ? value : Buffer.from(value as string, 'base64url'),
      ]),
    ) as JsonWebKey;
    const key = await vaults.keys('keys-vault').importKey(`imported-${type}`, jwk);
    const digest = createHash('sha384').update('message').digest();
    const { result } = await vaults.cryptography(key.id!).sign(type === 'rsa' ? 'PS384' : 'ES384', digest);
    const options =
      type === 'rsa'
        ? { key: pair.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
        : { key: pair.publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(nodeVerify('sha384', Buffer.from('message'), options, result)).toBe(true);
    expect(JSON.stringify(await vaults.plain('keys-vault', 'GET', `/keys/imported-${type}`))).not.toContain('"d"');
  });

  it('refuses a key without its private half, and sizes that Key Vault does not offer', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const importing = (key: object) => vaults.plain('keys-vault', 'PUT', '/keys/refused', { body: { key } });
    expect((await importing(publicKey.export({ format: 'jwk' }))).body).toMatchObject({
      error: { code: 'BadParameter' },
    });
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' });
    expect((await importing(small)).status).toBe(400);
    expect(await refusalOf(vaults.keys('keys-vault').createRsaKey('odd', { keySize: 1000 }))).toMatchObject({
      status: 400,
    });
    expect(await refusalOf(vaults.keys('keys-vault').createOctKey('oct'))).toMatchObject({ status: 400 });
  });
});

it('lists versions, deletes, recovers and purges keys', async () => {
  const keys = vaults.keys('keys-vault');
  await keys.createEcKey('mortal');
  await keys.createEcKey('mortal');
  expect(await collect(keys.listPropertiesOfKeyVersions('mortal'))).toHaveLength(2);
  await (await keys.beginDeleteKey('mortal', { intervalInMs: 10 })).pollUntilDone();
  await (await keys.beginRecoverDeletedKey('mortal', { intervalInMs: 10 })).pollUntilDone();
  await (await keys.beginDeleteKey('mortal', { intervalInMs: 10 })).pollUntilDone();
  await keys.purgeDeletedKey('mortal');
  expect(await refusalOf(keys.getKey('mortal'))).toMatchObject({ status: 404, code: 'KeyNotFound' });
});
