import { createPublicKey, type KeyObject } from 'node:crypto';
import { asyncProperty, assert, integer, nat } from 'fast-check';
import { base64url, CompactSign, compactVerify } from 'jose';
import { type Manifest, type SigningKeyRef } from '../../../src/contracts/snapshots';
import { createSigning } from '../../../src/crypto/signing';
import { snapshotPlace } from '../../../src/domain/ids';
import { StrongroomError } from '../../../src/errors';
import { ecKey, GeneratedVaultKeys, rsaKey, thumbprintOf } from '../../fakes/generated-vault-keys';
import { InMemoryArchive } from '../../fakes/in-memory-archive';
import { ManualClock } from '../../fakes/manual-clock';

const KEY = 'https://strongroom-keys.vault.azure.net/keys/archive-signing';
const ID = '20261122T020000Z-1f0c9a7e55d1';
const place = snapshotPlace('daily', 'contoso-prod', ID);
const [ec, rsa] = [ecKey(), rsaKey()];

let vault: GeneratedVaultKeys;
let clock: ManualClock;
let archive: InMemoryArchive;
beforeEach(() => {
  archive = new InMemoryArchive();
  vault = new GeneratedVaultKeys();
  clock = new ManualClock();
});
const signing = (settings: { former?: string[]; pinned?: string[]; key?: string } = {}) =>
  createSigning({
    settings: { key: KEY, former: [], pinned: [], ...settings },
    keys: vault,
    archive,
    clock,
    version: '0.1.0',
  });
const signer = () => signing().signer;
const chain = { tier: 'daily', shortName: 'contoso-prod' } as const;
const chosen = async (): Promise<SigningKeyRef> => (await signer().choose(chain)).key;

function manifest(signingKey: SigningKeyRef, changes: Partial<Manifest> = {}): Manifest {
  const at = '2026-11-22T02:00:00.000Z';
  const byKind = { secret: 0, key: 0, certificate: 0 };
  return {
    format: 1,
    type: 'manifest',
    snapshot: ID,
    tier: 'daily',
    vault: 'https://contoso-prod.vault.azure.net',
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    geography: 'Europe',
    sequence: 1,
    previous: null,
    otherTier: null,
    scheduledFor: at,
    startedAt: at,
    closedAt: '2026-11-22T02:00:09.000Z',
    nextDue: '2026-11-23T02:00:00.000Z',
    retainUntil: '2026-12-22T02:00:00.000Z',
    outcome: 'complete',
    scope: { kinds: ['secret'], selected: false },
    counts: { objects: 0, stored: 0, managed: 0, absent: 0, excluded: 0, failed: 0, byKind, byCode: {} },
    recipients: [{ thumbprint: 'r' }],
    dataKeys: [{ id: 'k', blob: 'keys/k.jwe' }],
    index: 'index/i.jwe',
    blobs: [{ blob: 'index/i.jwe', digest: 'a'.repeat(64), bytes: 1 }],
    signingKey,
    producer: { name: 'strongroom', version: '0.1.0' },
    ...changes,
  };
}

/** A manifest as somebody else would sign it. */
async function forged(key: KeyObject, header: object, payload: object): Promise<string> {
  const usual = { alg: 'ES256', typ: 'strongroom-manifest', sr_format: 1, sr_snapshot: ID };
  const protectedHeader = { ...usual, ...header };
  return new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader(protectedHeader).sign(key);
}

describe('the signing key', () => {
  it('is the current version, as long as there is no other', async () => {
    const kid = vault.add(KEY, { privateKey: ec });
    expect(await signer().choose(chain)).toEqual({ key: { kid, thumbprint: thumbprintOf(ec) }, warnings: [] });
  });

  it.each([
    ['is disabled', { privateKey: ec, enabled: false }, 'disabled'],
    ['has expired', { privateKey: ec, expires: '2026-11-22T01:59:59.000Z' }, 'expired'],
    ['is not valid yet', { privateKey: ec, notBefore: '2026-11-22T02:00:01.000Z' }, 'not_yet_valid'],
    ['may not sign', { privateKey: ec, keyOps: ['verify'] }, 'no_sign'],
    ['is of another curve', { privateKey: ecKey('P-384') }, 'wrong_type'],
    ['is too weak', { privateKey: rsaKey(1_024) }, 'wrong_type'],
  ])('is refused when it %s', async (_what, options, reason) => {
    vault.add(KEY, options);
    await expect(chosen()).rejects.toMatchObject({
      code: 'signing_key_unusable',
      retryable: false,
      details: { reason },
    });
  });

  it('may be had later when the vault does not answer now', async () => {
    vault.failures.set(KEY, new StrongroomError('vault_unavailable', 'busy', { retryable: true }));
    await expect(chosen()).rejects.toMatchObject({
      code: 'signing_key_unusable',
      retryable: true,
      details: { reason: 'vault_unavailable' },
    });
  });

  it('proves that it signs', async () => {
    vault.add(KEY, { privateKey: ec });
    const key = await chosen();
    await expect(signer().probe(key)).resolves.toBeUndefined();
    vault.failures.set(key.kid, new StrongroomError('vault_forbidden', 'no'));
    await expect(signer().probe(key)).rejects.toMatchObject({ code: 'signing_key_unusable' });
  });

  it('is refused when the vault does not let it sign', async () => {
    vault.add(KEY, { privateKey: ec });
    const key = await chosen();
    vault.disable(key.kid);
    await expect(signer().probe(key)).rejects.toMatchObject({
      code: 'signing_refused',
      retryable: false,
      details: { reason: 'vault_forbidden' },
    });
  });
});

