import { createPublicKey, type KeyObject } from 'node:crypto';
import { asyncProperty, assert, date, integer, nat, property } from 'fast-check';
import { CompactSign, compactVerify } from 'jose';
import { type SignedRecord } from '../../../src/contracts/records';
import { createRecordSigner } from '../../../src/crypto/record-signer';
import { parseRecordPath, recordPlace } from '../../../src/domain/records';
import { StrongroomError } from '../../../src/errors';
import { ecKey, GeneratedVaultKeys, rsaKey, thumbprintOf } from '../../fakes/generated-vault-keys';
import { ManualClock } from '../../fakes/manual-clock';

const KEY = 'https://strongroom-keys.vault.azure.net/keys/prune-signing';
const AT = '2026-11-22T03:30:00.123Z';
const [ec, rsa] = [ecKey(), rsaKey()];
const chain = { tier: 'daily', shortName: 'contoso-prod' } as const;
const place = recordPlace('daily', 'contoso-prod', AT, 'prune');
const record: SignedRecord = {
  format: 1,
  type: 'record',
  record: 'prune',
  vault: 'https://contoso-prod.vault.azure.net',
  tier: 'daily',
  at: AT,
  snapshots: [{ sequence: 7 }],
};

let vault: GeneratedVaultKeys;
beforeEach(() => {
  vault = new GeneratedVaultKeys();
});
const signer = () => createRecordSigner({ key: KEY, keys: vault, clock: new ManualClock() });

/** A record as somebody else would sign it. */
function forged(key: KeyObject, header: object, payload: object): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ: 'strongroom-record', sr_format: 1, ...header })
    .sign(key);
}

it('names a record after its vault, time and kind', () => {
  expect(place.path).toBe('records/contoso-prod/20261122T033000123Z-prune.jws');
  assert(
    property(date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }), (time) => {
      const at = time.toISOString();
      const { path } = recordPlace('daily', 'a-vault-1', at, 'key-succession');
      expect(parseRecordPath(path)).toEqual({ shortName: 'a-vault-1', at, kind: 'key-succession' });
    }),
  );
  for (const path of ['records/a/b.jws', 'records/a/20261122T033000Z-prune.jws', `x/${place.path}`, `${place.path}x`])
    expect(parseRecordPath(path)).toBeUndefined();
});

describe.each([
  ['ES256', ec],
  ['PS256', rsa],
])('a record signed with %s', (alg, privateKey) => {
  it('is a compact JWS that any JOSE library verifies', async () => {
    const kid = vault.add(KEY, { privateKey });
    const key = await signer().resolve(chain);
    expect(key).toEqual({ kid, thumbprint: thumbprintOf(privateKey) });
    const jws = await signer().sign(key, record);
    const { payload, protectedHeader } = await compactVerify(jws, createPublicKey(privateKey), { algorithms: [alg] });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(record);
    expect(protectedHeader).toEqual({ alg, kid, typ: 'strongroom-record', sr_format: 1 });
    expect(await signer().verify(place, jws)).toEqual({ record, thumbprint: key.thumbprint });
  });

  it('bears no change', async () => {
    vault.add(KEY, { privateKey });
    const verifier = signer();
    const jws = Buffer.from(await verifier.sign(await verifier.resolve(chain), record), 'ascii');
    await assert(
      asyncProperty(nat(jws.byteLength - 1), integer({ min: 1, max: 127 }), async (at, change) => {
        const changed = Buffer.from(jws);
        changed.writeUInt8(changed.readUInt8(at) ^ change, at);
        await expect(verifier.verify(place, changed.toString('latin1'))).rejects.toMatchObject({
          code: expect.stringMatching(/^(record_damaged|unknown_format)$/) as string,
        });
      }),
    );
  });
});

describe('verifying a record', () => {
  beforeEach(() => {
    vault.add(KEY, { privateKey: ec });
  });

  it('still trusts the version before the current one', async () => {
    const jws = await signer().sign(await signer().resolve(chain), record);
    vault.add(KEY, { privateKey: rsa });
    await expect(signer().verify(place, jws)).resolves.toMatchObject({ record, thumbprint: thumbprintOf(ec) });
  });

  it('trusts no other key, whatever the hint says', async () => {
    const evil = ecKey();
    const kid = vault.add('https://evil.vault.azure.net/keys/k', { privateKey: evil });
    await expect(signer().verify(place, await forged(evil, { kid }, record))).rejects.toMatchObject({
      code: 'record_damaged',
      details: { where: 'signature' },
    });
    expect(vault.calls.filter((call) => call.includes('evil'))).toEqual([]);
  });

  it('does not call a record damaged when the vault does not answer', async () => {
    const jws = await signer().sign(await signer().resolve(chain), record);
    vault.failures.set(KEY, new StrongroomError('vault_unreachable', 'away', { retryable: true }));
    await expect(signer().verify(place, jws)).rejects.toMatchObject({ code: 'signing_key_unusable', retryable: true });
  });

  it.each([
    ['the type of a manifest', { typ: 'strongroom-manifest' }, {}, 'record_damaged'],
    ['another format in the header', { sr_format: 2 }, {}, 'unknown_format'],
    ['another format in the payload', {}, { format: 2 }, 'unknown_format'],
    ['a critical header of a later day', { crit: ['b64'], b64: true }, {}, 'unknown_format'],
    ['another kind than its path', {}, { record: 'exclude' }, 'record_damaged'],
    ['another time than its path', {}, { at: '2026-11-22T03:30:00.124Z' }, 'record_damaged'],
    ['another tier', {}, { tier: 'monthly' }, 'record_damaged'],
    ['another vault', {}, { vault: 'https://contoso-web.vault.azure.net' }, 'record_damaged'],
    ['a vault that is none', {}, { vault: 'contoso-prod' }, 'record_damaged'],
    ['a member missing', {}, { at: undefined }, 'record_damaged'],
  ])('refuses %s', async (_what, header, payload, code) => {
    const jws = await forged(ec, header, { ...record, ...payload });
    await expect(signer().verify(place, jws)).rejects.toMatchObject({ code, retryable: false });
  });

  it.each(['', 'no JWS', '..', 'a.b.c', 'e30.e30.e30'])('refuses %j', async (text) => {
    await expect(signer().verify(place, text)).rejects.toMatchObject({ code: 'record_damaged' });
  });
});