describe.each([
  ['ES256', ec],
  ['PS256', rsa],
])('signing with %s', (alg, privateKey) => {
  it('makes a compact JWS that any JOSE library verifies', async () => {
    const kid = vault.add(KEY, { privateKey });
    const signed = manifest(await chosen());
    const jws = await signer().sign(place, signed);
    const { payload, protectedHeader } = await compactVerify(jws, createPublicKey(privateKey), { algorithms: [alg] });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(signed);
    expect(protectedHeader).toEqual({ alg, kid, typ: 'strongroom-manifest', sr_format: 1, sr_snapshot: ID });
    expect(await signer().verify(place, jws)).toEqual(signed);
  });

  it('refuses any change to it', async () => {
    vault.add(KEY, { privateKey });
    const verifier = signer();
    const jws = Buffer.from(await verifier.sign(place, manifest(await chosen())), 'ascii');
    await assert(
      asyncProperty(nat(jws.byteLength - 1), integer({ min: 1, max: 127 }), async (at, change) => {
        const changed = Buffer.from(jws);
        changed.writeUInt8(changed.readUInt8(at) ^ change, at);
        await expect(verifier.verify(place, changed.toString('latin1'))).rejects.toMatchObject({
          code: expect.stringMatching(/^(manifest_damaged|unknown_format)$/) as string,
        });
      }),
    );
  });
});

describe('signing', () => {
  it('refuses a signature that does not fit', async () => {
    vault.add(KEY, { privateKey: ec });
    const key = await chosen();
    vault.sign = () => Promise.resolve(Buffer.alloc(64, 1));
    await expect(signer().sign(place, manifest(key))).rejects.toMatchObject({
      code: 'signing_refused',
      details: { reason: 'bad_signature' },
    });
  });

  it('never asks another key than the configured one, nor one that was exchanged', async () => {
    vault.add(KEY, { privateKey: ec });
    const { kid, thumbprint } = await chosen();
    const other = vault.add(`${KEY}-other`, { privateKey: ec });
    for (const key of [
      { kid: other, thumbprint },
      { kid, thumbprint: thumbprintOf(rsa) },
    ])
      await expect(signer().sign(place, manifest(key))).rejects.toMatchObject({ code: 'signing_refused' });
    expect(vault.calls.filter((call) => call.startsWith('sign'))).toEqual([]);
  });
});

describe('verifying', () => {
  let signingKey: SigningKeyRef;
  beforeEach(async () => {
    vault.add(KEY, { privateKey: ec });
    signingKey = await chosen();
  });
  const verdict = (jws: string, at = place) => signer().verify(at, jws);

  it('trusts the version that was first, with or without a hint', async () => {
    const jws = await signer().sign(place, manifest(signingKey));
    const hintless = await forged(ec, {}, manifest(signingKey));
    vault.add(KEY, { privateKey: ecKey('P-384') });
    vault.add(KEY, { privateKey: rsa });
    await expect(verdict(jws)).resolves.toMatchObject({ snapshot: ID });
    await expect(verdict(hintless)).resolves.toMatchObject({ snapshot: ID });
  });

  it('asks the vault once for many manifests', async () => {
    const verifier = signer();
    const jws = await verifier.sign(place, manifest(signingKey));
    vault.calls.length = 0;
    for (let time = 0; time < 5; time += 1) await verifier.verify(place, jws);
    clock.advance(5 * 60_000);
    await verifier.verify(place, jws);
    expect(vault.calls).toEqual([`list ${KEY}`, `read ${signingKey.kid}`]);
  });

  it('refuses a manifest that names another signing key than its own', async () => {
    const other = manifest({ ...signingKey, thumbprint: thumbprintOf(rsa) });
    await expect(verdict(await forged(ec, {}, other))).rejects.toMatchObject({
      code: 'manifest_damaged',
      details: { where: 'signingKey' },
    });
  });

  it('never follows a hint to another key', async () => {
    const [evil, crooked] = [ecKey(), ecKey()];
    const kid = vault.add('https://evil.vault.azure.net/keys/k', { privateKey: evil });
    const beside = vault.add(`${KEY}/../evil`, { privateKey: crooked });
    vault.calls.length = 0;
    for (const [key, hint] of [
      [evil, kid],
      [crooked, beside],
    ] as const) {
      const jws = await forged(key, { kid: hint }, manifest(signingKey));
      await expect(verdict(jws)).rejects.toMatchObject({ code: 'manifest_damaged', details: { where: 'signature' } });
    }
    expect(vault.calls.filter((call) => call.includes('evil'))).toEqual([]);
  });

  it('does not call a manifest damaged when the vault does not answer', async () => {
    const jws = await signer().sign(place, manifest(signingKey));
    vault.failures.set(KEY, new StrongroomError('vault_unreachable', 'away', { retryable: true }));
    await expect(verdict(jws)).rejects.toMatchObject({ code: 'signing_key_unusable', retryable: true });
    vault.failures.set(KEY, new StrongroomError('vault_forbidden', 'no'));
    await expect(verdict(jws)).rejects.toMatchObject({ code: 'signing_key_unusable', retryable: false });
  });

  it.each([
    ['another format in the header', { sr_format: 2 }, {}, 'unknown_format'],
    ['another format in the payload', {}, { format: 2 }, 'unknown_format'],
    ['no format', { sr_format: undefined }, {}, 'unknown_format'],
    ['a critical header of a later day', { crit: ['b64'], b64: true }, {}, 'unknown_format'],
    ['the type of something else', { typ: 'strongroom-record' }, {}, 'manifest_damaged'],
    ['a header of another snapshot', { sr_snapshot: '20261123T020000Z-1f0c9a7e55d1' }, {}, 'manifest_damaged'],
    ['a payload of another snapshot', {}, { snapshot: '20261123T020000Z-1f0c9a7e55d1' }, 'manifest_damaged'],
    ['a payload of another tier', {}, { tier: 'monthly' }, 'manifest_damaged'],
    ['a payload of another vault', {}, { vault: 'https://contoso-web.vault.azure.net' }, 'manifest_damaged'],
    ['a vault that is none', {}, { vault: 'contoso-prod' }, 'manifest_damaged'],
    ['a member missing', {}, { sequence: undefined }, 'manifest_damaged'],
  ])('refuses %s', async (_what, header, payload, code) => {
    await expect(verdict(await forged(ec, header, { ...manifest(signingKey), ...payload }))).rejects.toMatchObject({
      code,
      retryable: false,
    });
  });

  it('ignores members and header parameters that it does not know', async () => {
    const later = { ...manifest(signingKey), later: 1 };
    await expect(verdict(await forged(ec, { sr_later: 1 }, later))).resolves.toEqual(manifest(signingKey));
  });

  it('refuses a manifest in another folder', async () => {
    const jws = await signer().sign(place, manifest(signingKey));
    const elsewhere = { ...place, folder: place.folder.replace('contoso-prod', 'contoso-web') };
    await expect(verdict(jws, elsewhere)).rejects.toMatchObject({ code: 'manifest_damaged' });
  });

  it('refuses signatures of other algorithms', async () => {
    const payload = base64url.encode(JSON.stringify(manifest(signingKey)));
    const header = (alg: string) =>
      base64url.encode(JSON.stringify({ alg, typ: 'strongroom-manifest', sr_format: 1, sr_snapshot: ID }));
    const publicPem = createPublicKey(ec).export({ type: 'spki', format: 'pem' }) as string;
    const hmac = await new CompactSign(Buffer.from(JSON.stringify(manifest(signingKey))))
      .setProtectedHeader({ alg: 'HS256', typ: 'strongroom-manifest', sr_format: 1, sr_snapshot: ID })
      .sign(Buffer.from(publicPem));
    for (const jws of [hmac, `${header('none')}.${payload}.`, `${header('none')}.${payload}.AAAA`])
      await expect(verdict(jws)).rejects.toMatchObject({ code: 'manifest_damaged' });
  });

  it.each(['', 'no JWS', '..', 'a.b', 'a.b.c.d', 'e30.e30.e30'])('refuses %j', async (text) => {
    await expect(verdict(text)).rejects.toMatchObject({ code: 'manifest_damaged' });
  });

  it('refuses other spellings of a good manifest', async () => {
    const jws = await signer().sign(place, manifest(signingKey));
    for (const spelling of [`${jws}\n`, `${jws}=`, ` ${jws}`, jws.replace('.', ' .')])
      await expect(verdict(spelling)).rejects.toMatchObject({ code: 'manifest_damaged' });
  });
});
